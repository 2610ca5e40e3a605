"""Hidden needs' rules: what they say, and how they are read from the file beside this module."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from jupyter_containerize.analysis.hidden.literals import Pattern

# Made of rules/*.toml by scripts/hidden_needs_table.py: reading JSON takes a hundredth of the time.
_MADE = "rules.json"
_BROUGHT = "_brought"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What one argument of a call has to be.

    ``keywords`` and ``positions`` name the argument (either will do); both are empty for any argument.
    ``patterns`` are what it may be: a literal, or a text with ``*`` at an end for any text there. A lone ``*`` is
    whatever is given but ``None`` and ``False``.
    """

    argument: str
    keywords: tuple[str, ...]
    positions: tuple[int, ...]
    patterns: tuple[Pattern, ...]


# Rules are told apart by being other objects: comparing and hashing all their fields is slow.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One rule. ``docs/hidden-needs.md`` tells how its fields are written.

    ``needs`` are groups: something of each is needed, and any one distribution of a group will do.
    Any one of the matchers (``imports`` to ``shell``) is enough; the conditions have to hold too.
    ``finding`` is a message instead of a need, where no package could meet it.
    """

    id: str
    family: str
    needs: tuple[tuple[str, ...], ...]
    reason: str
    link: str
    system: tuple[str, ...] = ()
    finding: str = ""
    imports: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    magics: tuple[str, ...] = ()
    shell: tuple[str, ...] = ()
    known: bool = False
    where: tuple[Condition, ...] = ()
    except_where: tuple[Condition, ...] = ()
    libraries: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unless_rules: tuple[str, ...] = ()


class BadRule(ValueError):
    """A rule file of ours says something that cannot be; ``rule`` and ``what`` say where. A bug, found by the tests."""

    def __init__(self, rule: str, what: str) -> None:
        super().__init__(f"{rule}: {what}")
        self.rule = rule
        self.what = what


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, by family and then in the order of its file.

    Raises:
        BadRule: an unknown field, a missing one, or one of the wrong type.
    """
    families = json.loads((files(__package__) / _MADE).read_text("utf-8"))
    brought = families.pop(_BROUGHT)
    return tuple(
        rule_of(name, table, family=family, brought=brought)
        for family, tables in families.items()
        for name, table in tables.items()
    )


_TEXTS = ("reason", "link", "finding")
_LISTS = ("system", "imports", "uses", "calls", "methods", "attributes", "magics", "shell", "unless")
_FIELDS = {*_TEXTS, *_LISTS, "needs", "known", "where", "except-where", "in", "unless-rules"}


def rule_of(
    name: str, table: Mapping[str, object], *, family: str, brought: Mapping[str, Sequence[str]] | None = None
) -> Rule:
    """Return the rule that a table of a rule file describes.

    Args:
        name: The rule's id.
        table: Its fields.
        family: The file's name.
        brought: What ``@name`` in ``unless`` stands for.

    Raises:
        BadRule: as ``all_rules``.
    """
    if unknown := sorted(set(table) - _FIELDS):
        raise BadRule(name, f"unknown field {unknown[0]}")
    lists = {field: _texts(name, table, field) for field in _LISTS}
    lists["unless"] = tuple(_with_carriers(name, lists["unless"], brought or {}))
    rule = Rule(
        id=name,
        family=family,
        needs=tuple(tuple(group.split("|")) for group in _texts(name, table, "needs")),
        reason=_text(name, table, "reason"),
        link=_text(name, table, "link"),
        finding=_text(name, table, "finding"),
        known=table.get("known") is True,
        where=_conditions(name, table, "where"),
        except_where=_conditions(name, table, "except-where"),
        libraries=_texts(name, table, "in"),
        unless_rules=_texts(name, table, "unless-rules"),
        **lists,
    )
    if not (rule.needs or rule.system or rule.finding):
        raise BadRule(name, "needs nothing")
    if (rule.methods or rule.attributes) and not rule.libraries:
        raise BadRule(name, "a method or attribute without the library that it belongs to")
    return rule


def _with_carriers(rule: str, modules: Sequence[str], brought: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for module in modules:
        if not module.startswith("@"):
            yield module
        elif module[1:] in brought:
            yield from brought[module[1:]]
        else:
            raise BadRule(rule, f"{module} is not known")


def _text(rule: str, table: Mapping[str, object], field: str) -> str:
    value = table.get(field, "")
    if not isinstance(value, str):
        raise BadRule(rule, f"{field} is not a text")
    return value


def _texts(rule: str, table: Mapping[str, object], field: str) -> tuple[str, ...]:
    value = table.get(field, [])
    if not isinstance(value, list):
        raise BadRule(rule, f"{field} is not a list of texts")
    if not all(isinstance(item, str) for item in value):
        raise BadRule(rule, f"{field} is not a list of texts")
    return tuple(value)


def _conditions(rule: str, table: Mapping[str, object], field: str) -> tuple[Condition, ...]:
    value = table.get(field, {})
    if not isinstance(value, Mapping):
        raise BadRule(rule, f"{field} is not a table")
    return tuple(_condition(rule, argument, patterns) for argument, patterns in value.items())


def _condition(rule: str, argument: str, patterns: object) -> Condition:
    if not isinstance(patterns, list) or not all(isinstance(item, str | int) for item in patterns):
        raise BadRule(rule, f"the patterns of {argument} are not a list of texts, numbers and booleans")
    names = () if argument == "*" else tuple(argument.split("/"))
    return Condition(
        argument=argument,
        keywords=tuple(name for name in names if not name.isdigit()),
        positions=tuple(int(name) for name in names if name.isdigit()),
        patterns=tuple(Pattern.of(item) for item in patterns),
    )
