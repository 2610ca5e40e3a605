"""The last of what a program prints."""

from __future__ import annotations

import os
from typing import BinaryIO, cast

import pytest

from jupyter_containerize.publishing.tail import Tail, last_lines

CASES: dict[str, tuple[bytes, int, bool, str]] = {
    "short": (b"one\ntwo\n", 100, False, "one\ntwo\n"),
    "as much as is kept": (b"one\ntwo\n", 8, False, "one\ntwo\n"),
    "longer, begins with a whole line": (b"one\ntwo\nthree\n", 10, False, "three\n"),
    "one line that is too long": (b"abcdefgh", 4, False, "efgh"),
    "cut before": (b"ne\ntwo\n", 100, True, "two\n"),
    "not text": (b"\xff\n", 100, False, "\ufffd\n"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_last_lines__log__whole_lines_of_its_end(case: tuple[bytes, int, bool, str]) -> None:
    """What is shown begins with a line, not in the middle of one."""
    printed, most_bytes, is_cut, expected = case
    assert last_lines(printed, most_bytes, is_cut=is_cut) == expected


def test_tail__more_than_is_kept__the_last_of_it() -> None:
    """A program that prints without end neither stops nor fills the memory."""
    reading, writing = os.pipe()
    tail = Tail(cast("BinaryIO", os.fdopen(reading, "rb")), most_bytes=1000)
    with os.fdopen(writing, "wb") as pipe:
        for number in range(20_000):
            pipe.write(f"line {number}\n".encode())
    tail.wait(60)
    lines = tail.text().splitlines()
    assert lines[-1] == "line 19999"
    assert lines == [f"line {number}" for number in range(20_000 - len(lines), 20_000)]
    assert 900 < len(tail.text()) <= 1000


def test_tail__program_still_runs__what_came_so_far() -> None:
    """Somebody may look while it runs."""
    reading, writing = os.pipe()
    tail = Tail(cast("BinaryIO", os.fdopen(reading, "rb")))
    with os.fdopen(writing, "wb", buffering=0) as pipe:
        pipe.write(b"listening\n")
        while not tail.text():
            tail.wait(0.01)
        assert tail.text() == "listening\n"
    tail.wait(60)
