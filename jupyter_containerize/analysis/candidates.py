"""What serves, chosen among what could; see ``entries``."""

from jupyter_containerize.analysis.entries.choice import choose

__all__ = ["choose"]
