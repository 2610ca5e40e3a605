"""One line of JSON for each thing that happens, on standard output: what container platforms collect."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys


class JsonLines(logging.Formatter):
    """Writes a record as an object: time, level, event, the record's ``fields``, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. All ASCII: a line must not fail for what a caller wrote into a path."""
        time = dt.datetime.fromtimestamp(record.created, dt.timezone.utc).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"time": time, "level": record.levelname.lower(), "event": record.getMessage()}
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure() -> None:
    """Send our own records from INFO and everybody else's from WARNING to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger(__package__).setLevel(logging.INFO)
