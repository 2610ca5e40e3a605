"""The stable codes of this room's findings. Errors have 01 to 10 (``errors.py``)."""

CELL_UNREADABLE = "JC-ANALYSIS-11"
"""A piece of a cell does not parse."""

UNDEFINED_NAME = "JC-ANALYSIS-12"
"""The serving code uses a name that nothing in the notebook binds."""

NOTEBOOK_ONLY_NAME = "JC-ANALYSIS-13"
"""The serving code uses a name that exists only inside a notebook."""

MAGIC_DROPPED = "JC-ANALYSIS-14"
"""A magic inside the serving code was left out."""

LOCAL_MODULE_UNREADABLE = "JC-ANALYSIS-15"
"""A module beside the notebook does not parse."""
