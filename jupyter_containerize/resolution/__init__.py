"""Import name to distribution to pinned, hashed wheels and system packages for the target."""

from jupyter_containerize.resolution.asked_otherwise import asked_otherwise
from jupyter_containerize.resolution.dependencies import dependencies
from jupyter_containerize.resolution.edit_findings import edit_findings, without_server_needs
from jupyter_containerize.resolution.edits import edited_requirements, edited_rows, edits_on
from jupyter_containerize.resolution.evidence import evidence_for, required_name
from jupyter_containerize.resolution.index import PackageIndex
from jupyter_containerize.resolution.lock import lock
from jupyter_containerize.resolution.needs import required
from jupyter_containerize.resolution.pylock import from_pylock, to_pylock
from jupyter_containerize.resolution.tags import platform_of
from jupyter_containerize.resolution.vendored import lock_vendored, vendored_licences

__all__ = [
    "PackageIndex",
    "asked_otherwise",
    "dependencies",
    "edit_findings",
    "edited_requirements",
    "edited_rows",
    "edits_on",
    "evidence_for",
    "from_pylock",
    "lock",
    "lock_vendored",
    "platform_of",
    "required",
    "required_name",
    "to_pylock",
    "vendored_licences",
    "without_server_needs",
]
