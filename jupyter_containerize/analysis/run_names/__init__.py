"""Which names a notebook uses before anything binds them, when it is run from its first cell to its last."""

from jupyter_containerize.analysis.run_names.find import find_unbound

__all__ = ["find_unbound"]
