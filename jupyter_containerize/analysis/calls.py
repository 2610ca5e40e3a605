"""The notebook's own calls of what serves; see ``entries``."""

from jupyter_containerize.analysis.entries.calls import example_call

__all__ = ["example_call"]
