"""Asks a kernel's environment what it has, and takes objects out of a fresh kernel.

``inspect_kernel`` runs only the interpreter behind a kernelspec, never the notebook, and
``environment_of_python`` one that no kernelspec names;
``capture_state`` runs the notebook once; ``answer_again`` spares that while only serving code changes.
What runs inside the user's environment is in ``inside/`` and needs nothing but Python 3.9.
"""

from jupyter_containerize.kernels.answer import answer_again, begin_standby
from jupyter_containerize.kernels.capture import capture_state
from jupyter_containerize.kernels.inspect import environment_of_python, inspect_kernel
from jupyter_containerize.kernels.standby import Standby
from jupyter_containerize.kernels.states import (
    capture_key,
    remember_run,
    run_state,
    run_surroundings,
    store_state,
    stored_state,
)

__all__ = [
    "Standby",
    "answer_again",
    "begin_standby",
    "capture_key",
    "capture_state",
    "environment_of_python",
    "inspect_kernel",
    "remember_run",
    "run_state",
    "run_surroundings",
    "store_state",
    "stored_state",
]
