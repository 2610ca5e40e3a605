"""Media types: which reader a content type has, and which writer what the caller accepts.

Source: RFC 9110, sections 8.3.1 and 12.5.1.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import Refused

JSON = "application/json"
CSV = "text/csv"
# A quote that nobody closes goes to the end: looked for again and again it would cost the square of a header's length.
_PARAMETER = re.compile(r""";\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*("(?:[^"\\]|\\.?)*(?:"|$)|[^;"]*)""")
# A module of this package, by the kinds that it reads.
_READERS = {
    CSV: "delimited",
    "application/csv": "delimited",
    "text/tab-separated-values": "delimited",
    "application/jsonlines": "lines",
    "application/json-lines": "lines",
    "application/x-jsonlines": "lines",
    "application/jsonl": "lines",
    "application/x-ndjson": "lines",
    "application/ndjson": "lines",
    "application/vnd.apache.arrow.stream": "arrow",
    "application/vnd.apache.arrow.file": "arrow",
    "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet",
    "application/parquet": "parquet",
    "application/x-npy": "arrays",
    "application/npy": "arrays",
    "application/x-npz": "arrays",
    "application/npz": "arrays",
}
# What such a module needs in the image.
_NEEDS = {"arrays": "numpy", "arrow": "pyarrow", "parquet": "pyarrow"}
_UNWRITTEN = {"application/x-npz", "application/npz"}
# What a list of what there is names: one of each.
READ = (
    JSON,
    CSV,
    "application/jsonlines",
    "application/x-npy",
    "application/vnd.apache.arrow.stream",
    "application/x-parquet",
)


@dataclasses.dataclass(frozen=True)
class Media:
    """A content type. ``kind`` and the names of ``parameters`` are in lower case."""

    kind: str
    parameters: Mapping[str, str] = dataclasses.field(default_factory=dict)


def media(text: str) -> Media:
    """Return a content type, taken apart. What cannot be read of it is left out."""
    kind = text.partition(";")[0].strip().lower()
    found = {name.lower(): _unquoted(value.strip()) for name, value in _PARAMETER.findall(text)}
    return Media(kind, found)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"')) if value[:1] == '"' else value


def reader(kind: str) -> Any:
    """Return the module that reads a kind; ``None`` for one that no module reads as a table."""
    return _module(_READERS[kind]) if kind in _READERS else None


def writer(accept: str) -> tuple[Media, Callable[[Any, Media], bytes]] | None:
    """Return what to write an answer in, and how; ``None`` for JSON, which whoever does not say it gets.

    The caller's weights are kept; of equals the first that was named.

    Raises:
        Refused: 406, there is none of what is accepted.
    """
    ranges = sorted(((_weight(item), item) for item in _ranges(accept)), key=lambda pair: -pair[0])
    for weight, wanted in ranges:
        item = Media(CSV, wanted.parameters) if wanted.kind == "text/*" else wanted
        if not weight:
            continue
        if item.kind in {"*/*", "application/*", JSON, ""} or item.kind.endswith("+json"):
            return None
        if item.kind in _READERS and item.kind not in _UNWRITTEN and _is_here(item.kind):
            return item, _module(_READERS[item.kind]).write
    if not ranges:
        return None
    raise Refused(406, f"there is {', '.join(there())}, and none of {accept}")


def there() -> tuple[str, ...]:
    """Return the kinds that this image can read and write, one name for each."""
    return tuple(kind for kind in READ if _is_here(kind))


def _is_here(kind: str) -> bool:
    need = _NEEDS.get(_READERS.get(kind, ""), "json")
    try:
        return importlib.util.find_spec(need) is not None
    except ValueError:
        # Somebody has put something in the module's place.
        return False


def _ranges(accept: str) -> list[Media]:
    return [media(item) for item in accept.split(",") if item.strip()]


def _weight(item: Media) -> float:
    try:
        return float(item.parameters.get("q", "1"))
    except ValueError:
        return 1.0


def _module(name: str) -> Any:
    return importlib.import_module(f"{__package__}.{name}")
