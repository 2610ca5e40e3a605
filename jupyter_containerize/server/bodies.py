"""Request bodies, checked once where they come in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import TypeVar, cast

from jupyter_containerize.builds.tasks import TaskKind
from jupyter_containerize.domain.build import BuildRequest, CellOrder, CheckMode
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.domain.serving import Json, StateSource
from jupyter_containerize.lifecycle.details import PLATFORMS
from jupyter_containerize.publishing import parse_destination
from jupyter_containerize.runtime.requirements import EXTRAS
from jupyter_containerize.server.errors import BadRequest
from jupyter_containerize.server.policy import DESTINATION_WORDS, IMAGE, is_template, template_problem

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_NAMES: Mapping[type, str] = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    dict: "an object",
    list: "a list",
}
_PART = frozenset({"serve", "state", "order", "keep", "drop", "recreate"})
_BUILD = _PART | {"path", "tag", "destination", "symbol", "check", "strict", "rerun", "extras", "platforms"}
# What the database can count to.
_MOST_EVENTS = 2**63 - 1
_DIGITS = 18
_TASKS = (TaskKind.PUSH, TaskKind.REBASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartBody:
    """What both bodies may say of the part of the notebook that is used; see ``BuildRequest``."""

    symbols: tuple[str, ...] = ()
    state: StateSource | None = None
    order: CellOrder | None = None
    keep: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()
    recreate: tuple[str, ...] = ()

    def on(self, request: BuildRequest) -> BuildRequest:
        """Return the request with this part."""
        return replace(request, **{item.name: getattr(self, item.name) for item in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewBody:
    """What ``POST /containerize/preview`` asks. ``content`` is ``None`` for the saved file.

    ``environment`` says whether the notebook's kernel is asked what it has; ``tag`` is what a build would be given.
    """

    path: str
    content: Mapping[str, object] | None
    part: PartBody = PartBody()
    environment: bool = True
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildBody:
    """What ``POST /containerize/builds`` asks; empty strings where the build shall choose. ``asked`` is the whole."""

    path: str
    tag: str
    destination: str
    part: PartBody
    check: CheckMode
    strict: bool
    rerun: bool
    extras: tuple[str, ...] = ()
    platforms: tuple[Platform, ...] = ()
    than: str = ""
    asked: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBody:
    """What ``POST /containerize/tasks`` asks: what is done with an image of the local store. ``asked`` is the whole."""

    kind: TaskKind
    image: str
    destination: str
    asked: Mapping[str, Json] = field(default_factory=dict)


def preview_body(raw: bytes) -> PreviewBody:
    """Read the body of a preview.

    Raises:
        BadRequest: names the field and what was expected there.
    """
    said = fields_in(raw, known={"path", "content", "environment", "tag", *_PART})
    body = PreviewBody(
        path=_path(said),
        content=field_in(said, "content", dict, None),
        part=_part(said),
        environment=field_in(said, "environment", bool, default=True),
        tag=field_in(said, "tag", str, ""),
    )
    _check_tag(body.tag)
    return body


def build_body(raw: bytes) -> BuildBody:
    """Read the body of a new build.

    Raises:
        BadRequest: names the field and what was expected there.
        IllegalReference: the tag, or a destination that is a registry, is no image name.
        UnknownDestination: the destination is none.
    """
    return _build_body(fields_in(raw, known={*_BUILD}))


def plan_body(raw: bytes) -> BuildBody:
    """Read the body of a new plan: that of a build, and the image to compare with.

    Raises:
        as ``build_body`` does
    """
    said = fields_in(raw, known={"than", *_BUILD})
    than = field_in(said, "than", str, "")
    if than:
        Reference.parse(than)
    return replace(_build_body(said), than=than)


def task_body(raw: bytes) -> TaskBody:
    """Read the body of a new task.

    Raises:
        as ``build_body`` does
    """
    said = fields_in(raw, known={"kind", "image", "destination"})
    text = field_in(said, "kind", str, "")
    if text not in _TASKS:
        raise BadRequest("kind", expected=f"one of {', '.join(_TASKS)}", saw=repr(text))
    body = TaskBody(
        kind=TaskKind(text),
        image=field_in(said, "image", str, ""),
        destination=field_in(said, "destination", str, ""),
        asked=cast("Mapping[str, Json]", said),
    )
    Reference.parse(body.image)
    _check_destination(body.destination)
    if body.kind is TaskKind.PUSH and not body.destination:
        raise BadRequest("destination", expected="a place to push to", saw="nothing")
    return body


def _build_body(said: Mapping[str, object]) -> BuildBody:
    body = BuildBody(
        path=_path(said),
        tag=field_in(said, "tag", str, ""),
        destination=field_in(said, "destination", str, ""),
        part=_part(said),
        check=_choice(said, "check", CheckMode, CheckMode.AUTO),
        strict=field_in(said, "strict", bool, default=False),
        rerun=field_in(said, "rerun", bool, default=False),
        extras=tuple(sorted(_known(said, "extras", sorted(EXTRAS)))),
        platforms=tuple(map(Platform.parse, _known(said, "platforms", PLATFORMS))),
        asked=cast("Mapping[str, Json]", said),
    )
    _check_tag(body.tag)
    _check_destination(body.destination)
    return body


def _check_tag(text: str) -> None:
    if not is_template(text):
        if text:
            Reference.parse(text)
    elif problem := template_problem(text):
        raise BadRequest("tag", expected="an image name, or a template of one", saw=f"{text!r}: {problem}")


def _check_destination(text: str) -> None:
    # Of the engines and `auto` there is nothing to read, and asking whether they answer takes a while.
    if text not in DESTINATION_WORDS:
        parse_destination(text.replace(IMAGE, "image:latest"))


def seq(text: str, name: str = "after") -> int:
    """Read the ``after`` argument, or another one that counts events.

    Raises:
        BadRequest: it is not a whole number from 0 on.
    """
    if not (text.isascii() and text.isdecimal()):
        raise BadRequest(name, expected="a whole number, 0 or more", saw=text)
    return int(text) if len(text) <= _DIGITS else _MOST_EVENTS


def fields_in(raw: bytes, *, known: set[str]) -> dict[str, object]:
    """Read a body that is an object.

    Raises:
        BadRequest: it is none, or has other fields than these.
    """
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadRequest("", expected="JSON", saw=str(error)) from error
    if not isinstance(said, dict):
        raise BadRequest("", expected="an object", saw=_kind(said))
    for name in said:
        if name not in known:
            raise BadRequest(name, expected=f"one of {', '.join(sorted(known))}", saw="an unknown field")
    return said


def _part(said: Mapping[str, object]) -> PartBody:
    # One symbol had a field of its own before there could be several.
    symbol = field_in(said, "symbol", str, "")
    return PartBody(
        symbols=_list(said, "serve", str) or ((symbol,) if symbol else ()),
        state=_choice(said, "state", StateSource, None),
        order=_choice(said, "order", CellOrder, None),
        keep=_list(said, "keep", int),
        drop=_list(said, "drop", int),
        recreate=_list(said, "recreate", str),
    )


def _known(said: Mapping[str, object], name: str, known: Sequence[str]) -> tuple[str, ...]:
    words = _list(said, name, str)
    for number, word in enumerate(words):
        if word not in known:
            raise BadRequest(f"{name}[{number}]", expected=f"one of {', '.join(known)}", saw=repr(word))
    return words


def _path(said: Mapping[str, object]) -> str:
    path = field_in(said, "path", str, "")
    if not path.strip("/"):
        raise BadRequest("path", expected="a notebook's path", saw="nothing")
    return path


def field_in(said: Mapping[str, object], name: str, kind: type, default: T) -> T:
    """Return a field's value, ``default`` where it is absent.

    Raises:
        BadRequest: it is of another kind.
    """
    if name not in said:
        return default
    value = said[name]
    if not isinstance(value, kind):
        raise BadRequest(name, expected=_NAMES[kind], saw=_kind(value))
    return value  # type: ignore[return-value]  # kind is what T allows


def _list(said: Mapping[str, object], name: str, kind: type[T]) -> tuple[T, ...]:
    values: list[object] = field_in(said, name, list, [])
    for number, value in enumerate(values):
        if type(value) is not kind:  # true and false are numbers to Python
            raise BadRequest(f"{name}[{number}]", expected=_NAMES[kind], saw=_kind(value))
        if value in ("", *values[:number]):
            raise BadRequest(f"{name}[{number}]", expected="something, once", saw=repr(value))
    return tuple(values)  # type: ignore[arg-type]  # each is of the kind


def _choice(said: Mapping[str, object], name: str, kind: type[E], default: T) -> E | T:
    if name not in said:
        return default
    text = field_in(said, name, str, "")
    if text not in list(kind):
        raise BadRequest(name, expected=f"one of {', '.join(kind)}", saw=repr(text))
    return kind(text)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return _NAMES.get(type(value), "a number" if isinstance(value, float) else "something else")
