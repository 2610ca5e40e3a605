"""Tells what calls of libraries do: change things in place, share memory, draw numbers, set options, use files.

The knowledge is data, in ``tables/*.toml``, one file for each library or family;
``docs/decisions/0013-what-library-calls-do.md`` says how it is checked.
"""

from jupyter_containerize.analysis.knowledge.effect import IN_PLACE, Effect
from jupyter_containerize.analysis.knowledge.knowledge import Knowledge, knowledge

__all__ = ["IN_PLACE", "Effect", "Knowledge", "knowledge"]
