"""Tells a real secret from what people write where one belongs."""

from __future__ import annotations

import math
import re
from collections import Counter

# What a value says of itself when it is none.
_WORDS = re.compile(
    r"your|my[_\-]|example|sample|placeholder|change|dummy|fake|insert|enter|replace|todo|redacted|removed|hidden"
    r"|here|secret|passw|token|api_?key|credential|default|none|null|true|false|test|demo|foo|bar|lorem|hello|user"
    r"|localhost|some|xxx|\*\*\*|\.\.\.|12345|abcd|qwert|keyvault|dbutils",
    re.IGNORECASE,
)
_MARKS = frozenset("<>{}$%()[]…")
_RUN = re.compile(r"(.)\1{3,}")
_PIECES = re.compile(r"[-_./:+@= ]+")
_WORD_OR_NUMBER = re.compile(r"[A-Za-z]{2,}\d{0,2}|\d{1,4}|v\d+")
_SIMPLE = frozenset(
    {
        *("postgres", "root", "admin", "guest", "password", "pass", "user", "test", "secret", "mysql", "tiger"),
        *("minio", "minioadmin", "airflow", "changeme", "elastic", "mlflow", "docker", "neo4j", "mongo"),
        *("rabbitmq", "redis"),
    }
)
_ORDERED = ("0123456789abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz0123456789")

_LEAST_BITS = 3.0
_LEAST_KEY = 16
_LEAST_PASSWORD = 8


def is_made_up(token: str) -> bool:
    """Tell whether a text in the form of a token is none: ``sk-xxxxxxxx``, ``AKIAIOSFODNN7EXAMPLE``."""
    lowered = token.lower()
    if any(mark in _MARKS for mark in token) or "example" in lowered or "xxxx" in lowered or "your" in lowered:
        return True
    return bool(_RUN.search(token[4:])) or _is_ordered(lowered) or _bits(token) < _LEAST_BITS


def is_like_key(value: str) -> bool:
    """Tell whether a value that is named a key or a token looks random."""
    if len(value) < _LEAST_KEY or _names_itself(value):
        return False
    letters = sum(1 for character in value if character.isalpha())
    digits = sum(1 for character in value if character.isdigit())
    return digits >= 2 and letters >= 2 and _bits(value) >= _LEAST_BITS and not _is_of_words(value)  # noqa: PLR2004


def is_like_password(value: str) -> bool:
    """Tell whether a value that is named a password looks like one that somebody chose for real."""
    if len(value) < _LEAST_PASSWORD or _names_itself(value) or value.lower() in _SIMPLE:
        return False
    kinds = {"a" if c.islower() else "A" if c.isupper() else "0" if c.isdigit() else "." for c in value}
    return len(kinds) >= 3  # noqa: PLR2004


def is_like_url_password(user: str, value: str) -> bool:
    """Tell whether what stands for a password in a URL is more than the one of every tutorial."""
    if value.lower() in _SIMPLE or value == user or len(value) < 6 or _names_itself(value):  # noqa: PLR2004
        return False
    return not (value.islower() and value.isalpha())


def _names_itself(value: str) -> bool:
    if any(mark in _MARKS for mark in value) or _WORDS.search(value):
        return True
    return bool(_RUN.search(value)) or _is_ordered(value.lower()) or value.startswith(("/", "./", "../", "~", "http"))


def _is_of_words(value: str) -> bool:
    """Tell whether a value is words and small numbers: ``prod-openai-key-2024``."""
    return all(_WORD_OR_NUMBER.fullmatch(piece) for piece in _PIECES.split(value) if piece)


def _is_ordered(lowered: str) -> bool:
    """Tell whether eight characters or more follow each other as on a list."""
    return any(ordered[at : at + 8] in lowered for ordered in _ORDERED for at in range(len(ordered) - 7))


def _bits(text: str) -> float:
    """Return Shannon's entropy in bits for each character."""
    length = len(text)
    return -sum(count / length * math.log2(count / length) for count in Counter(text).values()) if length else 0.0
