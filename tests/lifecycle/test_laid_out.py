"""A Python that was laid out: used for what comes next, and gone at the end."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.standard_library import KeepsPython
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.lifecycle.downloads import Downloads
from jupyter_containerize.lifecycle.laid_out import LaidOut
from jupyter_containerize.lifecycle.workbench import LayerWorkbench, TargetPython
from jupyter_containerize.publishing import LocalStore
from tests.lifecycle.made_plan import job_in

COMMAND = ((sys.executable, "-s", "-S", "-B"), {"PYTHONHASHSEED": "0"})


def folders(store: LocalStore) -> tuple[Path, ExitStack]:
    """Return a folder, and what removes it."""
    stack = ExitStack()
    return stack.enter_context(store.scratch()), stack


def test_keep__while_open__is_found_until_the_end(tmp_path: Path) -> None:
    """The folders stay as long as the build, and nothing is found after it."""
    folder, stack = folders(LocalStore(tmp_path))
    with LaidOut() as laid_out:
        laid_out.keep("key", COMMAND, stack)
        assert laid_out.find("key") == COMMAND
        assert laid_out.find("other") is None
        assert folder.is_dir()
    assert not folder.exists()
    assert laid_out.find("key") is None


def test_keep__nobody_removes_it_later__removes_it_now(tmp_path: Path) -> None:
    """A job without an end of its own, such as a rebase, keeps nothing."""
    folder, stack = folders(LocalStore(tmp_path))
    laid_out = LaidOut()
    laid_out.keep("key", COMMAND, stack)
    assert laid_out.find("key") is None
    assert not folder.exists()


@pytest.fixture
def downloads(tmp_path: Path):
    """Downloads of nothing."""
    with Downloads((), job_in(tmp_path), {}) as opened:
        yield opened


def test_target_python__laid_out__needs_no_layers(tmp_path: Path, downloads: Downloads) -> None:
    """Nothing is unpacked for a Python that is there."""
    store, token = LocalStore(tmp_path / "store"), CancelToken()
    with (
        TargetPython("/usr/bin/python3", (), store, laid_out=COMMAND) as python,
        LayerWorkbench(store, downloads, python, token, lambda *_: None) as workbench,
    ):
        (made,) = workbench.compile([tree.file("site/mod.py", b"")], below="site")
    assert made.path == f"site/__pycache__/mod.{sys.implementation.cache_tag}.pyc"


@pytest.mark.parametrize("fails", [False, True])
def test_workbench__python_in_its_folders__is_handed_on_with_them(
    tmp_path: Path, downloads: Downloads, *, fails: bool
) -> None:
    """The folders outlive the layer if there is such a Python, and do not if the layer failed."""
    store, kept = LocalStore(tmp_path / "store"), []
    bench = LayerWorkbench(
        store, downloads, TargetPython("python", (), store), CancelToken(), lambda *given: kept.append(given)
    )
    assert isinstance(bench, KeepsPython)
    with ExitStack() as expected:
        if fails:
            expected.enter_context(pytest.raises(OSError, match="full"))
        with bench:
            folder = bench.scratch()
            bench.keep_python(*COMMAND)
            if fails:
                raise OSError("full")
    assert folder.exists() == (not fails)
    assert [command for command, _ in kept] == ([] if fails else [COMMAND])
    for _, stack in kept:
        stack.close()
    assert not folder.exists()
