"""An answer as bytes."""

from __future__ import annotations

import email.utils
import http
import time

from .messages import Answer

_PHRASES = {status.value: status.phrase for status in http.HTTPStatus}
_dated = (0, "")


def written(answer: Answer, request_id: str, *, is_last: bool, is_head: bool) -> bytes:
    """Return an answer as it is sent; without its body to HEAD."""
    body = answer.body
    more = "".join([f"{name}: {value}\r\n" for name, value in answer.headers.items()]) if answer.headers else ""
    head = (
        f"HTTP/1.1 {answer.status} {_PHRASES[answer.status]}\r\ncontent-type: {answer.content_type}\r\n"
        f"content-length: {len(body)}\r\nx-request-id: {request_id}\r\ndate: {_date()}\r\n"
        f"{more}{'connection: close' if is_last else 'connection: keep-alive'}\r\n\r\n"
    ).encode("latin-1")
    return head if is_head else head + body


def _date() -> str:
    """Return the time as HTTP has it, written once a second."""
    global _dated  # noqa: PLW0603  # a cache of one value
    now = int(time.time())
    if now != _dated[0]:
        _dated = (now, email.utils.formatdate(now, usegmt=True))
    return _dated[1]
