"""One run of Python for many folders: the bytes of one run each, and an end when asked."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest
from made_inputs import HereBench

from jupyter_containerize.buildpacks.errors import CompileFailed
from jupyter_containerize.buildpacks.wheel_compiler import Compiler
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled

COMMAND = (sys.executable, "-s", "-S", "-B", "-X", "utf8")
ENV = {"PYTHONHASHSEED": "0"}


def modules(folder: Path) -> Path:
    """Make a folder with a package."""
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "__init__.py").write_text("def serve(model):\n    return model.store, {'a', 'b'}\n")
    (folder / "lib" / "broken.py").write_text("def (")
    return folder


def compiled(folder: Path) -> dict[str, bytes]:
    """Return the .pyc files of a folder by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.pyc"))}


def test_compile__many_folders__the_bytes_of_one_run_each(tmp_path):
    """Whether a folder is the first or the third, and compiled alone or not: the same bytes."""
    folders = [modules(tmp_path / str(number)) for number in range(4)]
    with Compiler(COMMAND, ENV) as compiler:
        for folder in folders[:3]:
            compiler.compile(folder, installed_as="/site", cancel=CancelToken())
    HereBench(tmp_path).compile(folders[3], installed_as="/site")
    assert len(compiled(folders[0])) == 1
    assert compiled(folders[0]) == compiled(folders[1]) == compiled(folders[2]) == compiled(folders[3])


def test_compile__one_folder_fails__the_next_does_not(tmp_path):
    """What cannot be written is told with what Python said, and the same Python goes on."""
    bad, good = modules(tmp_path / "bad"), modules(tmp_path / "good")
    (bad / "lib" / "__pycache__").write_text("in the way")
    with Compiler(COMMAND, ENV) as compiler:
        with pytest.raises(CompileFailed) as caught:
            compiler.compile(bad, installed_as="/site", cancel=CancelToken())
        compiler.compile(good, installed_as="/site", cancel=CancelToken())
    assert caught.value.folder == "/site"
    assert "__pycache__" in caught.value.detail
    assert compiled(good)


ENDS = {
    "not there": ("/no/such/python",),
    "ends at once": (sys.executable, "-c", "import sys; sys.exit('no encodings')"),
    "killed": (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"),
}


@pytest.mark.parametrize("command", ENDS.values(), ids=ENDS)
def test_compile__python_does_not_run__is_told(tmp_path, command):
    """A Python that is not one is an error of its own, not a build that hangs."""
    with Compiler(command, ENV) as compiler, pytest.raises(CompileFailed) as caught:
        compiler.compile(modules(tmp_path / "lib"), installed_as="/site", cancel=CancelToken())
    assert caught.value.exit_code


def test_compile__cancelled__ends_the_program(tmp_path):
    """A build that is cancelled leaves no Python behind."""
    cancel = CancelToken()
    marker = tmp_path / "pid"
    stuck = f"import os, time; open({str(marker)!r}, 'w').write(str(os.getpid())); time.sleep(600)"

    def soon():
        while not marker.exists() or not marker.read_text():
            pass
        cancel.cancel()

    thread = threading.Thread(target=soon)
    thread.start()
    with Compiler((sys.executable, "-c", stuck), ENV) as compiler, pytest.raises(Cancelled):
        compiler.compile(modules(tmp_path / "lib"), installed_as="/site", cancel=cancel)
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)
