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

LOCAL_MODULE_OUTSIDE = "JC-ANALYSIS-16"
"""A module that the notebook imports lies outside of its folder."""

OTHER_LANGUAGE = "JC-ANALYSIS-17"
"""A cell is in another language, by a cell magic, and is not read for imports."""

PYTHON2_MODULE = "JC-ANALYSIS-18"
"""An imported module was part of Python 2 and is in no Python 3."""

NOTHING_LEFT_OUT = "JC-ANALYSIS-31"
"""Something in the notebook can read and bind any name, so that all of it runs."""

DROPPED_BUT_NEEDED = "JC-ANALYSIS-32"
"""A cell that the user drops is needed by one that runs."""

PREPARED_INPUTS = "JC-ANALYSIS-25"
"""The model that serves was fitted on what a transformer gave, and a request must bring that."""

RESPONSE_INFO_DROPPED = "JC-ANALYSIS-26"
"""A Kernel Gateway cell that says an answer's status and headers is left out."""

UNPICKLABLE = "JC-ANALYSIS-27"
"""A name that serving needs is bound to something that cannot be taken along: a connection, a lock, an open file."""

REQUEST_ELSEWHERE = "JC-ANALYSIS-28"
"""A function reads ``REQUEST`` as Kernel Gateway binds it for the whole notebook; only the cell that answers has it."""

UNBOUND_NAME = "JC-ANALYSIS-29"
"""Run from top to bottom, the notebook uses a name before, or without, anything that binds it."""

SERVES_AT_RANDOM = "JC-ANALYSIS-33"
"""The serving code draws random numbers: the same request gives other answers."""

SECRET_IN_IMAGE = "JC-ANALYSIS-34"  # noqa: S105  # a code
"""Code that goes into the image holds what looks like a secret."""

RECREATED_NOT_BOUND = "JC-ANALYSIS-35"
"""A name is to be made anew at start that nothing in the notebook binds."""
