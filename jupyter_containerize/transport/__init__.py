"""HTTP with retry, timeout, proxy and redaction; the only room that opens a connection by itself.

Proxies and certificate bundles come from the environment, as ``requests`` reads them, and
``SSL_CERT_FILE`` counts as well. ``file://`` URLs are read as if a server had sent them.
"""

from jupyter_containerize.transport.disk import writing
from jupyter_containerize.transport.errors import (
    DiskFull,
    HashMismatch,
    HttpRefused,
    IllegalUrl,
    NetworkUnreachable,
    NotWritable,
    TooLarge,
)
from jupyter_containerize.transport.http import Answer, Fetched, Transport
from jupyter_containerize.transport.locked import locked
from jupyter_containerize.transport.redact import redact

__all__ = [
    "Answer",
    "DiskFull",
    "Fetched",
    "HashMismatch",
    "HttpRefused",
    "IllegalUrl",
    "NetworkUnreachable",
    "NotWritable",
    "TooLarge",
    "Transport",
    "locked",
    "redact",
    "writing",
]
