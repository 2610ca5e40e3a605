"""Finds the rules that a fact of the code matches, by looking them up by the words that they mention."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from jupyter_containerize.analysis.hidden.facts import Fact, Kind
from jupyter_containerize.analysis.hidden.literals import Known, Text, known_value
from jupyter_containerize.analysis.hidden.names import Names
from jupyter_containerize.analysis.hidden.rule import Condition, Rule, all_rules

_ANYTHING_BETWEEN = ".."


@dataclass(frozen=True, slots=True)
class DottedPattern:
    """A dotted name in a rule: ``a.b.c``, ``a..c`` (anything between), ``a.b.c*``, ``a..*c`` (any such last word)."""

    head: str
    last: str
    between: bool

    @classmethod
    def of(cls, written: str) -> DottedPattern:
        """Return the pattern that a rule writes so."""
        head, between, last = written.rpartition(_ANYTHING_BETWEEN)
        if not between:
            head, _, last = written.rpartition(".")
        return cls(head=head, last=last, between=bool(between))

    @property
    def is_glob(self) -> bool:
        """Whether the last word is not spelled out."""
        return "*" in self.last

    @property
    def root(self) -> str:
        """The top-level name."""
        return self.head.partition(".")[0]

    def fits(self, origin: str) -> bool:
        """Tell whether a whole dotted name is of this pattern."""
        head, _, last = origin.rpartition(".")
        if head != self.head and not (self.between and head.startswith(f"{self.head}.")):
            return False
        if last == self.last:
            return True
        start, star, end = self.last.partition("*")
        return bool(star) and len(last) >= len(start) + len(end) and last.startswith(start) and last.endswith(end)


@dataclass(frozen=True, slots=True)
class _Dotted:
    """Rules by dotted name: spelled out, by last word, or by root for those whose last word is not spelled out."""

    exact: dict[str, list[Rule]] = field(default_factory=dict)
    by_last: dict[str, list[tuple[DottedPattern, Rule]]] = field(default_factory=dict)
    by_root: dict[str, list[tuple[DottedPattern, Rule]]] = field(default_factory=dict)

    def add(self, written: str, rule: Rule) -> None:
        pattern = DottedPattern.of(written)
        if pattern.is_glob:
            self.by_root.setdefault(pattern.root, []).append((pattern, rule))
        elif pattern.between:
            self.by_last.setdefault(pattern.last, []).append((pattern, rule))
        else:
            self.exact.setdefault(written, []).append(rule)

    def words(self) -> Iterator[str]:
        yield from (name.rpartition(".")[2] for name in self.exact)
        yield from self.by_last
        yield from self.by_root

    def find(self, origin: str) -> Iterator[Rule]:
        yield from self.exact.get(origin, ())
        candidates = (
            self.by_last.get(origin.rpartition(".")[2], ()),
            self.by_root.get(origin.partition(".")[0], ()),
        )
        for patterns in candidates:
            yield from (rule for pattern, rule in patterns if pattern.fits(origin))


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """The rules, to be looked up. ``words`` are the last words that any of them mentions, and the roots of globs."""

    imports: _Dotted
    uses: _Dotted
    calls: _Dotted
    named: Mapping[Kind, Mapping[str, list[Rule]]]
    words: frozenset[str]

    def matches(self, fact: Fact, names: Names) -> Iterator[tuple[Rule, str]]:
        """Yield each rule that the fact matches, with the piece of code that did, free of the user's own texts."""
        arguments = None if fact.call is None else _Arguments(fact.call, names.texts)
        for rule in dict.fromkeys(self._named_so(fact)):
            if arguments is not None:
                if arguments.fit(rule):
                    yield rule, _detail(fact, rule.where)
            elif fact.kind not in {Kind.MAGIC, Kind.SHELL} or _words_fit(rule, fact.words):
                yield rule, _detail(fact)

    def _named_so(self, fact: Fact) -> Iterator[Rule]:
        match fact.kind:
            case Kind.IMPORT:
                parts = fact.origin.split(".")
                for length in range(1, len(parts) + 1):
                    yield from self.imports.find(".".join(parts[:length]))
                yield from self.uses.find(fact.origin)
            case Kind.USE:
                yield from self.uses.find(fact.origin)
            case Kind.CALL:
                yield from self.calls.find(fact.origin)
            case kind:
                for rule in self.named[kind].get(fact.name, ()):
                    if kind in {Kind.MAGIC, Kind.SHELL} or _is_from(fact.origin, rule):
                        yield rule


