# ruff: noqa: INP001 - a script; only its test imports it
"""Makes ``knowledge.json``, which is read at run time, of the tables in ``analysis/knowledge/tables``.

Run it after changing a table; a test fails until that is done. A table has these sections:

``[short]``
    Abbreviations: a name that stands for a dotted type after ``:``, or, with ``@`` before it, for words of a phrase.
``[functions.MODULE]``, ``[methods.TYPE]``
    A phrase (see ``effect_of``) and the names that do that. The name ``*`` stands for all others.
``[classes.MODULE]``
    The same for constructors; ``bases=A,B`` names the bases, and the result's type is the class itself.
``[types]``
    Types that no constructor makes, and their bases.
``[attributes.TYPE]``
    A type, and the attributes that have it.
``[calls]``
    A phrase, and the types whose instances do that when they are called.
``[any]``
    A phrase, and the names of methods that do no more than this in any library.
``[aliases]``
    A name, and the other names of it.
"""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_containerize.analysis.knowledge.effect import effect_of

REPOSITORY = Path(__file__).resolve().parents[1]
KNOWLEDGE = REPOSITORY / "jupyter_containerize" / "analysis" / "knowledge"
MADE = KNOWLEDGE / "knowledge.json"
_SECTIONS = {"short", "functions", "methods", "classes", "types", "attributes", "calls", "any", "aliases"}


class BadTable(ValueError):
    """A table says something twice, or has a section that is not known."""


class _Made:
    """Collects the tables."""

    def __init__(self) -> None:
        self.phrases: dict[str, int] = {}
        self.parts: dict[str, dict[str, dict[str, Any]]] = {
            part: defaultdict(dict) for part in ("functions", "methods", "attributes")
        }
        self.flat: dict[str, dict[str, Any]] = {part: {} for part in ("bases", "calls", "any", "aliases")}

    def add(self, table: Mapping[str, Any]) -> None:
        if unknown := set(table) - _SECTIONS:
            raise BadTable(f"unknown section {min(unknown)}")
        short = table.get("short", {})
        for section in ("functions", "methods", "classes", "attributes"):
            for owner, groups in table.get(section, {}).items():
                for phrase, names in groups.items():
                    self._group(section, short.get(owner, owner), phrase, names.split(), short)
        self._add_flat(table, short)

    def _add_flat(self, table: Mapping[str, Any], short: Mapping[str, str]) -> None:
        for name, bases in table.get("types", {}).items():
            _put(self.flat["bases"], short.get(name, name), [short.get(base, base) for base in bases.split()])
        for section in ("calls", "any"):
            for phrase, names in table.get(section, {}).items():
                for name in names.split():
                    _put(self.flat[section], short.get(name, name), self._number(phrase, short))
        for real, names in table.get("aliases", {}).items():
            for name in names.split():
                _put(self.flat["aliases"], name, real)

    def _group(self, section: str, owner: str, phrase: str, names: list[str], short: Mapping[str, str]) -> None:
        if section == "attributes":
            for name in names:
                _put(self.parts["attributes"][owner], name, short.get(phrase, phrase))
            return
        bases = [
            short.get(base, base)
            for word in phrase.split()
            if word.startswith("bases=")
            for base in word.removeprefix("bases=").split(",")
        ]
        number = self._number(" ".join(word for word in phrase.split() if not word.startswith("bases=")), short)
        for name in names:
            _put(self.parts["methods" if section == "methods" else "functions"][owner], name, number)
            if section == "classes":
                _put(self.flat["bases"], name if owner == "builtins" else f"{owner}.{name}", bases)

    def _number(self, phrase: str, short: Mapping[str, str]) -> int:
        spelled = " ".join(_spelled(word, short) for word in phrase.split())
        effect_of(spelled)
        return self.phrases.setdefault(spelled, len(self.phrases))


def _spelled(word: str, short: Mapping[str, str]) -> str:
    if word.startswith("@"):
        return " ".join(_spelled(part, short) for part in short[word].split())
    result, colon, of_type = word.partition(":")
    return f"{result}{colon}{short.get(of_type, of_type)}"


def _put(where: dict[str, Any], name: str, value: Any) -> None:
    if name in where and where[name] != value:
        raise BadTable(f"{name} is there twice")
    where[name] = value


def made_json() -> str:
    """Return the text that ``knowledge.json`` has to have: one owner a line."""
    made = _Made()
    for path in sorted((KNOWLEDGE / "tables").glob("*.toml")):
        try:
            made.add(tomllib.loads(path.read_text("utf-8")))
        except (ValueError, KeyError) as error:
            raise BadTable(f"{path.name}: {error}") from error
    return "{\n" + ",\n".join(_lines(made)) + "\n}\n"


def _lines(made: _Made) -> Iterator[str]:
    for part, owners in made.parts.items():
        rows = (f"{json.dumps(owner)}: {_compact(owners[owner])}" for owner in sorted(owners))
        yield f"{json.dumps(part)}: {{\n" + ",\n".join(rows) + "\n}"
    for part, names in made.flat.items():
        yield f"{json.dumps(part)}: {_compact(names)}"
    yield '"phrases": [\n' + ",\n".join(json.dumps(phrase) for phrase in made.phrases) + "\n]"


def _compact(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def main() -> None:
    """Write the file."""
    MADE.write_text(made_json(), "utf-8")


if __name__ == "__main__":
    main()
