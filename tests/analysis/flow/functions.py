"""The functions and classes of random programs, and the ``predict`` that they end with."""

from __future__ import annotations

from collections.abc import Callable

from tests.analysis.flow.programs import DATA, PURE, Picks, Scope, statement
from tests.analysis.flow.pure import numbers


def inside(scope: Scope, name: str, body: Callable[[], list[str]]) -> tuple[list[str], dict[str, str]]:
    """Return what ``body`` gives as if inside of the function ``name``, and the globals that it reads."""
    before, outer, frozen = scope.read, scope.avoid, scope.frozen
    scope.read, scope.avoid, scope.frozen = {}, name, True
    lines = body()
    needs = scope.read
    scope.read, scope.avoid, scope.frozen = before, outer, frozen
    scope.read.update(needs)
    return lines, needs


def _plain(scope: Scope, picks: Picks, name: str) -> list[str]:
    return [f"def {name}(x):\n    return x + {numbers(scope, picks)}"]


def _default(scope: Scope, picks: Picks, name: str) -> list[str]:
    return [f"def {name}(x, y={numbers(scope, picks)}):\n    return x + y"]


def _remembering(scope: Scope, picks: Picks, name: str) -> list[str]:
    seen = scope.some(picks, "nums") if picks.chance(2) else None
    return [f"def {name}(x, seen={seen or '[]'}):\n    seen.append(x)\n    return len(seen)"]


def _counting(scope: Scope, picks: Picks, name: str) -> list[str]:
    counter = scope.some(picks, "num")
    if counter is None:
        return _plain(scope, picks, name)
    return [f"def {name}(x):\n    global {counter}\n    {counter} += 1\n    return {counter} + x"]


def _appending(scope: Scope, picks: Picks, name: str) -> list[str]:
    items = scope.some(picks, "nums")
    mapping = scope.some(picks, "map")
    if items is None or (mapping and picks.chance(2)):
        if mapping is None:
            return _plain(scope, picks, name)
        return [f"def {name}(x):\n    {mapping}['k'] = {mapping}.get('k', 0) + 1\n    return {mapping}['k']"]
    return [f"def {name}(x):\n    {items}.append(x)\n    return len({items})"]


def _closure(scope: Scope, picks: Picks, name: str) -> list[str]:
    value = numbers(scope, picks)
    if picks.chance(2):
        steps = "        nonlocal count\n        count += 1\n        return x + count"
        inner = f"    count = {value}\n    def inner(x):\n{steps}"
    else:
        inner = f"    def inner(x):\n        return x + y + {value}"
    return [f"def make(y):\n{inner}\n    return inner", f"{name} = make({picks.number(9)})"]


def _recursive(scope: Scope, picks: Picks, name: str) -> list[str]:
    return [f"def {name}(x):\n    return {numbers(scope, picks)} if x < 1 else 1 + {name}(min(x, 4) - 1)"]


def _decorated(scope: Scope, picks: Picks, name: str) -> list[str]:
    items = scope.some(picks, "nums")
    does = f"{items}.append(1)" if items else "pass"
    at_definition = picks.chance(2)
    wrapper = "    def wrapped(x):\n" + ("" if at_definition else f"        {does}\n") + "        return fn(x) + 1"
    first = f"    {does}\n" if at_definition else ""
    decorator = f"def deco(fn):\n{first}{wrapper}\n    return wrapped"
    return [decorator, f"@deco\ndef {name}(x):\n    return x + {numbers(scope, picks)}"]


def _cached(scope: Scope, picks: Picks, name: str) -> list[str]:
    return ["import functools as ft_", f"@ft_.lru_cache\ndef {name}(x):\n    return x + {picks.number(9)}"]


def _short(scope: Scope, picks: Picks, name: str) -> list[str]:
    if (other := scope.some(picks, "function")) and picks.chance(2):
        return ["import functools as ft_", f"{name} = ft_.partial({other})"]
    return [f"{name} = lambda x: x + {numbers(scope, picks)}"]


def _changing(scope: Scope, picks: Picks, name: str) -> list[str]:
    items = scope.some(picks, "nums")
    value = numbers(scope, picks, 1)
    changes = f"def touch(v, n=1):\n    v.append(n)\n    return {picks.one(['v', 'None', 'len(v)'])}"
    return [changes, *([f"touch({items}, {value})"] if items else []), *_plain(scope, picks, name)]


def _attribute(scope: Scope, picks: Picks, name: str) -> list[str]:
    return [
        f"def {name}(x):\n    {name}.calls += 1\n    return x + {name}.calls",
        f"{name}.calls = {numbers(scope, picks)}",
    ]


def _method(scope: Scope, picks: Picks, name: str) -> list[str]:
    thing = scope.some(picks, "obj")
    return [f"{name} = {thing}.plus"] if thing else _plain(scope, picks, name)


def _yielding(scope: Scope, picks: Picks, name: str) -> list[str]:
    source = f"def source():\n    for i in range(5):\n        yield i + {numbers(scope, picks)}"
    return [source, f"def {name}(x):\n    return x + sum(source())"]


FORMS = (
    *(_plain, _plain, _default, _remembering, _counting, _appending, _appending, _closure, _recursive, _decorated),
    *(_cached, _short, _short, _changing, _attribute, _method, _yielding),
)


