"""``file://`` URLs, answered as a server would."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from urllib.request import url2pathname

import requests
import urllib3
from requests.adapters import HTTPAdapter


class FileAdapter(HTTPAdapter):
    """Sends a file as the body of a 200, or a 404 or 403 where it cannot."""

    def send(  # the arguments beyond the request are about connections, and there is none
        self,
        request: requests.PreparedRequest,
        *_args: Any,
        **_settings: Any,
    ) -> requests.Response:
        """Answer a request."""
        status, reason, body = _read(request.url or "")
        raw = urllib3.HTTPResponse(
            body=body, status=status.value, reason=reason, preload_content=False, headers=_no_headers()
        )
        return self.build_response(request, raw)


def _no_headers() -> Mapping[str, str]:
    return {}


def _read(url: str) -> tuple[HTTPStatus, str, BinaryIO]:
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"}:
        return HTTPStatus.NOT_FOUND, "a file on another host", BytesIO()
    try:
        return HTTPStatus.OK, "OK", open(url2pathname(parts.path), "rb")  # noqa: PTH123  # the response closes it
    except PermissionError:
        return HTTPStatus.FORBIDDEN, "no permission to read the file", BytesIO()
    except OSError:
        return HTTPStatus.NOT_FOUND, "no such file", BytesIO()
