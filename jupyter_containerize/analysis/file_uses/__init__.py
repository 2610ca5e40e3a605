"""Finds the files, folders and URLs that code reads and writes, without running it."""

from jupyter_containerize.analysis.file_uses.codes import FILE_BIG, FILE_MISSING, FILE_ON_ONE_MACHINE
from jupyter_containerize.analysis.file_uses.find import FileUseReader, find_file_uses

__all__ = ["FILE_BIG", "FILE_MISSING", "FILE_ON_ONE_MACHINE", "FileUseReader", "find_file_uses"]
