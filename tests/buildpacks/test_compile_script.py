"""The script that compiles, looked at from inside."""

from __future__ import annotations

import sys

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
        compile_script.compile_file(path, path)
    assert [path.name for path in tmp_path.rglob("*.pyc")] == [f"certain.{sys.implementation.cache_tag}.pyc"]


def test_directories__tests_of_a_library__are_left_as_they_are(tmp_path):
    """What is named tests is not compiled, at any depth; what is merely named alike is."""
    for folder in ("lib", "lib/tests", "lib/tests/deep", "lib/testing", "lib/_tests"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "a.py").write_text("")
    found = [str(folder.relative_to(tmp_path)) for folder, _ in compile_script.directories(tmp_path)]
    assert found == ["lib", "lib/_tests", "lib/testing"]
