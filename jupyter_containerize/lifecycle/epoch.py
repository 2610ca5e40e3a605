"""The time that an image says it was made at: part of its digest, so it is not the time of the build."""

from __future__ import annotations

import datetime as dt
import os

# What Cloud Native Buildpacks give to reproducible images: 1980-01-01T00:00:01Z.
_EPOCH = 315532801


def epoch_seconds() -> int:
    """Return the seconds since 1970 that ``SOURCE_DATE_EPOCH`` says, or those of reproducible images."""
    return int(os.environ.get("SOURCE_DATE_EPOCH", _EPOCH))


def created() -> str:
    """Return that time in RFC 3339."""
    return dt.datetime.fromtimestamp(epoch_seconds(), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
