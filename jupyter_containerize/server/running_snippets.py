"""A request as people would send it without us: by curl, and by Python with requests."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

ABSENT: Final = object()
MOST_CHARACTERS: Final = 50_000
"""A longer body is better in a file."""

# What RFC 3986 allows in a path beside letters and digits, and the escapes of who has quoted already.
_AS_IT_IS: Final = "/%:@!$&'()*+,;=-._~"
_HEADERS: Final = "headers={'Content-Type': 'application/json'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a container is asked. ``path`` begins with a slash; ``body`` is any JSON, or ``ABSENT``."""

    method: str
    path: str
    body: object = ABSENT
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_body(self) -> bool:
        """Whether anything is sent along."""
        return self.body is not ABSENT

    @property
    def text(self) -> str:
        """What is sent along, as JSON; empty for nothing."""
        return json.dumps(self.body, ensure_ascii=False) if self.has_body else ""

    def target(self, base: str) -> str:
        """Return the whole URL; ``base`` is the container's, without a slash at its end."""
        query = f"?{urlencode(self.query)}" if self.query else ""
        return f"{base}{quote(self.path, safe=_AS_IT_IS)}{query}"


def curl(question: Question, base: str) -> str:
    """Return a command for a shell."""
    words = ["curl", *_method(question), shlex.quote(question.target(base))]
    if not question.has_body:
        return " ".join(words)
    text = question.text
    data = shlex.quote(text) if len(text) <= MOST_CHARACTERS else "@request.json"
    return f"{' '.join(words)} \\\n  -H 'Content-Type: application/json' \\\n  -d {data}"


def python(question: Question, base: str) -> str:
    """Return a program that prints the answer."""
    call, url = f"requests.{question.method.lower()}", repr(question.target(base))
    after = "answer.raise_for_status()\nprint(answer.text)\n"
    if len(question.text) > MOST_CHARACTERS:
        asking = f'with open("request.json", "rb") as body:\n    answer = {call}({url}, data=body, {_HEADERS})\n'
    elif question.body is None:
        # requests takes this for nothing to send.
        asking = f"answer = {call}({url}, data='null', {_HEADERS})\n"
    else:
        sent = f", json={question.body!r}" if question.has_body else ""
        asking = f"answer = {call}({url}{sent})\n"
    return f"import requests\n\n{asking}{after}"


def _method(question: Question) -> tuple[str, ...]:
    # curl chooses these by itself.
    implied = "POST" if question.has_body else "GET"
    return () if question.method == implied else ("-X", question.method)
