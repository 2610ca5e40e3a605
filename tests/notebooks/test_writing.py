"""What is written into a notebook changes that and nothing else."""

from __future__ import annotations

import difflib
import json
import re

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.notebooks import writing
from jupyter_containerize.notebooks.errors import (
    NotANotebook,
    NotebookChanged,
    NotebookNotFound,
    NotebookUnreadable,
    UnreadableJson,
)
from jupyter_containerize.notebooks.json_text import Style, items, members, root_span
from jupyter_containerize.notebooks.writing import write_block, write_metadata
from jupyter_containerize.transport.errors import DiskFull, NotWritable

BLOCK = '# /// script\n# dependencies = [\n#     "numpy==1.26.4",\n# ]\n# ///\n'
OLD = '# /// script\n# dependencies = ["pandas"]\n# ///'
# Source: PEP 723, "Specification".
PATTERN = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")


def _cell(source, kind="code", **more):
    extra = {"execution_count": 1, "outputs": [{"output_type": "stream", "name": "stdout", "text": ["\x1b[0m\n"]}]}
    return {"cell_type": kind, "metadata": {}, "source": source, **(extra if kind == "code" else {}), **more}


def _notebook(*cells, minor=5, metadata=None):
    return {"cells": list(cells), "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": minor}


TITLE = _cell(["# Títle\n", "text"], "markdown", id="t")
CODE = _cell(["import numpy\n", "print(1)"], id="a")

STYLES = {
    "as nbformat writes": lambda value: json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n",
    "two blanks, escapes": lambda value: json.dumps(value, indent=2) + "\n",
    "tabs, no last newline": lambda value: json.dumps(value, indent="\t", ensure_ascii=False),
    "no indentation": lambda value: json.dumps(value, indent=0, ensure_ascii=False),
    "one line": json.dumps,
    "one line without blanks": lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False),
    "windows": lambda value: json.dumps(value, indent=1, ensure_ascii=False).replace("\n", "\r\n") + "\r\n",
    "byte order mark": lambda value: "\ufeff" + json.dumps(value, indent=1, ensure_ascii=False),
    "blank before colon": lambda value: json.dumps(value, indent=4, separators=(",", " : ")),
}


@pytest.fixture
def path(tmp_path):
    """Return the path of a notebook that is not there yet."""
    return tmp_path / "n.ipynb"


def _write(path, text):
    path.write_bytes(text.encode())
    return text


def _read(path):
    return path.read_bytes().decode()


def _value(path):
    return json.loads(path.read_bytes().decode("utf-8-sig"))


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_write_block__no_block__adds_a_cell_and_leaves_the_rest(style, path):
    """The new cell is before the first code cell, in the file's own style, and no old line is touched."""
    before = _write(path, style(_notebook(TITLE, CODE)))
    assert write_block(path, BLOCK) is True
    value = _value(path)
    assert [cell["cell_type"] for cell in value["cells"]] == ["markdown", "code", "code"]
    assert "".join(value["cells"][1]["source"]) == BLOCK.rstrip("\n")
    del value["cells"][1]
    assert value == _notebook(TITLE, CODE)
    # Only additions.
    changes = difflib.SequenceMatcher(None, before, _read(path), autojunk=False).get_opcodes()
    assert {tag for tag, *_ in changes} <= {"equal", "insert"}
    assert write_block(path, BLOCK) is False


# What json.dumps would write for the whole: the styles that it has.
WHOLE = {name: STYLES[name] for name in STYLES if name not in {"windows", "byte order mark"}}


@pytest.mark.parametrize("style", WHOLE.values(), ids=WHOLE)
def test_write_block__any_style__is_what_a_writer_of_the_whole_would_write(style, path):
    """The result is byte for byte the same as writing everything anew."""
    _write(path, style(_notebook(TITLE, CODE)))
    write_block(path, BLOCK)
    new = {"cell_type": "code", "execution_count": None, "id": "script-block", "metadata": {}, "outputs": []}
    new["source"] = BLOCK.rstrip("\n").splitlines(keepends=True)
    assert _read(path) == style(_notebook(TITLE, new, CODE))
    write_metadata(path, ["numpy==1.26.4"])
    ours = {"jupyter_containerize": {"requirements": ["numpy==1.26.4"]}}
    assert _read(path) == style(_notebook(TITLE, new, CODE, metadata=ours))


def test_write_block__result__is_a_valid_notebook(path):
    """Nbformat takes what was written, and its own writer would write the same."""
    _write(path, STYLES["as nbformat writes"](_notebook(TITLE, CODE)))
    write_block(path, BLOCK)
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert nbformat.writes(notebook) + "\n" == _read(path)


