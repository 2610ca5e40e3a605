"""Asks the index for the newest version of one distribution that fits."""

from __future__ import annotations

import os
import sys
import tempfile
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path

from packaging.utils import canonicalize_name

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.resolution import resolver
from jupyter_containerize.resolution.errors import NoWheel, ResolutionConflict, VersionNotOnIndex
from jupyter_containerize.resolution.failures import failure
from jupyter_containerize.resolution.index import PackageIndex
from jupyter_containerize.resolution.tags import platform_of

# Debian 12 has it. Wheels that need a newer one are rare, and none of them is old.
_GLIBC_MINOR = 36


def newest_that_fits(
    index: PackageIndex,
    name: str,
    specifier: str,
    python_minor: str,
    before: date | None,
    *,
    platform: str = "",
    cancel: CancelToken | None = None,
) -> str | None:
    """Return the newest release with a wheel for the Python and the platform; ``None`` if there is none.

    Yanked releases do not count, nor do pre-releases, unless the specifier names one. What the distribution needs
    itself is not looked at. uv asks, so that the user's indexes, credentials and proxies count; it takes
    dates from the index (PEP 700). Where an index has none, nothing is old enough; local folders have
    none either, and all that is in them counts.

    Args:
        index: Where to look.
        name: The distribution.
        specifier: PEP 440; empty for any version.
        python_minor: As in ``3.11``.
        before: The release was uploaded before this day began (UTC); ``None`` for any time.
        platform: As uv names it; Linux on x86-64 with the glibc of Debian 12 without.
        cancel: Asked while uv works.

    Raises:
        IndexUnreachable, IndexUnreadable, ResolverMissing, ResolverFailed, Cancelled
    """
    platform = platform or platform_of(_GLIBC_MINOR)
    options = [
        *("--format", "pylock.toml", "--no-deps"),
        *("--python", sys.executable),
        *("--python-version", python_minor),
        *("--python-platform", platform),
        *("--only-binary", ":all:"),
        *("--prerelease", "explicit"),
        *(("--exclude-newer", datetime.combine(before, time(), UTC).isoformat()) if before else ()),
        *(("--no-index",) if index.no_index else ()),
        *("--no-header", "--no-annotate", "--no-python-downloads"),
        *("--color", "never", "--no-progress", "--quiet"),
    ]
    environ = {**os.environ, **index.variables}
    with tempfile.TemporaryDirectory(prefix="jupyter-containerize-") as folder:
        code, wrote, said = resolver._run(  # noqa: SLF001 - the room's one way to start uv
            options, [f"{name}{specifier}"], Path(folder), environ, cancel or CancelToken()
        )
    if code != 0:
        error = failure(said, platform=platform, evidence_of=lambda _: ())
        if isinstance(error, (NoWheel, VersionNotOnIndex, ResolutionConflict)):
            return None
        raise error
    wanted = canonicalize_name(name)
    packages = tomllib.loads(wrote).get("packages", ())
    return next((str(item["version"]) for item in packages if item["name"] == wanted and "version" in item), None)
