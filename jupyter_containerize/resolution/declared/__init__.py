"""What the user asks to have installed: in files beside the notebook, in its metadata, in a block in a cell."""

from jupyter_containerize.resolution.declared.beside import files_beside, read_requirement_file
from jupyter_containerize.resolution.declared.conda_specs import CondaSpec, conda_spec
from jupyter_containerize.resolution.declared.metadata import in_metadata
from jupyter_containerize.resolution.declared.newest import newest_that_fits
from jupyter_containerize.resolution.declared.python import python_asked
from jupyter_containerize.resolution.declared.script_blocks import ScriptBlock, in_script_block
from jupyter_containerize.resolution.declared.specifiers import combine, exact_of

__all__ = [
    "CondaSpec",
    "ScriptBlock",
    "combine",
    "conda_spec",
    "exact_of",
    "files_beside",
    "in_metadata",
    "in_script_block",
    "newest_that_fits",
    "python_asked",
    "read_requirement_file",
]
