"""The script that compiles, looked at from inside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_containerize.buildpacks import compile_script

CODE = {
    "x in {'a', 'b'}": False,
    "x in {1, 2.5, b'c'}": False,
    "x in {None, 'a'}": True,
    "x in {'a', ...}": True,
    "lambda: [x for y in z if y in {None, 'a'}]": True,
    "(None, 'a')": False,
}


@pytest.mark.parametrize(("source", "expected"), list(CODE.items()))
def test_has_unordered_set__a_constant__depends_on_addresses_or_not(source, expected):
    """Only sets whose order depends on where objects lie in memory are told, however deep."""
    assert compile_script.has_unordered_set(compile(source, "x.py", "eval")) is expected


def test_compile_file__order_of_a_set_not_certain__stays_without(tmp_path, monkeypatch):
    """A Python that does not order sets gets no .pyc whose bytes would differ each time."""
    monkeypatch.setattr(compile_script, "ORDERS_SETS", False)
    for name, source in (("certain", "x = y in {'a', 'b'}"), ("not_certain", "x = y in {None, 'a'}")):
        path = tmp_path / f"{name}.py"
        path.write_text(f"y = 1\n{source}\n")
        compile_script.compile_file(str(path), str(path))
    assert [path.name for path in tmp_path.rglob("*.pyc")] == [f"certain.{sys.implementation.cache_tag}.pyc"]


def test_directories__tests_of_a_library__are_left_as_they_are(tmp_path):
    """What is named tests is not compiled, at any depth; what is merely named alike is."""
    for folder in ("lib", "lib/tests", "lib/tests/deep", "lib/testing", "lib/_tests"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "a.py").write_text("")
    found = [str(Path(folder).relative_to(tmp_path)) for folder, _ in compile_script.directories(str(tmp_path))]
    assert found == ["lib", "lib/_tests", "lib/testing"]


SCRIPT = str(Path(compile_script.__file__))
SOURCE = "def serve(model):\n    return model.store\n"


def served(*folders: Path) -> list[str]:
    """Compile folders in one run, as installed at the same place; return the answers."""
    lines = "".join(f"{folder}\n/site\n" for folder in folders)
    command = [sys.executable, "-S", "-B", SCRIPT, "--serve", "2"]
    return subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.split()


def compiled(folder: Path) -> dict[str, bytes]:
    """Return the .pyc files of a folder by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.pyc"))}


def test_main__folders_named_like_variables__the_same_bytes(tmp_path):
    """Where the code lies while it is compiled leaves no trace, whatever the folders are called."""
    plain, named = tmp_path / "plain", tmp_path / "store" / "model"
    for folder in (plain, named):
        folder.mkdir(parents=True)
        (folder / "mod.py").write_text(SOURCE)
    assert served(plain) == served(named) == ["0"]
    assert compiled(plain) == compiled(named) != {}


def test_main__many_folders_in_one_run__the_bytes_of_each_alone(tmp_path):
    """What was compiled before does not change what comes after."""
    folders = [tmp_path / name for name in ("first", "second", "alone")]
    for folder in folders:
        folder.mkdir()
        (folder / "mod.py").write_text(SOURCE)
    (folders[0] / "more.py").write_text("store = {'model': 'store'}\n")
    assert served(folders[0], folders[1]) == ["0", "0"]
    assert served(folders[2]) == ["0"]
    assert compiled(folders[1]) == compiled(folders[2]) != {}


def test_main__folder_that_cannot_be_written__answers_one_and_goes_on(tmp_path):
    """A failure is told for its folder alone."""
    bad, good = tmp_path / "bad", tmp_path / "good"
    for folder in (bad, good):
        folder.mkdir()
        (folder / "mod.py").write_text(SOURCE)
    (bad / "__pycache__").write_text("in the way")
    assert served(bad, good) == ["1", "0"]