def _is_from(origin: str, rule: Rule) -> bool:
    """Tell whether an object can be of the rule's libraries."""
    if not origin:
        return not rule.known
    return any(origin == library or origin.startswith((f"{library}.", f"{library}(")) for library in rule.libraries)


def _words_fit(rule: Rule, words: Sequence[str]) -> bool:
    """Tell whether any word of a magic's line is what the rule asks for."""
    texts = [Text(word, word, whole=True) for word in words]
    return not rule.where or any(
        pattern.fits(text) for condition in rule.where for pattern in condition.patterns for text in texts
    )


@dataclass(slots=True)
class _Arguments:
    """A call's arguments; what is known of each is found out once for all rules."""

    call: ast.Call
    texts: Mapping[str, Text]
    known: dict[ast.expr, Known] = field(default_factory=dict)

    def fit(self, rule: Rule) -> bool:
        """Tell whether the rule's conditions surely hold."""
        return all(map(self._holds, rule.where)) and not any(map(self._holds, rule.except_where))

    def _holds(self, condition: Condition) -> bool:
        for argument in self._named(condition):
            if argument not in self.known:
                self.known[argument] = known_value(argument, self.texts)
            known = self.known[argument]
            if any(pattern.fits(known) for pattern in condition.patterns):
                return True
        return False

    def _named(self, condition: Condition) -> Iterator[ast.expr]:
        anyone = condition.argument == "*"
        for position, argument in enumerate(self.call.args):
            if isinstance(argument, ast.Starred):
                break
            if anyone or position in condition.positions:
                yield argument
        for keyword in self.call.keywords:
            if keyword.arg is not None and (anyone or keyword.arg in condition.keywords):
                yield keyword.value


def _detail(fact: Fact, where: Iterable[Condition] = ()) -> str:
    match fact.kind:
        case Kind.MAGIC:
            return f"%{fact.name}"
        case Kind.SHELL:
            return f"!{fact.name}"
        case Kind.CALL | Kind.METHOD:
            arguments = ", ".join(_argument(condition) for condition in where)
            return f"{fact.origin if fact.kind is Kind.CALL else f'.{fact.name}'}({arguments})"
        case Kind.ATTRIBUTE:
            return f".{fact.name}"
    return fact.origin


def _argument(condition: Condition) -> str:
    # The rule's words and not the user's: an address may hold a password.
    value = condition.patterns[0].written if len(condition.patterns) == 1 else "…"
    return f"{condition.keywords[0]}={value}" if condition.keywords else value


@lru_cache(maxsize=1)
def rule_index() -> Index:
    """Return the index of all rules; made once."""
    imports, uses, calls = _Dotted(), _Dotted(), _Dotted()
    named: dict[Kind, dict[str, list[Rule]]] = {
        kind: {} for kind in (Kind.METHOD, Kind.ATTRIBUTE, Kind.MAGIC, Kind.SHELL)
    }
    for rule in all_rules():
        for dotted, written in ((imports, rule.imports), (uses, rule.uses), (calls, rule.calls)):
            for pattern in written:
                dotted.add(pattern, rule)
        for kind, words in (
            (Kind.METHOD, rule.methods),
            (Kind.ATTRIBUTE, rule.attributes),
            (Kind.MAGIC, rule.magics),
            (Kind.SHELL, rule.shell),
        ):
            for word in words:
                named[kind].setdefault(word, []).append(rule)
    return Index(
        imports=imports,
        uses=uses,
        calls=calls,
        named=named,
        words=frozenset([*uses.words(), *calls.words(), *named[Kind.METHOD], *named[Kind.ATTRIBUTE]]),
    )
