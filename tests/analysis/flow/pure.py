"""The statements of random programs that need nothing but the standard library."""

from __future__ import annotations

from tests.analysis.flow.programs import DATA, PURE, Picks, Scope, made, statement, total

VALUES = ("num", "nums", "map", "set", "nested", "obj", "pair", "text")


def indented(lines: list[str]) -> str:
    """Return the statements as a block."""
    return "\n".join(f"    {line}" for text in lines for line in text.split("\n"))


def numbers(scope: Scope, picks: Picks, depth: int = 0) -> str:
    """Return an expression of a number; some of them change what they read."""
    options = [str(picks.number(9))]
    simple = [
        ("num", "{}"),
        ("nums", "len({})"),
        ("nums", "sum({}[:4])"),
        ("map", "{}.get('k', 0)"),
        ("set", "len({})"),
        ("nested", "len({}[0])"),
        ("nested", "sum({}[-1][:3])"),
        ("obj", "{}.n"),
        ("obj", "{}.total()"),
        ("pair", "{}[0]"),
        ("text", "len({})"),
        ("class", "{}.count"),
        ("gen", "next({}, 0)"),
        ("rng", "{}.randint(0, 10**6)"),
        ("module random", "{}.randint(0, 10**6)"),
        ("module math", "{}.floor({}.tau)"),
        ("function", "{}(2)"),
        ("function", "{}({})"),
        ("functions", "{}[0](1)"),
        ("nums", "({}.pop() if len({}) > 1 else 0)"),
    ]
    kind, form = picks.one(simple)
    if name := scope.some(picks, kind):
        inner = numbers(scope, picks, depth + 1) if depth < 2 and form == "{}({})" else name
        options.insert(0, form.format(name, inner) if form != "{}({})" or inner != name else f"{name}(1)")
    value = options[0]
    if depth < 2 and picks.chance(3):
        return f"({value} {picks.one('+-')} {numbers(scope, picks, depth + 1)})"
    return value


def lists(scope: Scope, picks: Picks) -> str:
    """Return an expression of a list of numbers that is a new object."""
    name = scope.some(picks, "nums")
    value = numbers(scope, picks, 1)
    options = [f"[{value}, 1, 2]", f"list(range(3, {4 + picks.number(5)}))"]
    if name:
        options += [f"{name}[:]", f"sorted({name})", f"[i + {value} for i in {name}[:4]]", f"{name} + [{value}]"]
        options += [f"[*{name}, {value}]", f"list(map(lambda i: i + 1, {name}))", f"list({name})[::-1]"]
    if name and scope.all("module copy"):
        options.append(f"{scope.use('copy')}.deepcopy({name})")
    if (generator := scope.some(picks, "gen")) and scope.all("module itertools"):
        options.append(f"list({scope.use('itertools')}.islice({generator}, 2))")
    return picks.one(options)


@statement(6, PURE, DATA)
def bind_number(scope: Scope, picks: Picks) -> list[str]:
    """Bind or rebind a number."""
    value = numbers(scope, picks)
    name = scope.target(picks, "num")
    form = picks.one(["{} = {}", "{} = {}", "({} := {})", "{}: int = {}", "%time {} = {}"])
    if scope.frozen and form.startswith("%"):
        form = "{} = {}"
    scope.bind(name, "num")
    return [form.format(name, value)]


@statement(6, PURE, DATA)
def bind_container(scope: Scope, picks: Picks) -> list[str]:
    """Bind a new list, dict, set, tuple or text."""
    kind, form = picks.one(
        [
            ("nums", "{list}"),
            ("nums", "{list}"),
            ("map", "{{'k': {number}}}"),
            ("map", "dict(k={number}, m=2)"),
            ("set", "{{{number}, 2}}"),
            ("set", "set({list})"),
            ("text", 'f"n={{{number}}}"'),
            ("text", "'abc' * 2"),
            ("pair", "({number}, 3)"),
        ]
    )
    value = form.format(list=lists(scope, picks), number=numbers(scope, picks, 1))
    name = scope.target(picks, kind)
    scope.bind(name, kind)
    return [f"{name} = {value}"]


