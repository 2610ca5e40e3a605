"""Makes notebooks: seeds to begin with, strategies that invent, and mutations that break."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from hypothesis import strategies as st

from tests.fuzz.pieces import BROKEN, CODE, IMPORTS, MAGICS, METADATA, ODD_VALUES, TOKENS

_EXAMPLES = Path(__file__).parents[2] / "examples"
_ALL = (*IMPORTS, *CODE, *MAGICS, *BROKEN)
# Bigger seeds make each input slower and no new kind of input.
_LARGEST_SEED_BYTES = 200_000
_LARGEST_SOURCE = 20_000
_PIECES = 4


def content_of(sources: Sequence[object], metadata: object, *, version: object = 4) -> dict[str, object]:
    """Return a notebook's JSON with one code cell for each source; a list of lines is a source too."""
    if version == 3:
        cells = [{"cell_type": "code", "language": "python", "input": one, "outputs": []} for one in sources]
        return {"nbformat": 3, "nbformat_minor": 0, "metadata": metadata, "worksheets": [{"cells": cells}]}
    cells = [
        {"cell_type": "code", "id": f"c{index}", "metadata": {}, "source": one} for index, one in enumerate(sources)
    ]
    return {"nbformat": version, "nbformat_minor": 5, "metadata": metadata, "cells": cells}


def bytes_of(content: object) -> bytes:
    """Return a notebook's JSON as a file has it; lone surrogates are escaped, as in JSON from a browser."""
    return json.dumps(content).encode()


