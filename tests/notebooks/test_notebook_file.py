"""Whatever lies in a file, reading it ends in a value or in one of our errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.notebooks import file as notebook_file
from jupyter_containerize.notebooks import parse_notebook, read_metadata, read_notebook, read_outputs
from jupyter_containerize.notebooks.errors import NotANotebook, UnreadableJson
from tests.notebooks.made import content_of

AS_BIG = pytest.mark.parametrize("small_bytes", [notebook_file.SMALL_BYTES, 0], ids=["as small", "as big"])

# One code cell with an output that the test fills in, as bytes.
WITH_OUTPUT = (
    b'{"nbformat": 4, "metadata": {"a": 1}, "cells": [{"cell_type": "code", "source": ["x = 1"], "outputs": [%s]}]}'
)

ODD_OUTPUTS: dict[str, bytes] = {
    "NaN": b'{"data": {"application/json": [NaN, 1]}}',
    "infinities": b"Infinity, [-Infinity,Infinity]",
    "half a surrogate pair": rb'{"text": "\ud800 NaN \"NaN\" \\ud800 \udc00"}',
    "a surrogate pair": rb'{"text": "\ud83d\ude00"}, NaN',
    "not UTF-8": b'{"text": "\xff\xfe"}',
    "a number of many digits": b"9" * 5000,
    "a name that is not UTF-8": b'{"data": {"text/\xff": "x"}}',
    "no output": b'"output"',
    "the same name twice": b'{"text": 1, "text": 2}',
}


@AS_BIG
@pytest.mark.parametrize("name", ODD_OUTPUTS)
def test_read_notebook__odd_output__is_no_obstacle(name, small_bytes, tmp_path, monkeypatch):
    """What is in an output cannot make the code unreadable, as far as its JSON can be told from the rest."""
    monkeypatch.setattr(notebook_file, "SMALL_BYTES", small_bytes)
    path = tmp_path / "odd.ipynb"
    path.write_bytes(WITH_OUTPUT % ODD_OUTPUTS[name])
    assert [cell.source for cell in read_notebook(path).cells] == ["x = 1"]
    assert read_metadata(path) == {"a": 1}
    assert all(output.cell == 1 for output in read_outputs(path))


# What is wrong with a big file: where, and the reason of a decoder that is not Python's.
BROKEN: dict[str, tuple[bytes, int, int, str]] = {
    "cut off": (b'{"nbformat": 4,\n"cells": ["\xc3\xa9', 2, 13, "Input data was truncated"),
    "merge conflict": (b'{"nbformat": 4,\n<<<<<<< HEAD', 2, 1, "Object keys must be strings"),
    "behind other letters": ('{"\u6f22\u5b57": x'.encode(), 1, 8, "Invalid character"),
    "a comma too many": (b'{"a": [1,,2]}', 1, 10, "Invalid character"),
    "behind NaN": (b'{"a": [NaN,,2]}', 1, 12, "Invalid character"),
    "spaces": ("\u00a0".encode(), 1, 1, "Invalid character"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_read_notebook__big_broken_file__says_where(name, tmp_path, monkeypatch):
    """A file too big for json has a line and a column too."""
    monkeypatch.setattr(notebook_file, "SMALL_BYTES", 0)
    data, *place = BROKEN[name]
    path = tmp_path / "broken.ipynb"
    path.write_bytes(data)
    for read in (read_notebook, read_metadata, read_outputs):
        with pytest.raises(UnreadableJson) as caught:
            read(path)
        assert [caught.value.line, caught.value.column, caught.value.reason] == place


NO_NOTEBOOK: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "an empty file"),
    "white space": (b" \n\t", "an empty file"),
    "a byte order mark": (b"\xef\xbb\xbf", "an empty file"),
    "a number of many digits": (b"9" * 5000, "JSON with a number of too many digits"),
    "an odd version": (b'{"nbformat": %s}' % (b"9" * 4000), "an odd nbformat version"),
    "a version of many digits": (b'{"nbformat": %s}' % (b"9" * 5000), "JSON without an nbformat version"),
    "null": (b"null", "JSON with null at its root"),
    "Latin-1": (
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "\xe9"}]}',
        "bytes that are not UTF-8 text",
    ),
    "no list": (b'{"nbformat": 4, "cells": 1}', "a notebook without a list of cells"),
}


@pytest.mark.parametrize("name", NO_NOTEBOOK)
def test_read_notebook__no_notebook__says_what_it_saw(name, tmp_path):
    """What is no notebook is named for what it is."""
    data, saw = NO_NOTEBOOK[name]
    path = tmp_path / "no.ipynb"
    path.write_bytes(data)
    with pytest.raises(NotANotebook) as caught:
        read_notebook(path)
    assert caught.value.saw == saw


@pytest.mark.parametrize(
    ("data", "saw"),
    [
        (b"[1]", "JSON without an object at its root"),
        (b"\xff\xd8\xff", "bytes that are not UTF-8 text"),
        (b'{"a": ' + b"[" * 200_000, "JSON that is nested too deep"),
    ],
)
def test_read_notebook__big_file_that_is_no_notebook__says_what_it_saw(data, saw, tmp_path, monkeypatch):
    """The same for a file too big for json."""
    monkeypatch.setattr(notebook_file, "SMALL_BYTES", 0)
    path = tmp_path / "no.ipynb"
    path.write_bytes(data)
    with pytest.raises(NotANotebook) as caught:
        read_notebook(path)
    assert caught.value.saw == saw


@AS_BIG
def test_read_notebook__output_nested_to_any_depth__is_read_or_refused_by_name(small_bytes, tmp_path, monkeypatch):
    """Where the stack ends does not depend on which part of the file is looked at."""
    monkeypatch.setattr(notebook_file, "SMALL_BYTES", small_bytes)
    path = tmp_path / "deep.ipynb"
    for depth in range(600, 1040, 3):
        path.write_bytes(WITH_OUTPUT % (b'{"data": ' + b"[" * depth + b"]" * depth + b"}"))
        for read in (read_notebook, read_metadata, lambda path: list(read_outputs(path))):
            found = outcome(lambda read=read: read(path))
            assert not isinstance(found, tuple) or found[1]["saw"] == "JSON that is nested too deep"


def test_read_notebook__big_file__has_the_code_of_a_small_one(tmp_path, monkeypatch):
    """A file of which only json knows some numbers reads the same, however big."""
    content = content_of("x = 1", "\u6f22 = '\U0001f600'", metadata={"kernelspec": {"name": "python3"}})
    content["cells"][0]["outputs"] = [{"data": {"application/json": float("nan")}}]
    path = tmp_path / "nan.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    small = read_notebook(path)
    monkeypatch.setattr(notebook_file, "SMALL_BYTES", 0)
    assert read_notebook(path) == small == parse_notebook(content, path=str(path))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
SOURCES = st.sampled_from(
    ["x = 1", "%cd x", "%%bash\nls", "ls", "!a\\\n", "'''", "(", "print 1", "\ud800", "", "\r", "\0"]
)
TEXTS = SOURCES | st.lists(SOURCES | JSON, max_size=3) | JSON
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "code", "markdown", "raw", "heading"]) | JSON,
        "source": TEXTS,
        "input": TEXTS,
        "language": st.sampled_from(["python", "R"]) | JSON,
        "level": JSON,
        "id": st.sampled_from(["a", "b"]) | JSON,
        "metadata": st.fixed_dictionaries({}, optional={"tags": st.lists(st.just("serve") | JSON, max_size=2)}) | JSON,
        "outputs": st.lists(
            st.fixed_dictionaries(
                {}, optional={"text": TEXTS, "data": st.dictionaries(st.just("text/html"), TEXTS), "traceback": TEXTS}
            )
            | JSON,
            max_size=2,
        )
        | JSON,
    },
)
NAMES = st.fixed_dictionaries(
    {}, optional={"name": SOURCES | JSON, "language": st.just("r") | JSON, "display_name": JSON}
)
CONTENTS = st.fixed_dictionaries(
    {"nbformat": st.sampled_from([4, 4, 4, 3, 3, 2, 4.0]) | JSON},
    optional={
        "metadata": st.fixed_dictionaries({}, optional={"kernelspec": NAMES | JSON, "language_info": NAMES | JSON})
        | JSON,
        "cells": st.lists(CELLS | JSON, max_size=4) | JSON,
        "worksheets": st.lists(
            st.fixed_dictionaries({"cells": st.lists(CELLS | JSON, max_size=3) | JSON}) | JSON, max_size=2
        )
        | JSON,
    },
)


def outcome(call: Callable[[], object]) -> object:
    """Return what a call gives, or the facts of one of our errors; any other error is a failure."""
    try:
        return call()
    except ContainerizeError as error:
        return type(error), vars(error)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(CONTENTS)
@example({"nbformat": 4, "cells": [{"cell_type": ["code"]}, {"cell_type": {}}]})
def test_read_notebook__json_of_any_shape__is_parsed_or_refused_by_name(tmp_path, content):
    """No shape of JSON raises an error that is not ours, and a file is what its JSON is."""
    path = tmp_path / "any.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    parsed = outcome(lambda: parse_notebook(content, path=str(path)))
    assert outcome(lambda: read_notebook(path)) == parsed
    outcome(lambda: read_metadata(path))
    outcome(lambda: list(read_outputs(path)))


REAL = (Path(__file__).parent / "other_language" / "r.notebook").read_bytes()
PIECES = st.binary(max_size=4) | st.sampled_from(
    [b'"', b"\\", b"[", b"}", b"NaN", rb"\ud800", b"\n", b"9" * 30, b"null", b",", b"{" * 9]
)


@AS_BIG
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=40),
    cuts=st.lists(st.tuples(st.integers(0, len(REAL)), st.integers(0, 9), PIECES), max_size=3),
)
def test_read_notebook__any_bytes__are_read_or_refused_by_name(tmp_path, monkeypatch, small_bytes, data, cuts):
    """Neither random bytes nor a damaged notebook raise an error that is not ours."""
    monkeypatch.setattr(notebook_file, "SMALL_BYTES", small_bytes)
    damaged = REAL
    for at, length, piece in cuts:
        damaged = damaged[:at] + piece + damaged[at + length :]
    path = tmp_path / "any.ipynb"
    for content in (data, damaged, damaged[: len(damaged) // 2]):
        path.write_bytes(content)
        outcome(lambda: read_notebook(path))
        outcome(lambda: read_metadata(path))
        outcome(lambda: list(read_outputs(path)))