@statement(5, PURE, DATA)
def alias(scope: Scope, picks: Picks) -> list[str]:  # noqa: PLR0911  # one for each form
    """Give a value a second name, or put it into another value."""
    source = scope.some(picks, "nums", "map", "set", "nested", "obj", "gen", "rng", "function", "pair", "class")
    if source is None:
        return []
    kind, needs = scope.kinds[source], scope.needs.get(source, {})
    pool = {"function": "function", "class": "class"}.get(kind, "value")
    if kind == "nums" and picks.chance(2):
        other = scope.some(picks, "nums") or source
        holder = scope.target(picks, "nested")
        scope.bind(holder, "nested")
        return [f"{holder} = {picks.one([f'[{source}, {other}]', f'[{source}] * 2', f'[*[{source}], {other}]'])}"]
    if kind == "nums" and picks.chance(3) and (holder := scope.some(picks, "nested")):
        return [picks.one([f"{holder}.append({source})", f"{holder}[0] = {source}", f"{holder} += [{source}]"])]
    if kind == "function" and picks.chance(2):
        holder = scope.target(picks, "functions")
        scope.bind(holder, "functions", {**needs, source: kind})
        return [f"{holder} = [{source}]"]
    if kind == "obj" and picks.chance(2) and (items := scope.some(picks, "nums")):
        return [f"{source}.items = {items}"]
    name = scope.target(picks, kind, pool)
    if name == source:
        return []
    # A function that calls itself does so by its first name.
    scope.bind(name, kind, {**needs, source: kind} if kind == "function" else needs)
    return [picks.one([f"{name} = {source}", f"{name}, _ = {source}, 0", f"({name} := {source})"])]


@statement(3, PURE, DATA)
def take_out(scope: Scope, picks: Picks) -> list[str]:
    """Bind a part of a value: the very object, or a number of it."""
    options = [("nested", "nums", "{} = {}[0]"), ("nested", "nums", "*_, {} = {}"), ("obj", "nums", "{} = {}.items")]
    options += [("nums", "num", "{}, *_ = {} or [0]"), ("nums", "num", "{} = max({} or [0])")]
    options += [("nested", "nums", "for {} in {}:\n    pass"), ("obj", "num", "{} = {}.total()")]
    from_, to, form = picks.one(options)
    source = scope.some(picks, from_)
    if source is None:
        return []
    name = scope.target(picks, to)
    if name == source:
        return []
    scope.bind(name, to)
    return [form.format(name, source)]


@statement(9, PURE, DATA)
def change(scope: Scope, picks: Picks) -> list[str]:
    """Change a value in place."""
    forms = {
        "nums": (
            *("{}.append({n})", "{}[0:1] = [{n}]", "{}.extend([{n}, 4])", "{} += [{n}]", "{}.sort()", "{}.reverse()"),
            *("{}.insert(0, {n})", "{}[-1:] = [{n}]", "del {}[3:]", "{} *= 1", "{}.clear()", "list.append({}, {n})"),
            *("[{}.append(i) for i in range(2)]", "add = {}.append\nadd({n})"),
        ),
        "map": (
            *("{}['k'] = {n}", "{}.update(m={n})", "{}.pop('k', 0)", "{}.setdefault('k', {n})", "{} |= {{'k': {n}}}"),
            *("{}['k'] = {}.get('k', 0) + 1", "{}.clear()", "del {}['k']\n    # gone"),
        ),
        "set": ("{}.add({n})", "{}.discard(2)", "{} |= {{{n}}}", "{}.clear()"),
        "nested": ("{}[0].append({n})", "{}[-1][:1] = [{n}]", "{}[0] += [{n}]", "{}.append([{n}])", "{}.reverse()"),
        "obj": (
            *("{}.n = {n}", "{}.add({n})", "{}.items.append({n})", "{}.n += 1", "setattr({}, 'n', {n})", "{} += {n}"),
            *("{}.items = [{n}]", "{}.__dict__['n'] = {n}", "{}.add({n}).add(1)"),
        ),
        "class": ("{}.count = {n}", "{}.count += 1", "{}.total = lambda self: self.n + 7", "{}.shared.append({n})"),
        "num": ("{} += {n}", "{} -= 1", "{} *= 2", "{} %= 7"),
        "text": ("{} += 'z'",),
        "rng": ("{}.seed({n})", "{}.random()"),
        "gen": ("next({}, None)",),
    }
    kind = picks.one(list(forms))
    name = scope.some(picks, kind)
    if name is None:
        return []
    form = picks.one(forms[kind])
    if form.startswith("del {}['k']"):
        return [f"if 'k' in {name}:\n    del {name}['k']"]
    changed = form.format(name, name, n=numbers(scope, picks, 1))
    if kind == "class" and "lambda" in form:
        changed = form.format(name, name)
    return changed.split("\n")