def seeds(folder: Path | None = None) -> dict[str, bytes]:
    """Return notebooks to begin with: our examples, ones made of pieces, and those of a folder if there is one."""
    found = {path.name: path.read_bytes() for path in sorted(_EXAMPLES.glob("*.ipynb"))}
    for index, start in enumerate(range(0, len(_ALL), _PIECES)):
        metadata = METADATA[index % len(METADATA)]
        # Neighbours in the tables are of one kind: every so manieth makes a mixture.
        sources = _ALL[index :: -(-len(_ALL) // _PIECES)]
        found[f"pieces-{start}"] = bytes_of(content_of(sources, metadata))
        lines = [source.splitlines(keepends=True) for source in sources]
        found[f"lines-{start}"] = bytes_of(content_of(lines, metadata))
        found[f"old-{start}"] = bytes_of(content_of(sources, metadata, version=3))
    if folder is not None:
        for path in sorted(folder.rglob("*.ipynb")):
            if path.is_file() and path.stat().st_size <= _LARGEST_SEED_BYTES:
                found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def mutated(content: bytes, number: int) -> bytes:
    """Return a broken variant of a notebook; the same number gives the same variant."""
    chance = random.Random(number)
    if chance.random() < 0.1:
        return _broken_bytes(content, chance)
    try:
        notebook = json.loads(content)
    except ValueError:
        return _broken_bytes(content, chance)
    for _ in range(chance.randint(1, 4)):
        if chance.random() < 0.25:
            _change_value(notebook, chance)
        else:
            _change_source(notebook, chance)
    return bytes_of(notebook)


def notebooks() -> st.SearchStrategy[bytes]:
    """Invent notebooks of real-looking and broken cells, odd metadata and odd structure."""
    token = st.one_of(st.sampled_from(TOKENS), st.text(max_size=8))
    piece = st.sampled_from(_ALL)
    torn = st.builds(_torn, piece, st.integers(0, 200), token)
    deep = st.builds(
        _deep,
        st.sampled_from(("(", "[", "{", "-", "not ", "lambda: ", "f(", "a[", "x if y else ")),
        st.integers(1, 400),
    )
    source = st.one_of(
        piece,
        torn,
        deep,
        st.lists(st.one_of(piece, torn, token), max_size=4).map("\n".join),
        st.lists(token, max_size=12).map("".join),
        st.text(max_size=60),
        st.builds(str.__mul__, token, st.integers(0, 300)),
    )
    metadata = st.one_of(st.sampled_from(METADATA), st.sampled_from(ODD_VALUES))
    version = st.sampled_from((4, 4, 4, 4, 3, 5, None))
    sources = st.lists(
        st.one_of(source, source.map(lambda text: text.splitlines(keepends=True)), st.sampled_from(ODD_VALUES)),
        max_size=6,
    )
    whole = st.builds(lambda cells, about, number: content_of(cells, about, version=number), sources, metadata, version)
    return st.one_of(whole, whole, whole, st.sampled_from(ODD_VALUES)).map(bytes_of)


def _torn(text: str, place: int, token: str) -> str:
    place %= len(text) + 1
    return text[:place] + token + text[place:]


def _deep(opening: str, depth: int) -> str:
    closing = {"(": ")", "[": "]", "{": "}", "f(": ")", "a[": "]"}.get(opening, "")
    return f"import numpy\nx = {opening * depth}1{closing * depth}\nimport pandas"


def _broken_bytes(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        place = chance.randint(0, len(data))
        what = chance.randrange(4)
        if what == 0 and place < len(data):
            data[place] = chance.randrange(256)
        elif what == 1:
            data[place:place] = chance.choice(TOKENS).encode(errors="surrogatepass")
        elif what == 2:
            del data[place : place + chance.randint(1, 40)]
        elif chance.random() < 0.2:
            del data[place:]
    return bytes(data)


def _change_value(notebook: object, chance: random.Random) -> None:
    """Replace, drop or repeat something anywhere in the JSON."""
    places = list(_containers(notebook))
    if not places:
        return
    place = chance.choice(places)
    if isinstance(place, dict):
        key = chance.choice(list(place) or ["x"])
        if chance.random() < 0.3:
            place.pop(key, None)
        else:
            place[key] = copy.deepcopy(chance.choice(ODD_VALUES))
    else:
        index = chance.randrange(len(place) + 1)
        if chance.random() < 0.5 and index < len(place):
            place[index] = copy.deepcopy(chance.choice(ODD_VALUES))
        elif place:
            place.insert(index, copy.deepcopy(chance.choice(place)))


def _containers(value: object) -> list[dict[str, object] | list[object]]:
    found: list[dict[str, object] | list[object]] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found.append(one)
            waiting.extend(one.values())
        elif isinstance(one, list):
            found.append(one)
            waiting.extend(one)
    return found


def _change_source(notebook: object, chance: random.Random) -> None:
    cells = [
        (cell, key)
        for cell in _containers(notebook)
        if isinstance(cell, dict) and "cell_type" in cell
        for key in ("source", "input")
        if isinstance(cell.get(key), (str, list))
    ]
    if not cells:
        return
    cell, key = chance.choice(cells)
    value = cell[key]
    text = value if isinstance(value, str) else "".join(line for line in value if isinstance(line, str))  # type: ignore[attr-defined]
    changed = changed_text(text[:_LARGEST_SOURCE], chance)
    cell[key] = changed if chance.random() < 0.5 else changed.splitlines(keepends=True)


def changed_text(text: str, chance: random.Random) -> str:
    """Return a text with one thing in it broken."""
    place = chance.randint(0, len(text))
    lines = text.split("\n")
    line = chance.randrange(len(lines))
    what = chance.randrange(9)
    if what == 0:
        return text[:place] + chance.choice(TOKENS) + text[place:]
    if what == 1:
        return text[:place] + text[place + chance.randint(1, 30) :]
    if what == 2:
        return text[:place]
    if what == 3:
        return text[:place] + chance.choice(_ALL) + text[place:]
    if what == 4:
        lines.insert(line, chance.choice(_ALL))
    elif what == 5:
        lines[line] = " " * chance.randint(1, 9) + lines[line].lstrip(" ")
    elif what == 6:
        other = chance.randrange(len(lines))
        lines[line], lines[other] = lines[other], lines[line]
    elif what == 7:
        lines[line : line + 1] = [lines[line]] * chance.choice((2, 5, 200))
    else:
        lines[line] = chance.choice(TOKENS) * chance.choice((2, 20, 300))
    return "\n".join(lines)


def corpus_of(folder: str | None) -> Mapping[str, bytes]:
    """Return the seeds, with those of a folder whose path may be empty."""
    return seeds(Path(folder) if folder else None)
