"""Locks that were made once, kept in files, so that the same question gets the same wheels."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jupyter_containerize.domain.environment import LockedEnvironment, LockedPackage
from jupyter_containerize.resolution.errors import LockUnreadable
from jupyter_containerize.resolution.pylock import from_pylock, to_pylock
from jupyter_containerize.transport.disk import writing

logger = logging.getLogger(__name__)


def known(kept: Path) -> tuple[LockedPackage, ...] | None:
    """Return the packages of a kept lock; ``None`` if there is none, or a wheel of this machine in it is gone."""
    try:
        packages = from_pylock(kept.read_text(encoding="utf-8")).packages
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, LockUnreadable) as error:
        logger.warning("kept lock %s is not used: %s", kept, error)
        return None
    # A wheel of ours may be gone while its lock is not: it is made again.
    return packages if all(_is_there(package.url) for package in packages) else None


def keep(kept: Path, environment: LockedEnvironment) -> None:
    """Write a lock, in one go.

    Raises:
        DiskFull, NotWritable: it cannot be written.
    """
    with writing(kept):
        kept.parent.mkdir(parents=True, exist_ok=True)
        temporary = kept.with_name(f".{kept.name}.{secrets.token_hex(4)}")
        temporary.write_text(to_pylock(environment), encoding="utf-8")
        temporary.replace(kept)


def _is_there(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme != "file" or Path(unquote(parts.path)).is_file()