@statement(2, PURE, DATA)
def delete(scope: Scope, picks: Picks) -> list[str]:
    """Delete a name that nothing needs any more."""
    names = [name for name in scope.all(*VALUES, "gen", "function") if name not in scope.locked]
    if scope.frozen or not names:
        return []
    name = picks.one(names)
    scope.unbind(name)
    return [f"del {name}"]


def imported(scope: Scope, module: str, name: str = "", form: str = "") -> list[str]:
    """Return the import of a module unless it is bound."""
    name = name or module
    if scope.kinds.get(name) == f"module {module}":
        return []
    scope.bind(name, f"module {module}")
    return [form or f"import {module}"]


@statement(4, PURE, DATA)
def import_module(scope: Scope, picks: Picks) -> list[str]:
    """Import a module in one of the usual ways."""
    if scope.frozen:
        return []
    module = picks.one(["random", "math", "copy", "itertools", "os", "decimal", "functools"])
    if module == "math" and picks.chance(3):
        form = picks.one(["from math import floor", "from math import *"])
        if form.endswith("*") and "e" in scope.locked:
            return []
        scope.bind("floor", "function")
        if form.endswith("*"):
            scope.bind("e", "num")
        return [form]
    if module == "math" and picks.chance(2):
        return imported(
            scope, "math", "m_", "try:\n    import no_such_math as m_\nexcept ImportError:\n    import math as m_"
        )
    return imported(scope, module, *(("rd", "import random as rd") if module == "random" and picks.chance(3) else ()))


@statement(5, PURE, DATA)
def draw(scope: Scope, picks: Picks) -> list[str]:
    """Seed or use a random generator."""
    before = [] if scope.frozen else imported(scope, "random")
    module = scope.some(picks, "module random")
    if module is None:
        return before
    what = picks.number(8)
    name = scope.target(picks, ["num", "nums", "rng"][what % 3])
    if what == 3:
        return [*before, f"{module}.seed({picks.number(5)})"]
    if what == 4 and (items := scope.some(picks, "nums")):
        return [*before, f"{module}.shuffle({items})"]
    if what == 6:
        return [*before, f"print({module}.random())"]
    scope.bind(name, ["num", "nums", "rng"][what % 3])
    size = 1 + picks.number(4)
    values = (f"{module}.randint(0, 10**6)", f"{module}.sample(range(9999), {size})", f"{module}.Random({size})")
    return [*before, f"{name} = {values[what % 3]}"]


@statement(3, PURE, DATA)
def lazy(scope: Scope, picks: Picks) -> list[str]:
    """Bind an iterator that reads what it reads later."""
    name = scope.target(picks, "gen")
    before, outer = scope.read, scope.avoid
    scope.read, scope.avoid = {}, name
    items = scope.some(picks, "nums")
    value = numbers(scope, picks, 1)
    needs, scope.read, scope.avoid = scope.read, before, outer
    scope.read.update(needs)
    source = items or "range(5)"
    form = picks.one([f"(i + {value} for i in {source})", f"iter({source})", f"map(lambda i: i + {value}, {source})"])
    scope.bind(name, "gen", needs)
    return [f"{name} = {form}"]


@statement(4, PURE, DATA)
def noise(scope: Scope, picks: Picks) -> list[str]:
    """Show something and change nothing."""
    name = scope.some(picks, *VALUES)
    options = ["print('-')", "%matplotlib inline", "display(1)", "'a note'", "1 + 1"]
    if name:
        options = [f"print({name})", f"{name}", f"display({name})", f"print(f'{{{name}}}', repr({name}))", *options]
        options += [f"type({name})", f"%time repr({name})"]
    chosen = picks.one(options)
    return [f"print({name or 0})" if scope.frozen and chosen.startswith("%") else chosen]


@statement(2, PURE, DATA)
def options(scope: Scope, picks: Picks) -> list[str]:
    """Set or read what the whole process shares."""
    if scope.frozen:
        return []
    what = picks.number(6)
    if what < 2:
        before = imported(scope, "os")
        if what == 0:
            return [*before, f"os.environ['FLOW'] = str({numbers(scope, picks, 1)})"]
        name = scope.target(picks, "num")
        scope.bind(name, "num")
        return [*before, f"{name} = len(os.environ.get('FLOW', 'none'))"]
    if what < 4:
        before = imported(scope, "decimal")
        if what == 2:
            return [*before, f"decimal.getcontext().prec = {2 + picks.number(5)}"]
        name = scope.target(picks, "num")
        scope.bind(name, "num")
        return [*before, f"{name} = float(decimal.Decimal(1) / 7)"]
    before = imported(scope, "math")
    return [*before, f"math.tau = {picks.number(9)}"]


