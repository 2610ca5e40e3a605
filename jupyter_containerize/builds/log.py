"""A build's log: what of it is kept, and how it reads as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from jupyter_containerize.builds.record import EventJson, RecordedEvent

MAX_LINE_CHARACTERS = 8_192
MAX_LOG_CHARACTERS = 4 * 1024 * 1024

_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")


def without_userinfo(text: str) -> str:
    """Return the text with ``user:password@`` cut out of every URL in it.

    The rooms redact where they make a message; this guards what other programs print.
    """
    return _USERINFO.sub("", text)


def kept(events: Iterable[EventJson], *, max_characters: int = MAX_LOG_CHARACTERS) -> Iterator[EventJson]:
    """Yield the events that are recorded: all but the log lines beyond the limit.

    Long lines are cut. The first line that is dropped is replaced by a warning that says so.
    """
    left = max_characters
    for event in events:
        if event["event"] != "log_line":
            yield event
            continue
        if left < 0:
            continue
        text = _shortened(without_userinfo(str(event.get("text", ""))))
        left -= len(text) + 1
        if left < 0:
            said = f"The log has reached {max_characters} characters; further lines are not kept."
            yield {"event": "log_line", "text": said, "level": "warning"}
            continue
        yield {**event, "text": text}


def log_text(recorded: Iterable[RecordedEvent]) -> str:
    """Return the log for people, a line each with its time; progress is left out."""
    return "".join(f"{item.time}  {line}\n" for item in recorded for line in _lines(item.event))


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_LINE_CHARACTERS else f"{text[:MAX_LINE_CHARACTERS]}…"


def _lines(event: EventJson) -> Iterator[str]:
    match event:
        case {"event": "log_line", "text": str(text), "level": str(level)}:
            yield from (line if level == "info" else f"{level}: {line}" for line in text.splitlines())
        case {"event": "phase_started", "phase": phase}:
            yield f"{phase}"
        case {"event": "phase_finished", "phase": phase, "seconds": float(seconds)}:
            yield f"{phase} finished in {seconds:.1f} s"
        case {"event": "state", "state": state}:
            yield f"{state}"
        case {"event": "build_done", "report": {"reference": reference, "digest": digest}}:
            yield f"done: {reference} {digest}"
        case {"event": "plan_done"}:
            yield "done"
        case {"event": "build_failed", "problem": {"code": code, **problem}}:
            yield f"failed: {code}"
            parts = (str(problem.get(part) or "") for part in ("title", "location", "saw", "todo", "details"))
            yield from (f"  {line}" for part in parts for line in part.splitlines())
