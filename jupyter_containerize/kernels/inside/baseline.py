"""How training data lie: their bins, shares and bounds, and no value of theirs but frequent categories.

Runs inside the kernel: the standard library and the runtime's own modules, Python 3.9 or newer. The same data give
the same bytes.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from .entries import function_of
from .expressions import NotSimple, value_of
from .predictions import answers_to, rows_to_ask
from .runtime import runtime_module
from .tables import NoTable, Table, contains, held_by, table_of

_MOST_BYTES = 60_000
_MOST_FEATURES = 1000
_BINS = 10
_MOST_CATEGORIES = 50
# A category that fewer rows have could tell of one person.
_LEAST_COUNT = 5
_MOST_NAME = 80
_MOST_OUTPUTS = 20
# What turns answers into numbers is not what requests bring.
_OF_ANSWERS = frozenset({"LabelEncoder", "LabelBinarizer", "MultiLabelBinarizer"})
# What is kept to ask changed code again; with more, the notebook is run again.
_MOST_KEPT = 4_000_000
_UNKNOWN = "{}"


class Changed(Exception):
    """Only a run can tell what the baseline of this code is."""


def baseline(request: dict[str, Any]) -> dict[str, Any]:
    """Return ``baseline``, or null and as ``reason`` why there is none; and as text what ``again`` takes.

    Request: fits (of each the model's name, the data's expression, and a name that was spoiled), objects (names that
    serving needs), kind and symbol of what serves, predicts (whether it may be called).
    """
    namespace = vars(sys.modules["__main__"])
    kept: dict[str, Any] = {}
    told: dict[str, Any] = {"baseline": None, "reason": ""}
    try:
        function = function_of(request["kind"], request["symbol"], namespace)
        kept.update(_chosen_by(request, function, namespace))
        found, rows = _found(request, namespace, kept["parameters"])
        kept.update(found=found, rows=None if rows is None else [rows.names, rows.columns])
        # Before anything is called, which may change what it is given.
        text = json.dumps(kept)
        told["baseline"] = _with_predictions(found, request, function, rows)
    except (_None, NotSimple, NoTable) as none:
        told["reason"] = str(none)
        text = json.dumps(kept)
    except Exception as error:
        text = _UNKNOWN
        told["reason"] = f"{type(error).__name__}: {error}"
    return {**told, "again": text if len(text) <= _MOST_KEPT else _UNKNOWN}


def again(text: str, function: Callable[..., Any], namespace: dict[str, Any]) -> dict[str, Any] | None:
    """Return the baseline of a changed function, ``None`` for none.

    Args:
        text: what ``baseline`` said of the run.
        function: what serves now.
        namespace: its module's.

    Raises:
        Changed: a run may find other data for it.
    """
    kept = json.loads(text)
    if not kept or kept["parameters"] != _parameters(function):
        raise Changed
    mine = _names(kept["request"], namespace)
    if kept["served"] != sorted({place for name in mine for place in kept["related"].get(name, ())}):
        raise Changed
    if "found" not in kept:
        return None
    names, columns = kept["rows"] or ([], [])
    rows = Table(names, columns, 0) if names else None
    return _with_predictions(kept["found"], kept["request"], function, rows)


class _None(Exception):
    """There is no baseline, for this reason."""


def _parameters(function: Callable[..., Any]) -> list[str]:
    return [member.name for member in runtime_module("schema").read_signature(function).members]


def _chosen_by(request: dict[str, Any], function: Callable[..., Any], namespace: dict[str, Any]) -> dict[str, Any]:
    """Return all by which other serving code could choose other training data.

    ``related`` has for each name the calls that train what it is, holds or is part of, ``served`` those for this code.
    """
    models = {place: namespace.get(fit["model"]) for place, fit in enumerate(request["fits"])}
    held = {place: held_by(model) for place, model in models.items() if model is not None}
    related: dict[str, list[int]] = {}
    for name, value in list(namespace.items()):
        mine = held_by(value)
        places = [place for place in held if id(models[place]) in mine or id(value) in held[place]]
        if places:
            related[name] = places
    names = _names(request, namespace)
    served = sorted({place for name in names for place in related.get(name, ())})
    told = {key: request[key] for key in ("objects", "kind", "symbol", "predicts")}
    return {"request": told, "parameters": _parameters(function), "related": related, "served": served}


def _found(
    request: dict[str, Any], namespace: dict[str, Any], parameters: list[str]
) -> tuple[dict[str, Any], Table | None]:
    """Return how the training data lie, without predictions, and the rows to ask; ``None`` if none can be."""
    fit, table = _training(request, namespace, parameters)
    features = [summary(name, values) for name, values in zip(table.names, table.columns)]
    if not any(feature["kind"] for feature in features):
        raise _None(f"{fit['data']} has nothing that can be counted")
    told = {
        "version": 1,
        "model": fit["model"],
        "data": fit["data"],
        "rows": table.rows,
        "sampled": table.sampled,
        "features": features,
    }
    return told, rows_to_ask(table) if request["predicts"] else None


def _with_predictions(
    found: dict[str, Any], request: dict[str, Any], function: Callable[..., Any], rows: Table | None
) -> dict[str, Any]:
    told = _predictions(request["kind"], function, rows, _parameters(function))
    return _fitting({**found, "prediction": told})


def _training(
    request: dict[str, Any], namespace: dict[str, Any], parameters: Sequence[str]
) -> tuple[dict[str, Any], Table]:
    """Return the call that trained what serves, and its data: those that requests look like most, first ones first."""
    served = [namespace[name] for name in _names(request, namespace) if name in namespace]
    reasons: list[str] = []
    best: tuple[int, dict[str, Any], Table] | None = None
    for fit in request["fits"]:
        model = namespace.get(fit["model"])
        if model is None or type(model).__name__ in _OF_ANSWERS:
            continue
        if not any(contains(one, model) or contains(model, one) for one in served):
            reasons.append(f"{fit['model']} does not serve")
            continue
        try:
            score, table = _scored(fit, model, namespace, parameters)
        except (NotSimple, NoTable) as none:
            reasons.append(f"{fit['data']}: {none}")
            continue
        if request["kind"] == "estimator" and contains(namespace.get(request["symbol"]), model):
            score += 1
        if best is None or score > best[0]:
            best = (score, fit, table)
    if best is None:
        raise _None("; ".join(dict.fromkeys(reasons)) or "nothing that was trained is there")
    return best[1], best[2]


def _names(request: dict[str, Any], namespace: dict[str, Any]) -> set[str]:
    """Return the names that serving needs, those that its function itself says included."""
    code = getattr(namespace.get(request["symbol"]), "__code__", None)
    return {*request["objects"], *(code.co_names if code is not None else ())}


def _scored(fit: dict[str, Any], model: Any, namespace: dict[str, Any], parameters: Sequence[str]) -> tuple[int, Table]:
    """Return data and how well they fit what a request has: by names 2, by position 1.

    Raises:
        NotSimple, NoTable: they are not at hand, are not rows, or do not fit at all.
    """
    if fit["spoiled"]:
        raise NotSimple(f"{fit['spoiled']} is bound anew later")
    table = table_of(value_of(fit["data"], namespace), model)
    if len(table.names) > _MOST_FEATURES:
        raise NoTable(f"has {len(table.names)} features")
    inputs = runtime_module("monitoring.inputs").Inputs(table.names, parameters)
    if inputs.parameters:
        return (2 if any(table.names) else 1), table
    if len(parameters) != 1:
        raise NoTable("its features are no parameters")
    return 1, table


def summary(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """Return how the values of one feature lie. Its kind is empty for what cannot be counted: dates, objects."""
    present = [value for value in values if not _is_missing(value)]
    told: dict[str, Any] = {"name": name[:_MOST_NAME], "kind": ""}
    if not present:
        return told
    told["missing"] = _share(len(values) - len(present), len(values))
    if all(isinstance(value, (int, float)) for value in present):
        return {**told, "kind": "number", **_bins([float(value) for value in present])}
    if not all(isinstance(value, (str, int, float)) for value in present):
        return told
    categories = _categories(present)
    if categories is not None:
        return {**told, "kind": "category", **categories}
    return {**told, "kind": "text", **_bins([float(len(str(value))) for value in present])}


def _bins(numbers: list[float]) -> dict[str, Any]:
    numbers.sort()
    edges = sorted({_rounded(_quantile(numbers, place / _BINS)) for place in range(1, _BINS)})
    least, most = _below(numbers[0]), -_below(-numbers[-1])
    told = {"name": "", "kind": "number", "edges": edges, "shares": [0.0] * (len(edges) + 1), "min": least, "max": most}
    sketch = runtime_module("monitoring.sketches").Sketch(told, "input", 0)
    counts = sketch.counted(numbers)[: len(edges) + 1]
    mean = _rounded(math.fsum(numbers) / len(numbers))
    shares = [_share(count, len(numbers)) for count in counts]
    return {"edges": edges, "shares": shares, "min": least, "max": most, "mean": mean}


def _categories(values: Sequence[Any]) -> dict[str, Any] | None:
    """Return the frequent categories; ``None`` if most values have none: free text, identifiers."""
    name_of = runtime_module("monitoring.sketches").category
    counts = Counter(map(name_of, values))
    frequent = sorted(
        ((count, name) for name, count in counts.items() if count >= _LEAST_COUNT and len(name) <= _MOST_NAME),
        key=lambda item: (-item[0], item[1]),
    )[:_MOST_CATEGORIES]
    covered = sum(count for count, _ in frequent)
    if covered * 2 < len(values):
        return None
    shares = [_share(count, len(values)) for count, _ in frequent]
    return {
        "values": [name for _, name in frequent],
        "shares": shares,
        "other": _share(len(values) - covered, len(values)),
    }


def _predictions(
    kind: str, function: Callable[..., Any], rows: Table | None, parameters: Sequence[str]
) -> list[dict[str, Any]]:
    """Return how the answers to some of the rows lie; nothing for a function that fails or is slow."""
    if rows is None:
        return []
    answers = answers_to(kind, function, rows, parameters)
    told = [summary(name, values) for name, values in list(answers.items())[:_MOST_OUTPUTS]]
    return [feature for feature in told if feature["kind"]]


def _fitting(found: dict[str, Any]) -> dict[str, Any]:
    """Return a baseline that is small enough: the last features are not counted where there are many."""
    features = found["features"]
    sizes = [len(json.dumps(feature)) for feature in features]
    left = _MOST_BYTES - len(json.dumps(found["prediction"])) - 500
    bare = [{"name": feature["name"], "kind": ""} for feature in features]
    left -= sum(len(json.dumps(feature)) + 2 for feature in bare)
    kept = []
    for feature, plain, size in zip(features, bare, sizes):
        fits = size <= left
        left -= size if fits else left
        kept.append(feature if fits else plain)
    return {**found, "features": kept}


def _quantile(numbers: Sequence[float], share: float) -> float:
    """Return the value below which a share of sorted numbers lies, between two where it falls between them."""
    place = share * (len(numbers) - 1)
    low = int(place)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] + (numbers[high] - numbers[low]) * (place - low)


def _rounded(number: float) -> float:
    return float(f"{number:.6g}")


def _below(number: float) -> float:
    """Return a number of six digits that is not above this one."""
    found = _rounded(number)
    if found <= number:
        return found
    return _rounded(found - 10.0 ** (math.floor(math.log10(abs(number))) - 5)) if number else found


def _share(count: float, of: int) -> float:
    return round(count / of, 6)


def _is_missing(value: Any) -> bool:
    """Tell whether a value is none: also an endless number, and what pandas has for a missing word or time."""
    if isinstance(value, float):
        return not math.isfinite(value)
    return value is None or type(value).__name__ in {"NAType", "NaTType"}
