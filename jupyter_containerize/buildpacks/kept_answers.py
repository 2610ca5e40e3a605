"""Answers that cost time, kept as small files by what they are the answer for."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from jupyter_containerize.transport import writing

Answer = TypeVar("Answer")


class KeptAnswers:
    """A folder of answers, made when needed; ``None`` keeps nothing. Safe to share among processes."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, key: str, parse: Callable[[Any], Answer]) -> Answer | None:
        """Return what ``parse`` makes of the kept JSON value; ``None`` where there is none, or it is damaged."""
        if self._folder is None:
            return None
        try:
            return parse(json.loads(self._place(self._folder, key).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, AssertionError):
            return None

    def write(self, key: str, answer: Any) -> None:
        """Keep an answer: a dataclass, or a JSON value.

        Raises:
            DiskFull, NotWritable: it cannot be kept.
        """
        if self._folder is None:
            return
        value = dataclasses.asdict(answer) if dataclasses.is_dataclass(answer) else answer  # type: ignore[arg-type]
        place = self._place(self._folder, key)
        with writing(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
            draft.write_text(json.dumps(value), encoding="utf-8")
            draft.replace(place)

    @staticmethod
    def _place(folder: Path, key: str) -> Path:
        return folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
