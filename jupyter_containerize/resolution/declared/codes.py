"""The stable codes of this folder's findings. Errors of the room have 01 to 11 (``resolution/errors.py``)."""

UNREADABLE = "JC-RESOLUTION-31"
"""A file, or a block in a cell, that declares distributions cannot be read as what it should be."""

ENTRY_IGNORED = "JC-RESOLUTION-32"
"""One entry of such a file is no requirement that we know."""

NOT_FOLLOWED = "JC-RESOLUTION-33"
"""A file names another one that is not there, on the web, or outside of the folders that we may look in."""
