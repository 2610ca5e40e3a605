"""Files without a name, and parts of them."""

from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jupyter_containerize.buildpacks.excerpt import Excerpt, Spool

CONTENT = os.urandom(300_000)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """A spool with some content, written in two pieces."""
    made = Spool(tmp_path)
    made.write(CONTENT[:1000])
    made.write(CONTENT[1000:])
    return made


# Start, size: below and above what is read at once.
PARTS = {"nothing": (5, 0), "small": (10, 100), "large": (7, 200_000), "all": (0, 300_000)}


@pytest.mark.parametrize("case", PARTS)
def test_excerpt__read__is_that_part(case, spool):
    """Neither more nor less than the part, whatever its size."""
    start, size = PARTS[case]
    with Excerpt(spool, start, size).open() as file:
        assert file.read() == CONTENT[start : start + size]


@pytest.mark.parametrize("case", ["small", "large"])
def test_excerpt__sought__reads_from_there(case, spool):
    """An ELF reader goes back and forth, and past the end."""
    start, size = PARTS[case]
    part = CONTENT[start : start + size]
    with Excerpt(spool, start, size).open() as file:
        assert (file.seek(-5, io.SEEK_END), file.read()) == (size - 5, part[-5:])
        assert (file.seek(3), file.read(4)) == (3, part[3:7])
        assert (file.seek(2, io.SEEK_CUR), file.read(4)) == (9, part[9:13])
        assert (file.seek(size + 10), file.read(4)) == (size + 10, b"")


def test_excerpt__several_threads__do_not_disturb_each_other(spool):
    """Layers are written side by side from one package."""

    def read(number: int) -> bytes:
        with Excerpt(spool, number, 100_000).open() as file:
            return file.read()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, range(40))) == [CONTENT[number : number + 100_000] for number in range(40)]


def test_spool__made__has_no_name(spool, tmp_path):
    """Whatever happens to the build, nothing is left to clean up."""
    del spool
    assert list(tmp_path.iterdir()) == []


def test_spool__last_excerpt_gone__is_closed(tmp_path):
    """The space on the disk is given back as soon as nobody can read it."""
    spool = Spool(tmp_path)
    excerpt = Excerpt(spool, 0, 0)
    number = spool.descriptor
    del spool
    os.fstat(number)
    del excerpt
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)
