"""Which way of starting an image works here."""

from __future__ import annotations

from jupyter_containerize.publishing.engine import DockerRunner
from jupyter_containerize.publishing.namespaces import BubblewrapRunner, UnshareRunner
from jupyter_containerize.publishing.podman import PodmanRunner
from jupyter_containerize.publishing.runner import NoRunner, Runner

# The cheapest first: namespaces start from the store's own files, engines must be given a copy of the image.
_WAYS = (BubblewrapRunner, UnshareRunner, DockerRunner, PodmanRunner)


def find_runner() -> Runner | NoRunner:
    """Return a way that works here, or every way's reason why it does not."""
    reasons = []
    for way in _WAYS:
        reason = way.why_not()
        if not reason:
            return way()
        reasons.append((way.name, reason))
    return NoRunner(reasons=tuple(reasons))
