"""Looks up what a call does, by the dotted name of a function or by the type of a receiver."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from jupyter_containerize.analysis.knowledge.effect import Effect, effect_of

_MADE = Path(__file__).with_name("knowledge.json")
_ANY = "*"
_IN_PLACE = "*_"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The tables of all libraries. Every effect is given as a number, the place of its phrase in ``phrases``."""

    phrases: tuple[str, ...]
    functions: Mapping[str, Mapping[str, int]]
    """By module or class, then by name; the name ``*`` stands for every other name in it and below it."""

    methods: Mapping[str, Mapping[str, int]]
    """By type, then by name; ``*`` stands for every other method of the type, ``*_`` for those that end in one _."""

    bases: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, Mapping[str, str]]
    calls: Mapping[str, int]
    any_methods: Mapping[str, int]
    aliases: Mapping[str, str]

    def function(self, dotted: str) -> Effect | None:
        """Return what a call of a function or class does, None if it is not known.

        A builtin is named with or without ``builtins.``.
        """
        name = dotted.removeprefix("builtins.")
        return self._function(name) or self._function(self._canonical(name))

    def method(self, type: str, name: str) -> Effect | None:  # noqa: A002 - named as everywhere here
        """Return what a method does, looked up in the type and then in its bases, None if it is not known."""
        lineage = list(self._lineage(self._canonical(type)))
        for wanted in _wanted(name):
            for owner in lineage:
                if (number := self.methods.get(owner, {}).get(wanted)) is not None:
                    return self._effect(number, own=lineage[0])
        return None

    def any_method(self, name: str) -> Effect | None:
        """Return the most that a method of this name does in any library, None if libraries differ too much.

        Not for a receiver whose class the notebook itself may have written.
        """
        number = self.any_methods.get(name)
        return None if number is None else self._effect(number, own="")

    def attribute(self, type: str, name: str) -> str:  # noqa: A002
        """Return the dotted type of an attribute, "" if it is not known."""
        for owner in self._lineage(self._canonical(type)):
            if found := self.attributes.get(owner, {}).get(name):
                return self._canonical(type) if found == "self" else found
        return ""

    def call(self, type: str) -> Effect | None:  # noqa: A002
        """Return what calling an instance does (a torch module, a keras model), None if it is not known."""
        lineage = list(self._lineage(self._canonical(type)))
        for owner in lineage:
            if (number := self.calls.get(owner)) is not None:
                return self._effect(number, own=lineage[0])
        return None

    def _canonical(self, dotted: str) -> str:
        name = dotted.removeprefix("builtins.")
        for _ in range(4):  # an alias may lead to an alias; four are more than there are
            for end in _ends(name):
                if (real := self.aliases.get(name[:end])) is not None:
                    name = real + name[end:]
                    break
            else:
                return name
        return name

    def _lineage(self, of_type: str) -> Iterator[str]:
        seen: set[str] = set()
        waiting = [of_type]
        while waiting:
            owner = waiting.pop(0)
            if owner not in seen:
                seen.add(owner)
                yield owner
                waiting[:0] = self.bases.get(owner, ())

    def _function(self, name: str) -> Effect | None:
        module, _, last = name.rpartition(".")
        module = module or "builtins"
        if (number := self.functions.get(module, {}).get(last)) is not None:
            return self._effect(number, own=name)
        owner = self._canonical(module)
        if owner in self.bases and (method := self.method(owner, last)) is not None:
            return _unbound(method)
        return self._default(module, name)

    def _default(self, module: str, name: str) -> Effect | None:
        for end in _ends(module):
            for wanted in _wanted(name)[1:]:
                if (number := self.functions.get(module[:end], {}).get(wanted)) is not None:
                    return self._effect(number, own=name)
        return None

    def _effect(self, number: int, *, own: str) -> Effect:
        effect = _parsed(self.phrases[number])
        return replace(effect, type=own) if effect.type == "." else effect


def _wanted(name: str) -> tuple[str, ...]:
    """Return the entries that may speak for a name, most special first."""
    in_place = name.endswith("_") and not name.endswith("__")
    return (name, _IN_PLACE, _ANY) if in_place else (name, _ANY)


def _ends(dotted: str) -> Iterator[int]:
    """Give where the name and each of its parents end, longest first."""
    end = len(dotted)
    while end > 0:
        yield end
        end = dotted.rfind(".", 0, end)


def _unbound(method: Effect) -> Effect:
    """Return what ``Type.method(receiver, ...)`` does: the receiver is the first argument."""
    places = {"self": "0"}
    return replace(
        method,
        changes=tuple(_shifted(place) for place in method.changes),
        result=places.get(method.result, method.result),
        type="" if method.type == "self" else method.type,
        positional_unless=tuple(position + 1 for position in method.positional_unless),
        reads=_shifted(method.reads),
        writes=_shifted(method.writes),
    )


def _shifted(place: str) -> str:
    if place == "self":
        return "0"
    return str(int(place) + 1) if place.isdigit() else place


@cache
def _parsed(phrase: str) -> Effect:
    return effect_of(phrase)


@cache
def knowledge() -> Knowledge:
    """Return the tables, read once."""
    made = json.loads(_MADE.read_text("utf-8"))
    return Knowledge(
        phrases=tuple(made["phrases"]),
        functions=made["functions"],
        methods=made["methods"],
        bases={name: tuple(bases) for name, bases in made["bases"].items()},
        attributes=made["attributes"],
        calls=made["calls"],
        any_methods=made["any"],
        aliases=made["aliases"],
    )
