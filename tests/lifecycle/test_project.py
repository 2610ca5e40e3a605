"""The project.toml beside a notebook."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_containerize.buildpacks.discovery import Wanted
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.image import Bytecode, Compression, LayerOptions
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.explain import explain
from jupyter_containerize.lifecycle.project import Options, Project
from jupyter_containerize.lifecycle.project_errors import ProjectInvalid, ProjectUnreadable
from jupyter_containerize.lifecycle.project_file import parse_project, read_project

WHOLE = """\
[_]
schema-version = "0.2"
id = "com.example.iris"
name = "Iris"
version = "1.2"
authors = ["me"]

[[_.licenses]]
type = "MIT"

[_.metadata.anything]
at = "all"

[com.example.other]
table = "of somebody else"

[io.buildpacks]
exclude = [
  "*.csv",   # data
  "!keep.csv",
]

[[io.buildpacks.group]]
id = "wheels"

[[io.buildpacks.group]]
id = "motd"
version = "1.2"
optional = true

[[io.buildpacks.pre.group]]
uri = "urn:cnb:builder:first@1"

[[io.buildpacks.post.group]]
id = "last"

[[io.buildpacks.build.env]]
name = "EPOCHS"
value = "2"

[io.jupyter-containerize]
platforms = ["linux/amd64", "arm64"]
compression = "zstd"
bytecode = "omit"
layers = 40
split-size = "500MB"
strip = ["tests"]
base = "python:3.11-slim"
kernel = "python3"
tag = "iris:1"
attest = false
extras = ["grpc"]

