"""One run of Python for many bundles: the bytes of one run each, and an end when asked."""

from __future__ import annotations

import os
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from made_debs import content_of
from made_inputs import ENV, HereBench

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.bytecode import bytecode_of
from jupyter_containerize.buildpacks.errors import CompileFailed
from jupyter_containerize.buildpacks.wheel_compiler import Compiler
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled

COMMAND = (sys.executable, "-s", "-S", "-B", "-X", "utf8")


MODULES = (
    tree.file("site/lib/__init__.py", b"def serve(model):\n    return model.store, {'a', 'b'}\n"),
    tree.file("site/lib/broken.py", b"def ("),
)


def compiled(compiler: Compiler, folder: Path, cancel: CancelToken | None = None) -> dict[str, bytes]:
    """Compile the modules and return the .pyc files by path."""
    folder.mkdir(exist_ok=True)
    compile_ = partial(compiler.compile, installed_as="/site", cancel=cancel or CancelToken())
    made = bytecode_of(MODULES, below="site", folder=folder, compile_=compile_)
    return {entry.path: content_of(entry) for entry in made}


def test_compile__many_bundles__the_bytes_of_one_run_each(tmp_path):
    """Whether a bundle is the first or the third, and compiled alone or not: the same bytes."""
    with Compiler(COMMAND, ENV) as compiler:
        found = [compiled(compiler, tmp_path / str(number)) for number in range(3)]
    alone = {entry.path: content_of(entry) for entry in HereBench(tmp_path).compile(MODULES, below="site")}
    assert len(alone) == 1
    assert found == [alone] * 3


def test_compile__one_bundle_fails__the_next_does_not(tmp_path):
    """What cannot be written is told with what Python said, and the same Python goes on."""
    (tmp_path / "bad" / "modules.0").mkdir(parents=True)
    with Compiler(COMMAND, ENV) as compiler:
        with pytest.raises(CompileFailed) as caught:
            compiled(compiler, tmp_path / "bad")
        good = compiled(compiler, tmp_path / "good")
    assert caught.value.folder == "/site"
    assert "modules.0" in caught.value.detail
    assert good


ENDS = {
    "not there": ("/no/such/python",),
    "ends at once": (sys.executable, "-c", "import sys; sys.exit('no encodings')"),
    "killed": (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"),
}


@pytest.mark.parametrize("command", ENDS.values(), ids=ENDS)
def test_compile__python_does_not_run__is_told(tmp_path, command):
    """A Python that is not one is an error of its own, not a build that hangs."""
    with Compiler(command, ENV) as compiler, pytest.raises(CompileFailed) as caught:
        compiled(compiler, tmp_path)
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
        compiled(compiler, tmp_path, cancel)
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)
