"""A few words for why a connection failed."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import urllib3.exceptions as u

# The first class that some error of the chain belongs to gives the words. They carry no URL,
# since a proxy's URL may hold a password.
_WORDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((socket.gaierror, u.NameResolutionError), "name not found"),
    ((ssl.SSLCertVerificationError,), "certificate not trusted"),
    ((ssl.SSLError, u.SSLError), "TLS failed"),
    ((u.ProxyError,), "proxy failed"),
    ((ConnectionRefusedError,), "connection refused"),
    ((u.NewConnectionError,), "no connection"),
    ((TimeoutError, u.TimeoutError), "timed out"),
    ((ConnectionResetError, u.IncompleteRead, u.ProtocolError), "connection broken"),
    ((u.DecodeError,), "unreadable compression"),
)


def reason_of(error: BaseException) -> str:
    """Return why a request failed: the words for the most telling error of its chain."""
    chain = tuple(_chain(error))
    for kinds, words in _WORDS:
        if any(isinstance(link, kinds) for link in chain):
            return words
    return type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    # requests and urllib3 keep the inner error in args or .reason as often as in __cause__.
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        link = waiting.pop()
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [*link.args, getattr(link, "reason", None), link.__cause__, link.__context__]
