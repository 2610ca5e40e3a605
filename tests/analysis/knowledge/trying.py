"""Calls what the tables speak of, and tells what the call really did."""

from __future__ import annotations

import contextlib
import copy
import importlib
import io
import operator
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
import pandas as pd

from jupyter_containerize.analysis.knowledge import Effect

_CAN_CHANGE = (np.ndarray, list, dict, set, bytearray, pd.DataFrame, pd.Series)


@dataclass(frozen=True)
class Seen:
    """What one call did: which arguments it changed, from which generators it drew, and what its result is."""

    changed: frozenset[str]
    drew: frozenset[str]
    shares: frozenset[str]
    result: Any


def real(dotted: str) -> Callable[..., Any]:
    """Return a function or class by its dotted name; its package is imported already."""
    package, _, name = dotted.partition(".")
    return operator.attrgetter(name)(sys.modules[package])


def acts_outside(effect: Effect | None) -> bool:
    """Tell whether a call does something that a test cannot look at: it writes, draws a figure, sets an option."""
    if effect is None:
        return False
    return bool(effect.sets or effect.reads or effect.writes or effect.output or effect.seeds or effect.figure)


def can_be_tried(dotted: str, effect: Effect | None) -> bool:
    """Tell whether this version has the function, and nothing outside of its arguments is touched."""
    try:
        call = real(dotted)
    except AttributeError:
        return False
    return callable(call) and not acts_outside(effect)


def generators() -> dict[str, Any]:
    """Return the states of the global generators."""
    _, key, *rest = np.random.get_state()  # noqa: NPY002
    return {"python": random.getstate(), "numpy": (key.tobytes(), *rest)}


def try_call(call: Callable[..., Any], receiver: Any, arguments: tuple[Any, ...]) -> Seen | None:
    """Call with copies of the arguments and tell what happened, None if the call does not go.

    ``call`` gets the receiver first if there is one (not None).
    """
    given = [copy.deepcopy(argument) for argument in arguments]
    own = copy.deepcopy(receiver)
    before = _hashes(own, given)
    states = generators()
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = call(*given) if own is None else call(own, *given)
        except Exception:  # noqa: BLE001 - the arguments do not suit this call
            return None
    if result is NotImplemented:
        return None
    after = _hashes(own, given)
    return Seen(
        changed=frozenset(place for place, value in before.items() if after[place] != value),
        drew=frozenset(name for name, state in generators().items() if states[name] != state),
        shares=frozenset(place for place, value in _named(own, given).items() if _shares(result, value)),
        result=result,
    )


def contradictions(effect: Effect, seen: Seen) -> list[str]:
    """Return what the call did and the table does not say."""
    said = set(effect.changes)
    allowed = {
        place
        for place in seen.changed
        if place in said or "all" in said or (place != "self" and ("args" in said or place in effect.consumes))
    }
    found = [f"changes {place}" for place in sorted(seen.changed - allowed)]
    found += [f"draws from {name}" for name in sorted(seen.drew - {*effect.draws, *effect.seeds})]
    if effect.result in {"fresh", "plain"} and seen.shares - said:
        found.append("its result shares memory")
    if effect.result == "plain" and isinstance(seen.result, _CAN_CHANGE):
        found.append(f"its result is a {type(seen.result).__name__}")
    wanted = real_type(effect.type)
    # Of numbers instead of arrays numpy makes numbers, its own or Python's.
    if wanted and not isinstance(seen.result, (wanted, np.generic, int, float) if wanted is np.ndarray else wanted):
        found.append(f"its result is a {type(seen.result).__name__}, not {effect.type}")
    return found


def real_type(dotted: str) -> type | None:
    """Return the class of that name, None if there is none (the tables have types of their own)."""
    module, _, name = dotted.rpartition(".")
    try:
        found = getattr(importlib.import_module(module or "builtins"), name, None)
    except ImportError:
        return None
    return found if isinstance(found, type) else None


def arrays_in(value: Any, depth: int = 2) -> Iterator[np.ndarray]:
    """Give the arrays that a value is made of."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple | list) and depth:
        for item in value:
            yield from arrays_in(item, depth - 1)


def _shares(result: Any, value: Any) -> bool:
    if isinstance(value, _CAN_CHANGE) and result is value:
        return True
    return any(
        np.may_share_memory(one, other) and np.shares_memory(one, other)
        for one in arrays_in(result)
        for other in arrays_in(value)
    )


def _named(own: Any, given: list[Any]) -> dict[str, Any]:
    named = {} if own is None else {"self": own}
    return named | {str(position): value for position, value in enumerate(given)}


def _hashes(own: Any, given: list[Any]) -> dict[str, Any]:
    return {place: _print_of(value) for place, value in _named(own, given).items()}


def _print_of(value: Any) -> Any:
    """Return something that is equal as long as the value is."""
    if isinstance(own := getattr(value, "obj", None), pd.DataFrame | pd.Series):  # groups and windows remember calls
        return _print_of(own)
    if isinstance(value, list | tuple):
        return type(value), [_print_of(item) for item in value]
    with contextlib.suppress(Exception):  # a generator or file has no print; it is not what is looked at
        return _print_of_data(value)
    return ""


def _print_of_data(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.dtype, value.shape, value.tobytes()
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index):  # their pickles hold what they remember of calls
        axes = [str(axis.tolist()) for axis in getattr(value, "axes", ())]
        return type(value), axes, str(getattr(value, "name", "")), str(value.to_numpy().tolist())
    return value if isinstance(value, int | float | str | None) else joblib.hash(value)