[io.jupyter-containerize.registry-layers]
"registry.example.org" = 20
"localhost:5000" = 50
"""


def parsed(text, path=Path("work/project.toml")):
    """Return what a file with that text says."""
    return parse_project(text.encode(), path)


def test_parse_project__all_that_there_is__is_read():
    """Everything that a build heeds, and nothing is told."""
    found = parsed(WHOLE)
    assert (found.name, found.version) == ("Iris", "1.2")
    assert [pattern.text for pattern in found.exclude] == ["*.csv", "!keep.csv"]
    assert found.group == (Wanted(id="wheels"), Wanted(id="motd", version="1.2", optional=True))
    assert (found.pre, found.post) == ((Wanted(id="first"),), (Wanted(id="last"),))
    assert found.variables == (("EPOCHS", "2"),)
    assert found.options == Options(
        platforms=(Platform(architecture="amd64"), Platform(architecture="arm64")),
        compression=Compression.ZSTD,
        bytecode=Bytecode.OMIT,
        layers=40,
        registry_layers=(("registry.example.org", 20), ("localhost:5000", 50)),
        split_bytes=500_000_000,
        strip=("tests",),
        base="python:3.11-slim",
        kernel="python3",
        tag="iris:1",
        attest=False,
        extras=("grpc",),
    )
    assert found.findings == ()


def test_read_project__no_file__says_nothing(tmp_path):
    """A project is not needed."""
    assert read_project(tmp_path) == Project()


def test_read_project__a_folder_of_that_name__is_an_error(tmp_path):
    """What cannot be read is not passed over."""
    (tmp_path / "project.toml").mkdir()
    with pytest.raises(ProjectUnreadable):
        read_project(tmp_path)


def test_read_project__windows_lines__have_their_numbers(tmp_path):
    """A file from another system has the same lines."""
    (tmp_path / "project.toml").write_bytes(b"[io.jupyter-containerize]\r\nstrip = [\r\n'tests']\r\nlayers = 0\r\n")
    with pytest.raises(ProjectInvalid) as caught:
        read_project(tmp_path)
    assert caught.value.line == 4


OURS = "[io.jupyter-containerize]\n"
THEIRS = "[io.buildpacks]\n"
GROUP = "[[io.buildpacks.group]]\n"
INVALID = {
    "both": (THEIRS + 'include = ["a"]\nexclude = []', "io.buildpacks.exclude", 3),
    "schema": ('[_]\nschema-version = "0.1"', "_.schema-version", 2),
    "platform": (OURS + 'strip = []\nplatforms = ["windows/amd64"]', "io.jupyter-containerize.platforms", 3),
    "compression": (OURS + 'compression = "bzip2"', "io.jupyter-containerize.compression", 2),
    "bytecode is a number": (OURS + "bytecode = 1", "io.jupyter-containerize.bytecode", 2),
    "layers is true": (OURS + "layers = true", "io.jupyter-containerize.layers", 2),
    "a registry takes none": (
        OURS + 'registry-layers = {"registry.example.org" = 0}',
        "io.jupyter-containerize.registry-layers.registry.example.org",
        2,
    ),
    "registries without hosts": (OURS + "registry-layers = 20", "io.jupyter-containerize.registry-layers", 2),
    "too many layers": (OURS + "layers = 128", "io.jupyter-containerize.layers", 2),
    "size": (OURS + 'split-size = "big"', "io.jupyter-containerize.split-size", 2),
    "no size": (OURS + "split-size = 0", "io.jupyter-containerize.split-size", 2),
    "attest is a text": (OURS + 'attest = "no"', "io.jupyter-containerize.attest", 2),
    "unknown extra": (OURS + 'extras = ["soap"]', "io.jupyter-containerize.extras", 2),
    "strip is a text": (OURS + 'strip = "tests"', "io.jupyter-containerize.strip", 2),
    "a number for a pattern": (THEIRS + "exclude = [\n1]", "io.buildpacks.exclude", 2),
    "a bad pattern": (THEIRS + 'exclude = ["[z-a]"]', "io.buildpacks.exclude", 2),
    "no id": (GROUP + "optional = true", "io.buildpacks.group", 1),
    "id and uri": (GROUP + 'id = "a"\n' + GROUP + 'id = "b"\nuri = "urn:cnb:builder:b"', "io.buildpacks.group", 3),
    "uri and version": (GROUP + 'uri = "urn:cnb:builder:b"\nversion = "1"', "io.buildpacks.group.version", 3),
    "uri of the web": (GROUP + 'uri = "docker://x"', "io.buildpacks.group.uri", 2),
    "a script": (GROUP + 'id = "x"\n[io.buildpacks.group.script]\napi = "0.10"', "io.buildpacks.group.script", 3),
    "group is a table": ("[io.buildpacks.group]\nid = 'x'", "io.buildpacks.group", 1),
    "variable": ('[[io.buildpacks.build.env]]\nvalue = "x"\nname = "A=B"', "io.buildpacks.build.env.name", 3),
    "variable with null": (
        '[[io.buildpacks.build.env]]\nname = "A"\nvalue = "\\u0000"',
        "io.buildpacks.build.env.value",
        3,
    ),
    "io is a text": ("io = 'x'", "io", 1),
    "ours is a list": ("\n[[io.jupyter-containerize]]\nlayers = 1", "io.jupyter-containerize", 2),
}


@pytest.mark.parametrize(("text", "key", "line"), INVALID.values(), ids=INVALID)
def test_parse_project__something_is_wrong__names_key_and_line(text, key, line):
    """The file, the line and the key, so that it can be mended at once."""
    with pytest.raises(ProjectInvalid) as caught:
        parsed(text)
    assert (caught.value.key, caught.value.line) == (key, line)
    problem = explain(caught.value)
    assert problem.saw.startswith(f"work/project.toml:{line}: ")
    assert problem.exit_code == 2


UNREADABLE = {
    "no toml": (b"a = 1\nb = \n", 2),
    "twice": (b"a = 1\na = 2\n", 2),
    "no utf-8": (b"a = 1\n\nb = '\xff'", 3),
    "too long": (b"#" * (1 << 20) + b"\n", None),
    "too deep": (b"a = " + b"[" * 100_000, None),
}


@pytest.mark.parametrize(("content", "line"), UNREADABLE.values(), ids=UNREADABLE)
def test_parse_project__no_toml__names_the_line(content, line):
    """Where the reader stopped."""
    with pytest.raises(ProjectUnreadable) as caught:
        parse_project(content, Path("project.toml"))
    assert caught.value.line == line
    assert explain(caught.value).title == "project.toml cannot be read"


NOT_HEEDED = """\
[project]
id = "x"
[io.buildpacks]
builder = "x"
text = '''
layers = 1
'''
[[io.buildpacks.group]]
id = "wheels"
extra = 1
[io.jupyter-containerize]
layres = 20
[io.jupyter_containerize]
"""


def test_parse_project__unknown_settings__are_told_with_their_lines():
    """A slip of the pen is not silently nothing; other people's tables are theirs."""
    found = [(item.code, item.message, item.location.line) for item in parsed(NOT_HEEDED).findings]
    assert found == [
        ("JC-PROJECT-21", "project is not heeded", 1),
        ("JC-PROJECT-21", "io.buildpacks.builder is not heeded", 4),
        ("JC-PROJECT-21", "io.buildpacks.text is not heeded", 5),
        ("JC-PROJECT-21", "io.buildpacks.group.extra is not heeded", 10),
        ("JC-PROJECT-21", "io.jupyter-containerize.layres is not heeded", 12),
        ("JC-PROJECT-21", "io.jupyter_containerize is not heeded", 13),
    ]


