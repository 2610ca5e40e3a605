"""From a request's bytes to a JSON value, strictly, and back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from .encoding import MAX_DEPTH
from .errors import NotJson


def parse(body: bytes, *, takes_nan: bool = False) -> Any:
    """Return the value of a JSON text.

    Stricter than ``json.loads``: no NaN and infinities, also not by way of 1e999; no name twice in an
    object, where parsers disagree which one counts (RFC 8259, section 4); no deeper than answers may be; no more than
    a million arrays and objects.
    ``takes_nan``: for protocols whose own clients write NaN; it is null.

    Raises:
        NotJson: says what is wrong and where.
    """
    try:
        text = body.decode()
        if text[:1] == "\ufeff":
            # Some Windows clients begin with a byte order mark, which RFC 8259 lets a parser ignore.
            text = text[1:]
        if len(text) > 2 * _MOST_PARTS and text.count("[") + text.count("{") > _MOST_PARTS:
            # Read, each takes thirty times the two bytes that it is written in.
            raise NotJson(f"more than {_MOST_PARTS} arrays and objects")  # noqa: TRY301  # a limit like the others
        value = _decoded(_NAN_DECODERS if takes_nan else _DECODERS, text)
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        if not body.strip():
            raise NotJson("the body is empty") from None
        raise NotJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise NotJson(f"nested deeper than {MAX_DEPTH}") from None
    except NotJson:
        raise
    except ValueError:
        # Python's own limit on the digits of an integer, against texts that take quadratic time.
        raise NotJson("an integer has more digits than can be read") from None
    # Only of a few brackets, and with no exponent and no endless digits, it is known that there is nothing to find.
    if len(text) > _SHORT or text.count("[") + text.count("{") > MAX_DEPTH or _LARGE_NUMBER.search(text):
        _check(value)
    return value


def write(value: Any) -> bytes:
    """Return what ``encoding.to_json`` gave as a JSON text in UTF-8."""
    if type(value) is float:
        return repr(value).encode() if math.isfinite(value) else _ENCODER.encode(value).encode()
    text = "".join(_WRITE(value, 0)) if _WRITE is not None else _ENCODER.encode(value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair is a legal escape in JSON and has no UTF-8.
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def _decoded(decoders: tuple[json.JSONDecoder, json.JSONDecoder], text: str) -> Any:
    """Return the value; of an object of plain values and arrays without calling Python for its names."""
    plain, strict = decoders
    if text.count("{") > 1:
        return strict.decode(text)
    try:
        value, end = plain.scan_once(text, 0)  # type: ignore[attr-defined]  # what json itself calls
    except StopIteration:
        return strict.decode(text)
    # Around the value there may be blanks. With more colons than names, one of these may have been there twice, or a
    # string has a colon; and what is wrong is told by the longer way.
    names = len(value) if type(value) is dict else 0
    return value if end == len(text) and names == text.count(":") else strict.decode(text)


def _constant(name: str) -> Any:
    raise NotJson(f"{name} is not JSON; use null")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotJson(f"name {json.dumps(twice)} appears twice in an object")
    return value


def _decoders(constant: Callable[[str], Any]) -> tuple[json.JSONDecoder, json.JSONDecoder]:
    """Return one that keeps the last of equal names, and one that refuses them."""
    return (
        json.JSONDecoder(parse_constant=constant),
        json.JSONDecoder(parse_constant=constant, object_pairs_hook=_object),
    )


# Made once: making one takes longer than reading a small body.
_DECODERS = _decoders(_constant)
_NAN_DECODERS = _decoders(lambda name: None if name == "NaN" else _constant(name))
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_SHORT = 1024
_MOST_PARTS = 1_000_000
_LARGE_NUMBER = re.compile(r"[0-9][eE]|[0-9]{300}")


def _writer() -> Any:
    """Return what the encoder makes anew for each value; ``None`` where Python has none written in C."""
    make = getattr(json.encoder, "c_make_encoder", None)
    strings = getattr(json.encoder, "encode_basestring", None)
    if make is None or strings is None:
        return None
    # What is written has no circles: it was made by ``to_json``.
    sorts = skips = allows_nan = False
    return make(None, _ENCODER.default, strings, None, ":", ",", sorts, skips, allows_nan)


_WRITE = _writer()


def _check(value: Any) -> None:
    """Raise for what is nested too deep, and for 1e999: Python reads it as infinity, which no answer can say."""
    level = [value]
    # One more than for the value itself: the level of what has no parts.
    for _ in range(MAX_DEPTH + 1):
        # Looked for here and not by json's parse_float, which would call Python for every number.
        if math.inf in level or -math.inf in level:
            raise NotJson("a number is too large")
        level = [item for item in level if isinstance(item, (list, dict))]
        if not level:
            return
        level = [item for parent in level for item in (parent.values() if isinstance(parent, dict) else parent)]
    raise NotJson(f"nested deeper than {MAX_DEPTH}")
