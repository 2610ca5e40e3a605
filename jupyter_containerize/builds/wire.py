"""How a build request and its events travel between the queue and a worker: JSON, a line each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import cast

from jupyter_containerize.builds.record import EventJson
from jupyter_containerize.domain.build import EVENT_NAMES, BuildEvent, BuildRequest, SelfTestMode, event_to_json

_KNOWN = frozenset(EVENT_NAMES.values())


def request_to_line(request: BuildRequest) -> str:
    """Return the request as one line, newline included."""
    return json.dumps(asdict(request) | {"notebook": str(request.notebook)}) + "\n"


def request_from_line(line: str) -> BuildRequest:
    """Return the request that ``request_to_line`` wrote."""
    fields = json.loads(line)
    fields["notebook"] = Path(fields["notebook"])
    fields["selftest"] = SelfTestMode(fields["selftest"])
    return BuildRequest(**fields)


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
