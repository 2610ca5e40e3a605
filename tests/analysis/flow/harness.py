"""Runs a notebook whole and sliced, each in a process state of its own, and compares what ``predict`` answers."""

from __future__ import annotations

import ast
import contextlib
import decimal
import importlib
import io
import locale
import os
import random
import shutil
import sys
import tempfile
import types
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_containerize.domain.notebook import Notebook, Slice
from tests.analysis.running import NoMagics

# What a notebook may patch or set; only those that are loaded are looked after.
_PATCHABLE = (
    *("builtins", "math", "random", "statistics", "json", "string", "os", "decimal", "time", "sys", "warnings"),
    *("logging", "numpy", "numpy.random", "pandas", "pandas.DataFrame", "pandas.Series", "sklearn"),
)
_FUTURE_ANNOTATIONS = 0x1000000  # CO_FUTURE_ANNOTATIONS: it lasts for the cells below


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What each question was answered with, in a form that can be compared; ``failed`` says why nothing was asked."""

    answers: tuple[object, ...] = ()
    failed: str = ""


def truth(notebook: Notebook, asks: Sequence[str], files: Mapping[str, str] | None = None) -> Outcome:
    """Return what the notebook answers, if it answers the same whatever the random generators began with."""
    first = whole(notebook, asks, files, seed=1001)
    # With those of the slice's two processes among them: two states can give the same by chance.
    if not first.failed and any(whole(notebook, asks, files, seed=seed) != first for seed in (2002, 3003, 4004)):
        return Outcome(failed="it answers at random")
    return first


def whole(
    notebook: Notebook, asks: Sequence[str], files: Mapping[str, str] | None = None, *, seed: int = 1001
) -> Outcome:
    """Run all cells and ask in the same process state, as the notebook's user would."""
    with folder(files or {}) as place, world(place, seed):
        namespace, failed = run_cells(notebook)
        # What a served function draws it draws anew in the image: such a notebook answers at random.
        reseed(seed)
        return Outcome(failed=failed) if failed else Outcome(answers=asked(namespace, asks))


def sliced(
    notebook: Notebook,
    serving: Slice,
    asks: Sequence[str],
    files: Mapping[str, str] | None = None,
    *,
    one_process: bool = False,
) -> Outcome:
    """Run the slice's program, then its source in a new process state with the live-in objects, and ask that.

    ``one_process`` runs the source where the program ran: what is then right and else wrong is a setting of the
    process that only the program makes.
    """
    with folder(files or {}) as place, contextlib.ExitStack() as states:
        states.enter_context(world(place, seed=3003))
        namespace, failed = run_cells(replace(notebook, cells=serving.program))
        if failed:
            return Outcome(failed=f"program: {failed}")
        state = {name: namespace[name] for name in serving.live_in if name in namespace}
        if not one_process:
            states.close()
            states.enter_context(world(place, seed=4004))
        served = module("serving")
        served.update(state)
        try:
            exec(compile(serving.source, "<source>", "exec", dont_inherit=True), served)
        except Exception as error:  # noqa: BLE001  # how it fails is the finding
            return Outcome(failed=f"source: {type(error).__name__}: {error}")
        # As the image's server does: what was captured goes before a star import's names.
        served.update(state)
        return Outcome(answers=asked(served, asks))


def everything(notebook: Notebook, serving: Slice) -> Slice:
    """Return the slice with the whole notebook as its program: what a slicer that drops nothing would give."""
    return replace(serving, program=notebook.code_cells)


def run_cells(notebook: Notebook) -> tuple[dict[str, Any], str]:
    """Run the cells statement by statement; return the namespace, and what failed where, empty if nothing did."""
    namespace = module("__main__")
    namespace.update(get_ipython=NoMagics, display=print)
    flags = 0
    for cell in notebook.code_cells:
        if cell.python is None or cell.magic == "timeit":
            continue
        try:
            for statement in ast.parse(cell.python).body:
                if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                    flags |= _FUTURE_ANNOTATIONS
                code = compile(ast.Module([statement], []), "<cell>", "exec", flags=flags, dont_inherit=True)
                exec(code, namespace)
        except Exception as error:  # noqa: BLE001  # any failure of the user's code
            return namespace, f"cell {cell.index}: {type(error).__name__}: {error}"
    return namespace, ""


def asked(namespace: dict[str, Any], asks: Sequence[str]) -> tuple[object, ...]:
    """Return what each expression gives, as something that compares, or the type of its error."""
    answers: list[object] = []
    for expression in asks:
        try:
            answers.append(plain(eval(expression, namespace)))
        except Exception as error:  # noqa: BLE001  # how it fails is part of the answer
            answers.append(("!", type(error).__name__))
    return tuple(answers)


