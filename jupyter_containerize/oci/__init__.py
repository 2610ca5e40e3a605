"""The OCI formats: layer tar, manifest, config, image layout and archive. Values to bytes and back.

Source: OCI image-spec 1.1, https://github.com/opencontainers/image-spec/blob/v1.1.0/spec.md

This room knows nothing about notebooks or Python; it uses no network and starts no process.
"""

from jupyter_containerize.oci.archive import archive_chunks, index_archive_chunks
from jupyter_containerize.oci.errors import ImageUnreadable, LayerMisplanned
from jupyter_containerize.oci.image import assemble, read_config, read_history, read_image
from jupyter_containerize.oci.index import Index, IndexEntry, platform_index, read_index
from jupyter_containerize.oci.layer import EMPTY_DIFF_ID, LAYER_FORMAT, LAYER_TIME, layer_format, write_layer
from jupyter_containerize.oci.layout import Layout
from jupyter_containerize.oci.part import Part, join_parts, overlapping, write_part
from jupyter_containerize.oci.plain import open_plain

__all__ = [
    "EMPTY_DIFF_ID",
    "LAYER_FORMAT",
    "LAYER_TIME",
    "ImageUnreadable",
    "Index",
    "IndexEntry",
    "LayerMisplanned",
    "Layout",
    "Part",
    "archive_chunks",
    "assemble",
    "index_archive_chunks",
    "join_parts",
    "layer_format",
    "open_plain",
    "overlapping",
    "platform_index",
    "read_config",
    "read_history",
    "read_image",
    "read_index",
    "write_layer",
    "write_part",
]
