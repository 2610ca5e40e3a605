"""``python -m jupyter_containerize_runtime``: serve the application folder until told to stop, or run its job.

Other words than ``serve``, SageMaker's for it, are those of ``terminal``.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from . import logs
from .cpus import limit_libraries, processors
from .errors import BadSetting
from .memory import memory_bytes
from .settings import folder, read_settings

logger = logging.getLogger(__package__)


def main() -> int:
    """Return the exit code: 0 after a signal, 1 if loading or listening failed, 2 for a bad setting; or a job's."""
    # As the first process of a container we would not be ended by a signal that nobody handles.
    signal.signal(signal.SIGTERM, _leave)
    app = folder(os.environ)
    if _is_job(app):
        # Only a job's own words go out: whoever starts one reads them.
        from .job import run_job  # noqa: PLC0415  # a server needs none of it

        return run_job(app, sys.argv[1:], os.environ)
    if sys.argv[1:] not in ([], ["serve"]):
        from .terminal.words import run  # noqa: PLC0415  # as above

        return run(app, sys.argv[1:])
    logs.configure()
    try:
        settings = read_settings(os.environ, processors(), memory_bytes())
    except BadSetting as error:
        fields = {"name": error.name, "value": error.value, "expected": error.expected}
        logger.critical("bad setting", extra={"fields": fields})
        return 2
    # Before anything of the user's is imported.
    limit_libraries(os.environ, settings.cpus // settings.threads)
    # After the handler: what follows takes most of the time until we listen.
    from .http.listening import listen  # noqa: PLC0415
    from .server import Process  # noqa: PLC0415

    try:
        listener = listen(settings.host, settings.port, shared=settings.workers > 1)
    except OSError as error:
        fields = {"host": settings.host, "port": str(settings.port), "reason": str(error)}
        logger.critical("cannot listen", extra={"fields": fields})
        return 1
    host, port = listener.getsockname()[:2]
    logger.info("listening", extra={"fields": {"host": host, "port": port}})
    if settings.workers > 1:
        from .workers import run as run_workers  # noqa: PLC0415  # most images have one

        return run_workers(settings, listener)
    return Process(settings).run(listener)


def _is_job(app: Path) -> bool:
    """Return whether the folder is that of a job. One that cannot be read is none: the server says why."""
    try:
        card = json.loads((app / "model.json").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(card, dict) and card.get("job") is not None


def _leave(_number: int, _frame: Any) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