def plain(value: object, depth: int = 0) -> object:  # noqa: PLR0911  # one for each type
    """Return nested tuples of names and texts that are equal exactly where the values are, NaN included."""
    kind = type(value).__name__
    if depth > 12:
        return (kind, "...")
    match value:
        case None | bool() | int() | str() | bytes() | float() | complex():
            return (kind, repr(value))
        case list() | tuple():
            return (kind, *(plain(item, depth + 1) for item in value))
        case dict():
            return (kind, *((plain(key, depth + 1), plain(item, depth + 1)) for key, item in value.items()))
        case set() | frozenset():
            return (kind, *sorted((plain(item, depth + 1) for item in value), key=repr))
        case type() | types.FunctionType() | types.BuiltinFunctionType() | types.ModuleType():
            return (kind, value.__name__)
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        index = plain(list(value.index), depth + 1) if hasattr(value, "index") else ()
        return (kind, str(value.dtype), getattr(value, "shape", ()), index, plain(value.tolist(), depth + 1))
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        types_ = [str(dtype) for dtype in value.dtypes]
        return (kind, types_, plain(list(value.index), depth + 1), plain(value.to_dict("list"), depth + 1))
    if hasattr(value, "__dict__"):
        return (kind, *((name, plain(item, depth + 1)) for name, item in sorted(vars(value).items())))
    return (kind, "" if " at 0x" in repr(value) else repr(value))


def module(name: str) -> dict[str, Any]:
    """Return the namespace of a new module that stands under this name until the process state ends."""
    made = types.ModuleType(name)
    sys.modules[name] = made
    return made.__dict__


@contextlib.contextmanager
def folder(files: Mapping[str, str]) -> Iterator[Path]:
    """Make the notebook's folder with these files; it is gone afterwards."""
    place = Path(tempfile.gettempdir()).resolve() / f"flow-{os.getpid()}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    try:
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def world(place: Path, seed: int) -> Iterator[None]:
    """Give the code inside a process state as a new kernel has it, and take all of its changes back.

    ``seed`` is where the global random generators begin; a kernel's begin anywhere.
    """
    with contextlib.ExitStack() as stack:
        for thing in filter(None, map(_loaded, _PATCHABLE)):
            stack.callback(_put_back, thing, dict(vars(thing)))
        stack.callback(_modules_back, dict(sys.modules))
        stack.callback(_list_back, sys.path, list(sys.path))
        stack.callback(_environment_back, dict(os.environ))
        stack.callback(locale.setlocale, locale.LC_ALL, locale.setlocale(locale.LC_ALL))
        stack.callback(random.setstate, random.getstate())
        stack.callback(sys.setrecursionlimit, sys.getrecursionlimit())
        stack.enter_context(decimal.localcontext(decimal.DefaultContext.copy()))
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        stack.enter_context(warnings.catch_warnings())
        warnings.resetwarnings()
        warnings.simplefilter("ignore")
        _libraries(stack)
        reseed(seed)
        stack.enter_context(contextlib.chdir(place))
        sys.path.insert(0, "")
        importlib.invalidate_caches()
        yield


def reseed(seed: int) -> None:
    """Let the global random generators begin somewhere."""
    random.seed(seed)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(seed)


def _libraries(stack: contextlib.ExitStack) -> None:
    if numpy := sys.modules.get("numpy"):
        stack.callback(numpy.random.set_state, numpy.random.get_state())
        stack.enter_context(numpy.errstate(divide="warn", over="warn", under="ignore", invalid="warn"))
        stack.enter_context(numpy.printoptions())
    if pandas := sys.modules.get("pandas"):
        options = ["display.precision", "display.max_rows", "display.max_columns", "display.float_format"]
        stack.callback(lambda before: [pandas.set_option(*pair) for pair in before], _options(pandas, options))
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        stack.callback(pyplot.close, "all")
        stack.callback(pyplot.rcParams.update, dict(pyplot.rcParams))


def _options(pandas: Any, names: list[str]) -> list[tuple[str, Any]]:
    return [(name, pandas.get_option(name)) for name in names]


def _loaded(name: str) -> Any:
    """Return a module, or a class of one, if it has been imported already."""
    if name in sys.modules:
        return sys.modules[name]
    holder, _, attribute = name.rpartition(".")
    return getattr(sys.modules.get(holder), attribute, None) if holder else None


def _put_back(thing: Any, before: dict[str, Any]) -> None:
    now = dict(vars(thing))
    for name in now.keys() - before.keys():
        if not isinstance(now[name], types.ModuleType):
            delattr(thing, name)
    for name, value in before.items():
        if now.get(name) is not value:
            setattr(thing, name, value)


def _modules_back(before: dict[str, types.ModuleType]) -> None:
    """Forget the notebook's own modules; a library stays, it would not stand being loaded twice."""
    for name in set(sys.modules) - set(before):
        if "flow-" in (getattr(sys.modules[name], "__file__", None) or "") or name in {"__main__", "serving"}:
            del sys.modules[name]
    for name in ("__main__", "serving"):
        if name in before:
            sys.modules[name] = before[name]
        else:
            sys.modules.pop(name, None)


def _list_back(thing: list[str], before: list[str]) -> None:
    thing[:] = before


def _environment_back(before: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)
