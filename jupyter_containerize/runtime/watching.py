"""What the application tells about its work: an object that is told, and that the log and the metrics come from."""

from __future__ import annotations

import logging
from typing import Any

from .errors import CallFailed
from .http.messages import Answer, Request

logger = logging.getLogger(__name__)

_LOGGED_PATH_CHARACTERS = 200


class Watch:
    """Is told what happens, in the event loop, and must be quick about it."""

    def failed(self, request: Request, error: CallFailed) -> None:
        """A call raised. Without our own frames: the cause is what the author of the function can mend."""
        fields = {"request_id": request.request_id}
        logger.error("call failed", exc_info=error.__cause__, extra={"fields": fields})

    def answered(self, request: Request, answer: Answer) -> None:
        """A request has its answer."""
        fields: dict[str, Any] = {
            "request_id": request.request_id,
            "method": request.method,
            "path": request.path[:_LOGGED_PATH_CHARACTERS],
            "status": answer.status,
            "milliseconds": round(request.seconds * 1000, 3),
            "bytes_in": len(request.body),
            "bytes_out": len(answer.body),
        }
        logger.info("request", extra={"fields": fields})
