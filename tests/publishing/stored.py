"""Images put into a store, for the tests of every room that needs some."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image, ImageConfig, LayerEntry
from jupyter_containerize.oci import assemble
from jupyter_containerize.publishing.store import LocalStore
from tests.oci.small import CONFIG, SMALL, file, folder

CREATED = "1980-01-01T00:00:01Z"


def stored_image(
    store: LocalStore,
    code: bytes = b"main",
    config: ImageConfig = CONFIG,
    base: Sequence[LayerEntry] = SMALL,
) -> Image:
    """Make an image of two layers in the store; it has no name."""
    parts = (("base", base), (f"code {code!r}".encode().hex(), (folder("app"), file("app/main", code))))
    layers = [(store.make_layer(key, entries, cancel=CancelToken()), key) for key, entries in parts]
    image = assemble(layers, config, created=CREATED)
    store.add_image(image)
    return image
