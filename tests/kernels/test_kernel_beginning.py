"""A cancel in the first moments of a run: while what drives a kernel is imported, and while the kernel starts."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.notebook import Cell, CellKind
from jupyter_containerize.kernels.fresh import FreshKernel

_CELL = Cell(index=1, id="a", kind=CellKind.CODE, source="1", tags=())

# Stops after as many parts as it is told, and says what of the driver is loaded then.
_PROGRAM = """
import sys
from jupyter_containerize.kernels.slow_imports import import_driver
left = int(sys.argv[1])
def check():
    global left
    left -= 1
    if left < 0:
        raise KeyboardInterrupt
try:
    import_driver(check)
except KeyboardInterrupt:
    pass
print("nbclient" in sys.modules, "zmq" in sys.modules, "rfc3987_syntax" in sys.modules)
"""


@pytest.mark.parametrize(
    ("parts", "loaded"), [(0, "False False False"), (1, "False True False"), (9, "True True False")]
)
def test_import_driver__asked_to_stop__imports_no_further_part(parts, loaded):
    """A build that is cancelled meanwhile does not import all of it first."""
    done = subprocess.run((sys.executable, "-c", _PROGRAM, str(parts)), capture_output=True, text=True, check=True)

    assert done.stdout.strip() == loaded


@pytest.fixture
def kernel(install_kernel, tmp_path):
    """Return a function that gives a kernel which writes its process's number, heeds no signal and never answers."""
    script = (
        "import os, signal, sys, time; signal.signal(2, signal.SIG_IGN); signal.signal(15, signal.SIG_IGN);"
        "open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
    )
    install_kernel("deaf", sys.executable, "-c", script, str(tmp_path / "pid"), "{connection_file}")

    def make(cancel):
        return FreshKernel(name="deaf", notebook="n.ipynb", cells=(_CELL,), folder=tmp_path, environ={}, cancel=cancel)

    return make


def test_fresh_kernel__cancelled_before__starts_none(kernel, tmp_path):
    """No process is begun only to be ended."""
    cancel = CancelToken()
    cancel.cancel()

    with pytest.raises(Cancelled), kernel(cancel):
        pass

    assert not (tmp_path / "pid").exists()


def test_fresh_kernel__cancelled_while_it_starts__is_gone(kernel, tmp_path):
    """Whatever it does about signals."""
    cancel = CancelToken()

    def work():
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.02)
        cancel.cancel()

    thread = threading.Thread(target=work)
    thread.start()
    with pytest.raises(Cancelled), kernel(cancel):
        pass
    thread.join()

    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