def test_parse_project__secret_as_a_variable__is_told_and_never_repeated():
    """Whoever has the file has the value."""
    token = "ghp_" + "Zx8Qw1Er5Ty9Ui3Op7As2Df6Gh4Jk0LzXc1V"
    found = parsed(f'[[io.buildpacks.build.env]]\nname = "TOKEN"\nvalue = "{token}"').findings
    assert [(item.code, item.location.line) for item in found] == [("JC-PROJECT-23", 3)]
    assert token not in str(found)


REQUEST = BuildRequest(notebook=Path("a.ipynb"))


def test_applied__request_says_nothing__takes_what_the_file_says():
    """The file is the default of this notebook."""
    request = parsed(WHOLE).applied(REQUEST)
    assert [str(platform) for platform in request.platforms] == ["linux/amd64", "linux/arm64"]
    assert request.layers == LayerOptions(
        compression=Compression.ZSTD, bytecode=Bytecode.OMIT, most=40, split_bytes=500_000_000, strip=("tests",)
    )
    assert (request.base, request.kernel, request.tag, request.attest, request.extras) == (
        "python:3.11-slim",
        "python3",
        "iris:1",
        False,
        ("grpc",),
    )


def test_applied__request_says_something__counts_before_the_file():
    """Whoever builds has the last word."""
    asked = BuildRequest(
        notebook=Path("a.ipynb"),
        tag="mine",
        platforms=(Platform(architecture="amd64"),),
        layers=LayerOptions(most=20, strip=("docs",)),
    )
    request = parsed(WHOLE).applied(asked)
    assert (request.tag, request.platforms, request.layers.most) == ("mine", asked.platforms, 20)
    assert request.layers.strip == ("docs", "tests")


@pytest.mark.parametrize(
    ("destination", "asked", "most"),
    [
        ("registry.example.org/team/iris:1", 30, 20),
        ("registry.example.org/team/iris:1", 60, 20),
        ("registry.example.org/team/iris:1", 10, 10),
        ("localhost:5000/iris", 30, 40),
        ("localhost:5000/iris", 60, 50),
        ("localhost:5001/iris", 60, 60),
        ("", 30, 40),
        ("oci:registry.example.org/iris", 60, 60),
    ],
)
def test_applied__registry_takes_fewer_layers__counts_beside_what_is_asked(destination, asked, most):
    """A cap is one of the registry's; whoever builds cannot lift it."""
    request = replace(REQUEST, destination=destination, layers=LayerOptions(most=asked))
    assert parsed(WHOLE).applied(request).layers.most == most


def test_applied__no_file__changes_nothing():
    """A build without a project is what it was."""
    assert Project().applied(REQUEST) == REQUEST


FILES = ("helper.py", "data/a.csv", "data/keep.csv", "models/a.pt", "../shared.py")
KEPT = {
    "nothing said": ("", ["helper.py", "data/a.csv", "data/keep.csv", "models/a.pt", "../shared.py"], []),
    "exclude": (
        'exclude = ["*.csv", "!keep.csv", "models/"]',
        ["helper.py", "data/keep.csv", "../shared.py"],
        [],
    ),
    "include": ('include = ["data/", "*.py"]', ["helper.py", "data/a.csv", "data/keep.csv", "../shared.py"], []),
    "what the code needs": (
        'exclude = ["*.py"]',
        ["data/a.csv", "data/keep.csv", "models/a.pt", "../shared.py"],
        ["helper.py is left out of the image by exclude, and the serving code needs it"],
    ),
    "what the code needs is not included": (
        'include = ["data/"]',
        ["data/a.csv", "data/keep.csv", "../shared.py"],
        ["helper.py is left out of the image by include, and the serving code needs it"],
    ),
    "empty": ("include = []", ["helper.py", "data/a.csv", "data/keep.csv", "models/a.pt", "../shared.py"], []),
}


@pytest.mark.parametrize(("text", "paths", "messages"), KEPT.values(), ids=KEPT)
def test_kept__patterns__choose_among_the_files_of_the_folder(text, paths, messages):
    """What the code needs and does not get is told."""
    kept, findings = parsed(THEIRS + text).kept(FILES, needed=["helper.py", "../shared.py"])
    assert list(kept) == paths
    assert [item.message for item in findings] == messages


def test_applied__debian_asked_for__whatever_the_file_says(tmp_path):
    """A server that allows no base of a registry has a word for none."""
    (tmp_path / "project.toml").write_text(
        '[_]\nschema-version = "0.2"\n[io.jupyter-containerize]\nbase = "python:3.11-slim"\n', encoding="utf-8"
    )
    found = read_project(tmp_path)
    assert found.applied(BuildRequest(notebook=tmp_path / "a.ipynb")).base == "python:3.11-slim"
    assert found.applied(BuildRequest(notebook=tmp_path / "a.ipynb", base="debian")).base == ""