REPLACED = {
    "alone, as lines": (["# /// script\n", '# dependencies = ["pandas"]\n', "# ///"], BLOCK.rstrip("\n")),
    "alone, as text": (OLD, BLOCK.rstrip("\n")),
    "among code": (f"# ñ\n{OLD}\nimport x\n", f"# ñ\n{BLOCK}import x\n"),
    "with another end": (f"{OLD}\n# ///\n\nimport x", f"{BLOCK}\nimport x"),
}


@pytest.mark.parametrize(("source", "expected"), REPLACED.values(), ids=REPLACED)
@pytest.mark.parametrize("kind", ["code", "raw"])
def test_write_block__has_a_block__is_replaced_where_it_is(kind, source, expected, path):
    """The block changes in its cell, code around it stays, and no cell is added."""
    old = _notebook(CODE, _cell(source, kind, id="b"))
    _write(path, STYLES["as nbformat writes"](old))
    assert write_block(path, BLOCK)
    value = _value(path)
    found = value["cells"][1].pop("source")
    assert isinstance(found, type(source))
    assert "".join(found) == expected
    del old["cells"][1]["source"]
    assert value == old
    assert write_block(path, BLOCK) is False


CELLS = {
    "no cells": ([], 0),
    "only text": ([TITLE], 1),
    "text with a block": ([_cell(OLD, "markdown"), CODE], 1),
    "a block without an end": ([_cell(f"{OLD[:-5]}x = 1\n# ///"), CODE], 0),
    "a block of another type": ([_cell("# /// other\n# x\n# ///")], 0),
    "the end without content": ([_cell("# /// script\n# ///")], 0),
    "not cells": ([None, 3, CODE], 2),
}


@pytest.mark.parametrize("style", [STYLES["as nbformat writes"], STYLES["one line"]])
@pytest.mark.parametrize(("cells", "place"), CELLS.values(), ids=CELLS)
def test_write_block__odd_cells__becomes_a_cell(cells, place, style, path):
    """The cell is added at the place of the first code cell, or at the end."""
    _write(path, style(_notebook(*cells)))
    assert write_block(path, BLOCK)
    value = _value(path)
    assert "".join(value["cells"].pop(place)["source"]) == BLOCK.rstrip("\n")
    assert value == _notebook(*cells)


IDS = {
    "before ids": (4, None, ()),
    "with ids": (5, "script-block", ()),
    "taken": (5, "script-block-2", ("script-block",)),
    "taken twice": (5, "script-block-3", ("script-block", "script-block-2")),
}


@pytest.mark.parametrize(("minor", "expected", "taken"), IDS.values(), ids=IDS)
def test_write_block__new_cell__has_an_id_of_its_own_if_cells_have(minor, expected, taken, path):
    """Ids are there since nbformat 4.5, and are never used twice."""
    _write(path, json.dumps(_notebook(*(_cell("x", id=name) for name in taken), minor=minor)))
    write_block(path, BLOCK)
    assert _value(path)["cells"][0].get("id") == expected


def test_write_block__half_a_letter__stays_an_escape(path):
    """A lone surrogate cannot be written as itself; it stays as it was."""
    text = json.dumps(_notebook(_cell(f"x = '\ud800é'\n{OLD}")), indent=1)
    _write(path, text.replace("\\u00e9", "é"))
    assert write_block(path, BLOCK)
    assert _value(path)["cells"][0]["source"] == f"x = '\ud800é'\n{BLOCK.rstrip()}"


METADATA = {
    "empty": {},
    "others": {"kernelspec": {"name": "python3"}, "language_info": {"name": "python"}},
    "ours without requirements": {"jupyter_containerize": {"symbol": "f"}, "z": 1},
    "ours with others": {"a": 1, "jupyter_containerize": {"requirements": ["old"], "symbol": "f"}},
    "unsorted": {"z": 1, "b": {"c": []}},
    "ours empty": {"jupyter_containerize": {}},
}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("metadata", METADATA.values(), ids=METADATA)
def test_write_metadata__any__changes_ours_only(metadata, style, path):
    """Our list is added or replaced; other members and cells keep their text."""
    _write(path, style(_notebook(CODE, metadata=metadata)))
    assert write_metadata(path, ["numpy==1.26.4", "x>=1"]) is True
    value = _value(path)
    assert value["metadata"].get("jupyter_containerize", {})["requirements"] == ["numpy==1.26.4", "x>=1"]
    value["metadata"]["jupyter_containerize"].pop("requirements")
    if not value["metadata"]["jupyter_containerize"] and "jupyter_containerize" not in metadata:
        del value["metadata"]["jupyter_containerize"]
    expected = json.loads(json.dumps(metadata))
    expected.get("jupyter_containerize", {}).pop("requirements", None)
    assert value == _notebook(CODE, metadata=expected)
    assert write_metadata(path, ["numpy==1.26.4", "x>=1"]) is False


