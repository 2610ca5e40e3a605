"""The formats that a preview can be written in."""

from jupyter_containerize.resolution.formats.environment_yml import environment
from jupyter_containerize.resolution.formats.locking import locked
from jupyter_containerize.resolution.formats.requirements_txt import requirements
from jupyter_containerize.resolution.formats.script_block import pep723
from jupyter_containerize.resolution.formats.wording import requirement_of

__all__ = ["environment", "locked", "pep723", "requirement_of", "requirements"]
