"""Request bodies, checked once where they come in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from jupyter_containerize.domain.image import Reference
from jupyter_containerize.publishing import parse_destination
from jupyter_containerize.server.errors import BadRequest

T = TypeVar("T")

_NAMES = {str: "a string", bool: "true or false", int: "a whole number", dict: "an object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewBody:
    """What ``POST /containerize/preview`` asks. ``content`` is ``None`` for the saved file.

    ``environment`` says whether the notebook's kernel is asked what it has.
    """

    path: str
    content: Mapping[str, object] | None
    environment: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildBody:
    """What ``POST /containerize/builds`` asks; empty strings where the build shall choose."""

    path: str
    tag: str
    destination: str
    symbol: str
    rerun: bool


def preview_body(raw: bytes) -> PreviewBody:
    """Read the body of a preview.

    Raises:
        BadRequest: names the field and what was expected there.
    """
    fields = _fields(raw, known={"path", "content", "environment"})
    return PreviewBody(
        path=_path(fields),
        content=_field(fields, "content", dict, None),
        environment=_field(fields, "environment", bool, default=True),
    )


def build_body(raw: bytes) -> BuildBody:
    """Read the body of a new build.

    Raises:
        BadRequest: names the field and what was expected there.
        IllegalReference: the tag, or a destination that is a registry, is no image name.
    """
    fields = _fields(raw, known={"path", "tag", "destination", "symbol", "rerun"})
    body = BuildBody(
        path=_path(fields),
        tag=_field(fields, "tag", str, ""),
        destination=_field(fields, "destination", str, ""),
        symbol=_field(fields, "symbol", str, ""),
        rerun=_field(fields, "rerun", bool, default=False),
    )
    if body.tag:
        Reference.parse(body.tag)
    parse_destination(body.destination)
    return body


def seq(text: str) -> int:
    """Read the ``after`` argument.

    Raises:
        BadRequest: it is not a whole number from 0 on.
    """
    if not (text.isascii() and text.isdecimal()):
        raise BadRequest("after", expected="a whole number, 0 or more", saw=text)
    return int(text)


def _fields(raw: bytes, *, known: set[str]) -> dict[str, object]:
    try:
        fields = json.loads(raw)
    except ValueError as error:
        raise BadRequest("", expected="JSON", saw=str(error)) from error
    if not isinstance(fields, dict):
        raise BadRequest("", expected="an object", saw=_kind(fields))
    for name in fields:
        if name not in known:
            raise BadRequest(name, expected=f"one of {', '.join(sorted(known))}", saw="an unknown field")
    return fields


def _path(fields: Mapping[str, object]) -> str:
    path = _field(fields, "path", str, "")
    if not path.strip("/"):
        raise BadRequest("path", expected="a notebook's path", saw="nothing")
    return path


def _field(fields: Mapping[str, object], name: str, kind: type, default: T) -> T:
    if name not in fields:
        return default
    value = fields[name]
    if not isinstance(value, kind):
        raise BadRequest(name, expected=_NAMES[kind], saw=_kind(value))
    return value  # type: ignore[return-value]  # kind is what T allows


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return _NAMES.get(type(value), {list: "a list", float: "a number"}.get(type(value), "something else"))
