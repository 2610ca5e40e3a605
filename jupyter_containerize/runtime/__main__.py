"""``python -m jupyter_containerize_runtime``: serve the application folder until told to stop."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import Any

from . import logs
from .errors import BadSetting
from .settings import read_settings

logger = logging.getLogger(__package__)


def main() -> int:
    """Return the exit code: 0 after a signal, 1 if loading or listening failed, 2 for a bad setting."""
    # As the first process of a container we would not be ended by a signal that nobody handles.
    signal.signal(signal.SIGTERM, _leave)
    logs.configure()
    try:
        settings = read_settings(os.environ)
    except BadSetting as error:
        fields = {"name": error.name, "value": error.value, "expected": error.expected}
        logger.critical("bad setting", extra={"fields": fields})
        return 2
    # After the handler: uvicorn takes most of the time until we listen.
    from .server import Process, listen  # noqa: PLC0415

    try:
        listener = listen(settings)
    except OSError as error:
        fields = {"host": settings.host, "port": str(settings.port), "reason": str(error)}
        logger.critical("cannot listen", extra={"fields": fields})
        return 1
    host, port = listener.getsockname()[:2]
    logger.info("listening", extra={"fields": {"host": host, "port": port}})
    return Process(settings).run(listener)


def _leave(_number: int, _frame: Any) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
