"""URLs without their secrets."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit


def redact(url: str) -> str:
    """Return the URL without user, password, query values and fragment.

    Every query value goes, not only those named like a token: signed URLs hide theirs under
    names that differ by vendor.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(unreadable URL)"
    names = [item.partition("=")[0] for item in parts.query.split("&") if item]
    query = "&".join(f"{name}=..." for name in names)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))
