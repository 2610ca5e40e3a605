"""What a notebook itself declares: a PEP 723 block in a cell, and metadata that tools keep."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.domain.notebook import Location
from jupyter_containerize.domain.script_block import blocks_in
from jupyter_containerize.resolution.declared import in_metadata, in_script_block

HERE = Location(path="n.ipynb", cell=3)
# Source: PEP 723, "Specification" and "Reference Implementation".
PATTERN = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")

BLOCK = """\
import this
# /// script
# requires-python = ">=3.9"
# dependencies = [
#   "numpy==1.26.4",
#   "pandas[excel]>=2 ; python_version > '3'",
#
#   "no requirement",
# ]
# [tool.uv]
# exclude-newer = "2024-01-01T00:00:00Z"
# ///
x = 1
"""


def test_in_script_block__block__declares_with_lines_of_the_cell():
    """Dependencies have their lines in the cell; the Python is given; a bad entry is a finding."""
    block = in_script_block(BLOCK, HERE)
    assert block.requires_python == ">=3.9"
    assert [(f"{item.name}{item.specifier}", item.rule, str(item.location)) for item in block.declared] == [
        ("numpy==1.26.4", "pep723", "n.ipynb[3]:5"),
        ("pandas>=2", "pep723", "n.ipynb[3]:6"),
    ]
    assert [(item.code, str(item.location)) for item in block.findings] == [("JC-RESOLUTION-32", "n.ipynb[3]:8")]
    later = in_script_block(BLOCK, Location(path="x.py", line=11))
    assert str(later.declared[0].location) == "x.py:15"


NONE = {
    "nothing": "",
    "code": "import numpy",
    "other type": "# /// other\n# dependencies = ['x']\n# ///",
    "no end": "# /// script\n# dependencies = ['x']\n",
    "broken by code": "# /// script\n# dependencies = ['x']\nx\n# ///",
    "no blank after the sign": "# /// script\n#dependencies = ['x']\n# ///",
    "indented": " # /// script\n # dependencies = ['x']\n # ///",
    "blank behind": "# /// script \n# dependencies = ['x']\n# ///",
    "no content": "# /// script\n# ///",
    "empty content": "# /// script\n#\n# ///",
    "other shapes": "# /// script\n# dependencies = 3\n# requires-python = 3\n# ///",
}


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_in_script_block__no_block__is_empty(text):
    """What the specification does not take for a block declares nothing."""
    block = in_script_block(text, HERE)
    assert (block.declared, block.requires_python, block.findings) == ((), "", ())


FAULTS = {
    "not TOML": ("# /// script\n# dependencies = [\n# x y\n# ///", 3),
    "two": ("# /// script\n# x = 1\n# ///\n\n# /// script\n# y = 1\n# ///", 5),
    "end inside": ("# /// script\n# dependencies = ['x']\n# ///\n# text\n# ///", 3),
}


@pytest.mark.parametrize(("text", "line"), FAULTS.values(), ids=FAULTS)
def test_in_script_block__faulty__is_a_finding(text, line):
    """A block that cannot be read, or a second one, is named with its line."""
    block = in_script_block(text, HERE)
    assert block.declared == ()
    assert [(item.code, item.location.cell) for item in block.findings] == [("JC-RESOLUTION-31", 3)]
    assert block.findings[0].location.line in {line, line + 1}


LINES = st.lists(
    st.sampled_from(["# /// script", "# ///", "#", "# x", "#x", "x", "", "# /// other", "# /// script ", "# /// a/b"]),
    max_size=14,
)


@given(LINES | st.lists(st.text(alphabet="#/ sx\r\n", max_size=10)))
def test_blocks__any_text__are_those_of_the_specifications_pattern(lines):
    """Our scanner agrees with the pattern of the specification."""
    text = "\n".join(lines)
    expected = [
        (
            match["type"],
            text.count("\n", 0, match.start()) + 1,
            "".join(
                line[2:] if line.startswith("# ") else line[1:] for line in re.findall(r".*\n", match["content"])
            ).removesuffix("\n"),
        )
        for match in PATTERN.finditer(text)
    ]
    assert [(block.kind, block.first + 1, block.content) for block in blocks_in(text)] == expected


PIPFILE = {"packages": {"numpy": ">=1.2", "Foo_Bar": {"version": "*", "extras": ["x"]}}, "requires": {}}
LOCK = {"default": {"numpy": {"version": "==1.26.4", "hashes": []}}, "develop": {"pytest": {"version": "==8"}}}
UV = 'version = 1\n[[package]]\nname = "numpy"\nversion = "1.26.4"\nsource = { registry = "https://h" }\n'

METADATA = {
    "nothing": ({"kernelspec": {"name": "python3"}}, []),
    "ours": ({"jupyter_containerize": {"requirements": ["numpy==1.26.4", "x y", 3]}}, [("numpy==1.26.4", False)]),
    "Thoth": (
        {"requirements": json.dumps(PIPFILE), "requirements_lock": json.dumps(LOCK)},
        [("numpy>=1.2", False), ("foo-bar", False), ("numpy==1.26.4", True)],
    ),
    "Thoth as objects": (
        {"requirements": PIPFILE, "requirements_lock": LOCK},
        [("numpy>=1.2", False), ("foo-bar", False), ("numpy==1.26.4", True)],
    ),
    "Pipfile": ({"requirements": '[packages]\nnumpy = "*"\n'}, [("numpy", False)]),
    "lines": ({"requirements": "numpy>=1\n# no\npandas"}, [("numpy>=1", False), ("pandas", False)]),
    "list": ({"dependencies": ["numpy"]}, [("numpy", False)]),
    "list in a text": ({"dependencies": '["numpy"]'}, [("numpy", False)]),
    "juv": ({"uv.lock": UV}, [("numpy==1.26.4", True)]),
    "other shapes": (
        {"requirements": 3, "dependencies": {"packages": 1}, "uv.lock": [], "jupyter_containerize": "x"},
        [],
    ),
    "broken": ({"requirements": "{", "requirements_lock": "{", "uv.lock": "[["}, []),
    "other files": ({"requirements": "-r /etc/passwd\n-r requirements.txt"}, []),
}


@pytest.mark.parametrize(("metadata", "expected"), METADATA.values(), ids=METADATA)
def test_in_metadata__of_tools__declares(metadata, expected):
    """What the known tools keep is read; anything else is left out and nothing is raised."""
    declared = in_metadata(metadata, "n.ipynb")
    assert [(f"{item.name}{item.specifier}", item.exact) for item in declared] == expected
    assert {(item.location, item.rule) for item in declared} <= {(Location(path="n.ipynb"), "metadata")}


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["packages", "default", "requirements", "version", "x"]), inner)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(["requirements", "dependencies", "requirements_lock", "uv.lock", "jupyter_containerize"])


@given(st.dictionaries(KEYS, VALUES | VALUES.map(json.dumps)))
def test_in_metadata__any__raises_nothing(metadata):
    """Metadata are any tool's to write."""
    assert all(item.rule == "metadata" for item in in_metadata(metadata, "n.ipynb"))