@statement(2, PURE, DATA)
def files(scope: Scope, picks: Picks) -> list[str]:
    """Write a file, or read one that was written."""
    path = picks.one(["t.txt", "u.txt"])
    if path not in scope.files or picks.chance(2):
        if scope.frozen and path not in scope.files:
            return []
        scope.files.append(path)
        mode = picks.one("wa")
        return [f"with open('{path}', '{mode}') as fh:\n    fh.write(str({numbers(scope, picks, 1)}))"]
    name = scope.target(picks, "text")
    scope.bind(name, "text")
    return [picks.one([f"with open('{path}') as fh:\n    {name} = fh.read()", f"{name} = open('{path}').read()"])]


@statement(1, PURE)
def dynamic(scope: Scope, picks: Picks) -> list[str]:
    """Bind a name in a way that no reader of the code sees."""
    name = scope.target(picks, "num")
    value = picks.number(9)
    if not picks.chance(3):
        return []
    scope.bind(name, "num")
    return [picks.one([f"exec('{name} = {value}')", f"globals()['{name}'] = {value}"])]


def block(scope: Scope, picks: Picks, *, surely: bool, size: int = 2) -> str:
    """Return a block of simple statements; what it binds anew is bound after it only if it surely runs."""
    frozen, before, files_ = scope.frozen, set(scope.kinds), list(scope.files)
    scope.frozen = True
    lines: list[str] = []
    for _ in range(1 + picks.number(size)):
        lines += made(SIMPLE, scope, picks.number(total(SIMPLE)), picks)
    scope.frozen = frozen
    if not surely:
        scope.files[:] = files_
        for name in [name for name in scope.kinds if name not in before]:
            scope.unbind(name)
    return indented(lines or ["pass"])


SIMPLE = [
    (6, bind_number),
    (4, bind_container),
    (3, alias),
    (2, take_out),
    (9, change),
    (3, draw),
    (1, lazy),
    (2, noise),
    (1, files),
]


@statement(6, PURE, DATA)
def control(scope: Scope, picks: Picks) -> list[str]:  # noqa: PLR0911  # one for each form
    """Put statements under a condition, a loop, a try, a with or a match."""
    if scope.frozen:
        return []
    condition = f"{numbers(scope, picks, 1)} > {picks.number(6)}"
    what = picks.number(8)
    if what == 0:
        return [f"if {condition}:\n{block(scope, picks, surely=False)}"]
    if what == 1:
        first = block(scope, picks, surely=False)
        return [f"if {condition}:\n{first}\nelse:\n{block(scope, picks, surely=False)}"]
    if what == 2:
        name = scope.target(picks, "num")
        scope.bind(name, "num")
        return [f"for {name} in range({1 + picks.number(3)}):\n{block(scope, picks, surely=True, size=3)}"]
    if what == 3 and (items := scope.some(picks, "nums")):
        body = block(scope, picks, surely=False)
        return [f"for i in list({items})[:3]:\n{body}\n    if i > 4: break\nelse:\n    print('all')"]
    if what == 4:
        name = scope.target(picks, "num")
        scope.bind(name, "num")
        scope.lock({name: "num"})
        body = block(scope, picks, surely=False)
        scope.locked.pop(name, None)
        return [f"{name} = 0\nwhile_ = 0\nwhile while_ < 3:\n    while_ += 1\n{body}"]
    if what == 5 and (items := scope.some(picks, "nums")):
        rest = scope.target(picks, "nums")
        scope.bind(rest, "nums")
        return [f"match {items}:\n    case [first, *{rest}]:\n        pass\n    case _:\n        {rest} = []"]
    if what == 6:
        body = block(scope, picks, surely=False)
        return [f"import contextlib\nwith contextlib.suppress(KeyError):\n{body}\n    {{}}['no']"]
    name = scope.target(picks, "num")
    value = numbers(scope, picks, 1)
    scope.bind(name, "num")
    mapping = scope.some(picks, "map") or "{}"
    final = block(scope, picks, surely=True)
    return [
        f"try:\n    {name} = {mapping}['k']\nexcept KeyError:\n    {name} = {value}\nelse:\n    pass\nfinally:\n{final}"
    ]
