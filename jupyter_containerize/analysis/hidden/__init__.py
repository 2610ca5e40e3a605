"""Finds what code needs though nothing imports it: backends, file formats, drivers, programs.

The rules are data, in ``rules/*.toml``, one file for each family of libraries; ``docs/hidden-needs.md`` lists them.
"""

from jupyter_containerize.analysis.hidden.find import find_hidden
from jupyter_containerize.analysis.hidden.rule import Rule, all_rules

__all__ = ["Rule", "all_rules", "find_hidden"]
