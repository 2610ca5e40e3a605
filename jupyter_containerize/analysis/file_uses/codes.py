"""The stable codes of what is found about files."""

FILE_MISSING = "JC-ANALYSIS-20"
"""The notebook reads a file that does not exist, and nothing in it writes that file."""

FILE_ON_ONE_MACHINE = "JC-ANALYSIS-21"
"""The notebook reads a path that exists on one machine only: absolute, or in somebody's home."""

FILE_BIG = "JC-ANALYSIS-22"
"""A file that the notebook reads makes the image big."""
