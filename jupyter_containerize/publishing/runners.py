"""Which way of starting an image works here."""

from __future__ import annotations

from typing import Final

from jupyter_containerize.publishing.engine import DockerRunner
from jupyter_containerize.publishing.namespaces import BubblewrapRunner, UnshareRunner
from jupyter_containerize.publishing.podman import PodmanRunner
from jupyter_containerize.publishing.runner import NoRunner, Runner

# The cheapest first: namespaces start from the store's own files, engines must be given a copy of the image.
_WAYS = {way.name.lower(): way for way in (BubblewrapRunner, UnshareRunner, DockerRunner, PodmanRunner)}

RUNNERS: Final = tuple(_WAYS)
"""The names of all ways, the cheapest first."""


def find_runner(name: str = "") -> Runner | NoRunner:
    """Return a way that works here, or every way's reason why it does not.

    Args:
        name: one of ``RUNNERS``, to have that one or none; empty: the first that works.
    """
    reasons = []
    for way in (_WAYS[name],) if name else _WAYS.values():
        reason = way.why_not()
        if not reason:
            return way()
        reasons.append((way.name, reason))
    return NoRunner(reasons=tuple(reasons))