def test_write_metadata__no_metadata__adds_them(path):
    """A notebook without metadata gets them."""
    _write(path, '{\n "cells": [],\n "nbformat": 4\n}\n')
    assert write_metadata(path, ["x"])
    assert _value(path)["metadata"] == {"jupyter_containerize": {"requirements": ["x"]}}


BAD = {
    "not there": (None, NotebookNotFound),
    "binary": (b"\xff\xfe\x00", NotANotebook),
    "broken": (b'{"nbformat": 4,', UnreadableJson),
    "more behind": (b'{"nbformat": 4} {}', UnreadableJson),
    "list": (b"[]", NotANotebook),
    "empty object": (b"{}", NotANotebook),
    "version 3": (b'{"nbformat": 3, "worksheets": []}', NotANotebook),
    "no cells": (b'{"nbformat": 4, "metadata": 3}', NotANotebook),
    "cells are none": (b'{"nbformat": 4, "cells": 3, "metadata": {"jupyter_containerize": 3}}', NotANotebook),
    "nested": (b'{"nbformat": 4, "cells": ' + b"[" * 100_000, NotANotebook),
}


@pytest.mark.parametrize("write", [lambda path: write_block(path, BLOCK), lambda path: write_metadata(path, ["x"])])
@pytest.mark.parametrize(("content", "error"), BAD.values(), ids=BAD)
def test_write__cannot_be_read__is_a_typed_error_and_no_change(content, error, write, path):
    """What is no notebook is left as it is."""
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error):
        write(path)
    assert content is None or path.read_bytes() == content
    assert len(list(path.parent.iterdir())) == (content is not None)


def test_write__folder_or_impossible_path__is_a_typed_error(tmp_path):
    """A folder is no notebook, a NUL is in no path."""
    with pytest.raises(NotANotebook):
        write_block(tmp_path, BLOCK)
    with pytest.raises(NotebookUnreadable):
        write_block(tmp_path / "a\0b", BLOCK)


def test_write__changed_meanwhile__is_refused(path, monkeypatch):
    """What an editor saved between reading and writing is not lost."""
    _write(path, json.dumps(_notebook(CODE)))
    saved = json.dumps(_notebook(CODE, TITLE))
    fsync = writing.os.fsync

    def save_first(number):
        fsync(number)
        path.write_text(saved)

    monkeypatch.setattr(writing.os, "fsync", save_first)
    with pytest.raises(NotebookChanged):
        write_block(path, BLOCK)
    assert path.read_text() == saved
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_write__mode_and_link__stay(path):
    """The file keeps its mode, and a link to it stays a link."""
    _write(path, json.dumps(_notebook(CODE)))
    path.chmod(0o640)
    link = path.with_name("link.ipynb")
    link.symlink_to(path)
    assert write_block(link, BLOCK)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert len(_value(path)["cells"]) == 2


REFUSALS = {"full": (28, DiskFull), "read-only": (30, NotWritable)}


@pytest.mark.parametrize(("number", "error"), REFUSALS.values(), ids=REFUSALS)
def test_write__disk_refuses__is_a_typed_error_and_no_change(number, error, path, monkeypatch):
    """What the disk says is said in our words, and nothing is left behind."""
    text = _write(path, json.dumps(_notebook(CODE)))

    def refuse(_number):
        raise OSError(number, "no", str(path))

    monkeypatch.setattr(writing.os, "fsync", refuse)
    with pytest.raises(error):
        write_block(path, BLOCK)
    assert _read(path) == text
    assert [file.name for file in path.parent.iterdir()] == [path.name]


LINES = st.lists(
    st.sampled_from(["# /// script", "# ///", "#", "# x", "#x", "x", "", "# /// other", "# /// script "]), max_size=12
)


@given(LINES)
def test_block_span__any_text__is_where_the_pattern_of_the_pep_finds_it(lines):
    """Our scanner agrees with the specification's pattern."""
    text = "\n".join(lines)
    matches = [match for match in PATTERN.finditer(text) if match["type"] == "script"]
    # A block of another type that begins earlier may hold ours as its content.
    if not any(line == "# /// other" for line in lines):
        assert writing._block_span(text) == (matches[0].span() if matches else None)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 0, 1, "\t"]), st.booleans())
def test_spans__any_json__cover_their_values(value, indent, ascii_only):
    """What a span covers is the text of its value."""
    text = json.dumps({"": value, "x": [value, value]}, indent=indent, ensure_ascii=ascii_only)
    root = root_span(text)
    found = members(text, root)
    assert {key: json.loads(text[span.start : span.end]) for key, span in found.items()} == root.value
    assert [json.loads(text[span.start : span.end]) for span in items(text, found["x"])] == [value, value]
    assert json.loads(Style.of(text, root).dumps(value, "  ")) == value
