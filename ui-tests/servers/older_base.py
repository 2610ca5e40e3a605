"""Puts an image of a server's store onto an older base, as if it had been built long ago: python older_base.py NAME.

What is older is made here: one more layer below the notebook's, and a list in which every system package has the
version 0. JUPYTER_DATA_DIR says whose store it is. Prints the digest that the name means afterwards.
"""

import sys
from dataclasses import replace

from jupyter_containerize import cnb
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import EntryKind, LayerEntry, Reference
from jupyter_containerize.oci import read_history
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.listing import platform_of

name = Reference.parse(sys.argv[1])
store = LocalStore.default()
image = store.find(name)
assert image is not None, name  # noqa: S101
info = cnb.base_of(image)
marker = LayerEntry(path="older", kind=EntryKind.DIRECTORY, mode=0o755)
layer = store.make_layer("ab" * 32, [marker], cancel=CancelToken())
lines = read_history(image.config_bytes)
below = [*zip(info.layers, lines, strict=False), (layer, "os: older")]
about = replace(info.base, packages=dict.fromkeys(info.base.packages, "0"))
architecture = platform_of(image).architecture
base = cnb.run_image(below, about, created="1980-01-01T00:00:01Z", architecture=architecture)
older = cnb.rebased(image, base, name=info.run_image.image, reference=f"older@{base.manifest_digest}")
store.add_image(older)
store.tag(name, older.manifest_digest)
sys.stdout.write(older.manifest_digest)
