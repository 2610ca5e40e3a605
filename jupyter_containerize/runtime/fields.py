"""Parameters whose default is not a value but says what values may come: Cog's ``Input(ge=0, choices=[...])``.

Cog's own server reads them; called as a function, the method would get the object that describes the value.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable
from typing import Any

from .annotations import resolved_hints
from .encoding import type_roots
from .hints import shape_of
from .problems import Path, Problems
from .shapes import NULL, Definitions, Schema, Shape, choice

# Cog's name for a bound, JSON Schema's, whether a value keeps it, and the words for it.
_BOUNDS: tuple[tuple[str, str, Callable[[Any, Any], bool], str], ...] = (
    ("ge", "minimum", lambda value, bound: value >= bound, "at least {}"),
    ("le", "maximum", lambda value, bound: value <= bound, "at most {}"),
    ("min_length", "minLength", lambda value, bound: len(value) >= bound, "of at least {} characters"),
    ("max_length", "maxLength", lambda value, bound: len(value) <= bound, "of at most {} characters"),
    ("regex", "pattern", lambda value, bound: re.search(bound, value) is not None, "like {}"),
)


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with values as defaults, and the bounds in its signature; itself if it has no such fields."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return function
    fields = {name: item.default for name, item in parameters.items() if _is_field(item.default)}
    if not fields:
        return function
    hints = resolved_hints(function)
    shapes = {name: _shape(field, shape_of(hints.get(name, Any))) for name, field in fields.items()}
    defaults = {name: field.default for name, field in fields.items() if _is_optional(field, shapes[name])}

    def answer(**given: Any) -> Any:
        return function(**{**defaults, **given})

    answer.__name__ = answer.__qualname__ = getattr(function, "__name__", "predict")
    answer.__doc__ = function.__doc__
    answer.__annotations__ = {**hints, **shapes}
    # A field without a value may stand behind one with a value, which only keywords may.
    by_name = [
        item.replace(kind=item.KEYWORD_ONLY, default=defaults.get(name, item.empty) if name in fields else item.default)
        for name, item in parameters.items()
        if item.kind in {item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY}
    ]
    answer.__signature__ = inspect.Signature(by_name)  # type: ignore[attr-defined]  # inspect looks for it
    return answer


def _is_field(default: Any) -> bool:
    return "cog.FieldInfo" in type_roots(type(default))


def _is_optional(field: Any, shape: Shape) -> bool:
    if field.default is not None:
        return True
    problems = Problems()
    shape.read(None, problems, ())
    return not problems.count


def _shape(field: Any, hinted: Shape) -> Shape:
    base = choice([(value, value) for value in field.choices]) if field.choices else hinted
    bounds = [bound for bound in _BOUNDS if getattr(field, bound[0], None) is not None]
    limits = {name: getattr(field, own) for own, name, _, _ in bounds}
    words = " ".join([base.words, *(words.format(getattr(field, own)) for own, _, _, words in bounds)])
    said = {"description": field.description} if field.description else {}

    def schema(definitions: Definitions) -> Schema:
        return {**base.schema(definitions), **limits, **said}

    def read(value: Any, problems: Problems, path: Path) -> Any:
        before = problems.count
        result = base.read(value, problems, path)
        if problems.count == before and result is not None:
            kept = all(keeps(result, getattr(field, own)) for own, _, keeps, _ in bounds)
            if not kept:
                problems.add(path, words, value)
        return result

    return dataclasses.replace(base, words=words, schema=schema, read=read, exact=None) if base is not NULL else base