@statement(9, PURE, DATA)
def function(scope: Scope, picks: Picks) -> list[str]:
    """Define or redefine a function of a number."""
    if scope.frozen:
        return []
    name = scope.target(picks, "function", "function")
    form = picks.one(FORMS)
    lines, needs = inside(scope, name, lambda: form(scope, picks, name))
    scope.bind(name, "function", needs)
    return lines


@statement(5, PURE, DATA)
def call(scope: Scope, picks: Picks) -> list[str]:
    """Call a function for what it changes."""
    name = scope.some(picks, "function")
    if name is None:
        return []
    value = numbers(scope, picks, 1)
    return [
        picks.one([f"{name}({value})", f"print({name}(1))", f"[{name}(i) for i in range(2)]", f"_ = {name}({value})"])
    ]


_CLASS = (
    "class {name}:",
    "    count = {value}",
    "    shared = []",
    "    def __init__(self, n=1, items=None):",
    "        self.n = n",
    "        self.items = [] if items is None else items",
    "        {counting}",
    "    def add(self, x):",
    "        {added}",
    "        return self",
    "    def __iadd__(self, x):",
    "        return self.add(x)",
    "    @property",
    "    def double(self):",
    "        return self.n * 2",
    "    def __call__(self, x):",
    "        return self.total() + x",
    "    def plus(self, x):",
    "        return self.total() + x",
    "    def total(self):",
    "        return {total}",
)


@statement(5, PURE, DATA)
def class_(scope: Scope, picks: Picks) -> list[str]:
    """Define a class, or one that inherits from another, and perhaps bind an instance."""
    if scope.frozen:
        return []
    name = scope.target(picks, "class", "class")
    parent = scope.some(picks, "class")

    def body() -> list[str]:
        value = numbers(scope, picks, 1)
        if parent and parent != name and picks.chance(2):
            return [
                f"class {name}({parent}):\n    def total(self):\n        return super().total() + {value}",
            ]
        counting = f"{name}.count += 1" if picks.chance(2) else "pass"
        added = picks.one(["self.items.append(x)", "self.n += x", "self.shared.append(x)", f"self.n = x + {value}"])
        total_ = picks.one(["self.n + len(self.items)", f"self.n + {value}", "len(self.shared) + self.double"])
        return [
            "\n".join(
                part.format(name=name, value=value, counting=counting, added=added, total=total_) for part in _CLASS
            )
        ]

    lines, needs = inside(scope, name, body)
    scope.bind(name, "class", needs)
    return [*lines, *instance(scope, picks)]


@statement(4, PURE, DATA)
def instance(scope: Scope, picks: Picks) -> list[str]:
    """Bind an instance of a class."""
    made_of = scope.some(picks, "class")
    if made_of is None:
        return []
    needs = {**scope.needs.get(made_of, {}), made_of: "class"}
    name = scope.target(picks, "obj")
    items = scope.some(picks, "nums")
    arguments = picks.one(["", str(picks.number(9)), f"1, {items}" if items else "2"])
    scope.bind(name, "obj", needs)
    return [f"{name} = {made_of}({arguments})"]


ANSWERS = {
    "num": ("{0} + x",),
    "nums": ("list({0})", "({0}[:3], len({0}))", "sorted({0})"),
    "map": ("dict({0})", "{0}.get('k', x)"),
    "set": ("sorted({0})",),
    "nested": ("[list(i) for i in {0}]",),
    "obj": ("({0}.n, list({0}.items), {0}.total())", "{0}(x)", "{0}.double"),
    "class": ("({0}.count, {0}.shared, {0}(1).total())",),
    "pair": ("{0}",),
    "text": ("{0}",),
    "function": ("{0}(x)", "({0}(x), {0}(1))"),
    "functions": ("{0}[-1](x)",),
    "gen": ("next({0}, None)", "[i for i, _ in zip({0}, range(2))]"),
    "rng": ("{0}.random()",),
    "module math": ("{0}.tau",),
    "module decimal": ("str({0}.Decimal(1) / 7)",),
    # Those of the profile with libraries
    "arr": ("{0}.tolist()", "({0} * x).tolist()"),
    "frame": ("{0}.to_dict('list')", "{0}['a'].tolist()", "list({0}.columns)"),
    "series": ("{0}.tolist()",),
    "model": ("{0}.predict([[x, 1.0], [0.5, x]]).tolist()",),
    "scaler": ("{0}.transform([[x, 1.0]]).tolist()",),
    "nprng": ("{0}.random()",),
}


def predict(scope: Scope, picks: Picks) -> list[str]:
    """Return ``predict``, which answers from some of the names, and perhaps an example call."""

    def body() -> list[str]:
        names = [scope.some(picks, *ANSWERS) for _ in range(1 + picks.number(3))]
        parts = [picks.one(ANSWERS[scope.kinds[name]]).format(name) for name in names if name]
        return [f"def predict(x):\n    return {', '.join(parts) or 'x'}"]

    lines, needs = inside(scope, "predict", body)
    scope.lock(needs)
    return [*lines, *(["predict(2)"] if picks.chance(2) else [])]
