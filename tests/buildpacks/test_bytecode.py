"""Which modules of an image get bytecode, and where it goes."""

from __future__ import annotations

import marshal
import sys
from pathlib import Path

import pytest
from made_debs import content_of
from made_inputs import HereBench

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.bytecode import bytecode_of
from jupyter_containerize.domain.image import EntryKind

TAG = sys.implementation.cache_tag
SOURCE = b"NAME = 'a name'\n"

MODULES = {
    "a module": ("site/lib/mod.py", f"site/lib/__pycache__/mod.{TAG}.pyc"),
    "at the top": ("site/mod.py", f"site/__pycache__/mod.{TAG}.pyc"),
    "with dots": ("site/a.b.py", f"site/__pycache__/a.b.{TAG}.pyc"),
    "a line break in its name": ("site/a\nb.py", f"site/__pycache__/a\nb.{TAG}.pyc"),
    "not of UTF-8": ("site/\udce4.py", f"site/__pycache__/\udce4.{TAG}.pyc"),
    "named like tests": ("site/lib/testing/_tests.py", f"site/lib/testing/__pycache__/_tests.{TAG}.pyc"),
    "tests themselves": ("site/lib/tests/deep/mod.py", None),
    "a stub": ("site/lib/mod.pyi", None),
    "elsewhere": ("bin/mod.py", None),
    "beside the folder": ("site-2/mod.py", None),
    "in a folder of tests": ("tests/site/mod.py", None),
}


@pytest.mark.parametrize(("path", "expected"), MODULES.values(), ids=MODULES)
def test_bytecode_of__a_file__is_compiled_or_not(tmp_path: Path, path: str, expected: str | None) -> None:
    """Modules below the folder have their .pyc beside them, which names the module's place in the image."""
    made = HereBench(tmp_path).compile([tree.file(path, SOURCE)], below="site")
    assert [entry.path for entry in made] == ([] if expected is None else [expected])
    for entry in made:
        assert (entry.kind, entry.mode, entry.size_bytes) == (EntryKind.FILE, 0o644, len(content_of(entry)))
        assert marshal.loads(content_of(entry)[16:]).co_filename == f"/{path}"


def test_bytecode_of__below_tests__the_folder_itself_does_not_count(tmp_path: Path) -> None:
    """Only folders inside are asked for their names."""
    made = HereBench(tmp_path).compile([tree.file("tests/site/mod.py", SOURCE)], below="tests/site")
    assert len(made) == 1


def test_bytecode_of__many_groups__all_come_back_in_any_order(tmp_path: Path) -> None:
    """More than one process compiles; entries may come in any order."""
    entries = [
        tree.file(f"site/mod{number}.py", b"NUMBER = %d\n" % number + b"# more\n" * 30_000) for number in range(9)
    ]
    forwards = HereBench(tmp_path).compile(entries, below="site")
    backwards = HereBench(tmp_path).compile(reversed(entries), below="site")
    assert {entry.path: content_of(entry) for entry in forwards} == {
        entry.path: content_of(entry) for entry in backwards
    }
    assert len(forwards) == 9


def test_bytecode_of__no_module__asks_nobody(tmp_path: Path) -> None:
    """Starting a compiler for nothing takes time."""

    def compile_(bundle: Path) -> None:
        raise AssertionError(bundle)

    assert bytecode_of([tree.file("site/data", b"")], below="site", folder=tmp_path, compile_=compile_) == []
