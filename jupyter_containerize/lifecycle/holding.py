"""What a destination has already of an image's layers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jupyter_containerize.domain.errors import OutsideError, UserError
from jupyter_containerize.domain.image import Digest, Layer, Reference
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.oci import Layout
from jupyter_containerize.publishing import Destination
from jupyter_containerize.publishing.destinations import LayoutDestination
from jupyter_containerize.publishing.registries import RegistryDestination, remote_has


def held(destination: Destination, layers: Sequence[Layer], job: Job) -> frozenset[Digest] | None:
    """Return the digests of those layers that the destination has; ``None`` where that cannot be known.

    Engines say only when an image is loaded; an archive is written anew in any case.
    """
    if isinstance(destination, LayoutDestination):
        layout = Layout(Path(job.request.destination.partition(":")[2]).expanduser())
        return frozenset(layer.digest for layer in layers if layout.has_blob(layer.digest, layer.size_bytes))
    if isinstance(destination, RegistryDestination):
        wanted = [layer.digest for layer in layers]
        try:
            return remote_has(Reference.parse(job.request.destination), wanted, cancel=job.watch.cancel)
        except (OutsideError, UserError) as error:
            # No reason to show no plan: the build asks again, and says what is wrong.
            job.watch.say(f"The destination does not say what it has: {error}")
    return None
