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


def test_compile_file__order_of_a_set_not_certain__stays_without(monkeypatch):
    """A Python that does not order sets gets no .pyc whose bytes would differ each time."""
    monkeypatch.setattr(compile_script, "ORDERS_SETS", False)
    assert compile_script.compiled(b"y = 1\nx = y in {'a', 'b'}\n", "certain.py")
    assert compile_script.compiled(b"y = 1\nx = y in {None, 'a'}\n", "not_certain.py") is None


def test_groups__many_modules__are_cut_by_their_names() -> None:
    """Groups keep the order and are about as large as they shall be; one module more changes one or two."""
    listed = [(0, 1, b"lib/%d.py" % number) for number in range(2000)]
    found = compile_script.groups(listed)
    assert [member for group in found for member in group] == listed
    assert 15 < len(listed) / len(found) < 40
    more = compile_script.groups([*listed[:1000], (0, 9, b"lib/999a.py"), *listed[1000:]])
    assert len([group for group in found if group not in more]) == 1
    assert compile_script.groups([]) == []


SCRIPT = str(Path(compile_script.__file__))
SOURCE = b"def serve(model):\n    return model.store\n"


def served(*bundles: Path) -> list[str]:
    """Compile bundles in one run, as installed at the same place; return the answers."""
    lines = "".join(f"{bundle}\n/site\n" for bundle in bundles)
    command = [sys.executable, "-S", "-B", SCRIPT, "--serve", "2"]
    return subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.split()


def bundle_of(path: Path, **modules: bytes) -> Path:
    """Write a bundle of modules."""
    path.parent.mkdir(parents=True, exist_ok=True)
    index = b"\0".join(b"%d %s.py" % (len(source), name.encode()) for name, source in modules.items())
    path.write_bytes(len(index).to_bytes(8, "little") + index + b"".join(modules.values()))
    return path


def compiled(bundle: Path) -> bytes:
    """Return the only result of a bundle."""
    assert not bundle.with_name(f"{bundle.name}.1").exists()
    return bundle.with_name(f"{bundle.name}.0").read_bytes()


def test_main__one_bundle__is_answered_by_the_exit_code(tmp_path: Path) -> None:
    """Each module has its .pyc, by name, and what is no Python has none."""
    bundle = bundle_of(tmp_path / "bundle", mod=SOURCE, broken=b"def (", zero=b"")
    assert subprocess.run([sys.executable, "-S", "-B", SCRIPT, str(bundle), "/site", "1"], check=False).returncode == 0
    found = {name: size for _, size, name in compile_script.members(f"{bundle}.0")}
    tag = sys.implementation.cache_tag
    assert [*found] == [f"__pycache__/{name}.{tag}.pyc".encode() for name in ("mod", "zero")]
    assert 8 + len(b"\0".join(b"%d %s" % (size, name) for name, size in found.items())) + sum(found.values()) == len(
        compiled(bundle)
    )


def test_main__bundles_named_like_variables__the_same_bytes(tmp_path: Path) -> None:
    """Where the code lies while it is compiled leaves no trace, whatever the folders are called."""
    plain = bundle_of(tmp_path / "plain", mod=SOURCE)
    named = bundle_of(tmp_path / "store" / "model", mod=SOURCE)
    assert served(plain) == served(named) == ["0"]
    assert compiled(plain) == compiled(named)


def test_main__many_bundles_in_one_run__the_bytes_of_each_alone(tmp_path: Path) -> None:
    """What was compiled before does not change what comes after."""
    first = bundle_of(tmp_path / "first", mod=SOURCE, more=b"store = {'model': 'store'}\n")
    second, alone = (bundle_of(tmp_path / name, mod=SOURCE) for name in ("second", "alone"))
    assert served(first, second) == ["0", "0"]
    assert served(alone) == ["0"]
    assert compiled(second) == compiled(alone)


def test_main__result_that_cannot_be_written__answers_one_and_goes_on(tmp_path: Path) -> None:
    """A failure is told for its bundle alone."""
    bad, good = (bundle_of(tmp_path / name, mod=SOURCE) for name in ("bad", "good"))
    (tmp_path / "bad.0").mkdir()
    assert served(bad, good) == ["1", "0"]
