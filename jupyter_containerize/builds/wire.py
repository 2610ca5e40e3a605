"""How a build request and its events travel between the queue and a worker: JSON, a line each."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import cast

import msgspec

from jupyter_containerize.builds.record import EventJson
from jupyter_containerize.builds.tasks import Task
from jupyter_containerize.domain.build import EVENT_NAMES, BuildEvent, BuildRequest, event_to_json

_KNOWN = frozenset(EVENT_NAMES.values())


def request_to_line(request: BuildRequest) -> str:
    """Return the request as one line, newline included."""
    return json.dumps(asdict(request), default=os.fspath) + "\n"


def request_from_line(line: str) -> BuildRequest:
    """Return the request that ``request_to_line`` wrote; one that is for no build is a ``Task``."""
    kind = Task if "kind" in json.loads(line) else BuildRequest
    return msgspec.json.decode(line, type=kind, dec_hook=lambda kind, value: kind(value))


def event_from_line(line: str) -> EventJson:
    """Return the event of a worker's line; a line that is none becomes a log line with its text."""
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if isinstance(event, Mapping) and event.get("event") in _KNOWN:
        return event
    return {"event": "log_line", "text": line.rstrip("\n"), "level": "info"}


def plain(event: BuildEvent) -> EventJson:
    """Return the event as the JSON that a worker would have sent."""
    return cast(EventJson, event_to_json(event))
