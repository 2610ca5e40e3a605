"""Which modules a list of files holds, and which of them are a distribution's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from import_table.seeds import REFUSED

# pkgutil and setuptools both let several distributions fill one package that has an ``__init__``.
NAMESPACE_MARKS = ("extend_path", "declare_namespace")

_MODULE = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\.(?:cpython|cp|abi3|pypy)[^/]*)?\.(?:py|pyx|so|pyd)")
_DATA = re.compile(r"[^/]+\.data/(?:purelib|platlib)/")


def modules_of(paths: Iterable[str]) -> frozenset[str]:
    """Return every module and every folder with modules, dotted; paths are relative to the import root, with '/'."""
    found: set[str] = set()
    for path in paths:
        parts = _parts(path)
        if parts:
            found.update(".".join(parts[: end + 1]) for end in range(len(parts)))
    return frozenset(found)


def own_names(paths: Iterable[str], is_namespace: Callable[[str], bool]) -> frozenset[str]:
    """Return the shallowest dotted names that are the distribution's own, without those that belong to nobody.

    Args:
        paths: the files of a wheel or an installed distribution.
        is_namespace: says of a package with an ``__init__``, by its dotted name, whether others add to it.
    """
    tree: dict[str, Any] = {}
    for path in paths:
        parts = _parts(path, keep_init=True)
        node = tree
        for folder in parts[:-1]:
            node = node.setdefault(folder, {})
        if parts:
            node.setdefault(parts[-1], {})
    found: set[str] = set()
    _collect(tree, "", is_namespace, found)
    return frozenset(name for name in found if not refused(name))


def refused(name: str) -> bool:
    """Say whether the name is private, or one that no distribution can own."""
    return name.startswith("_") or name.endswith("__mypyc") or name in REFUSED or name.partition(".")[0] in REFUSED


def _collect(node: dict[str, Any], prefix: str, is_namespace: Callable[[str], bool], found: set[str]) -> None:
    if prefix and "__init__" in node and not is_namespace(prefix):
        found.add(prefix)
        return
    for name, child in node.items():
        if name.startswith("__"):
            continue
        dotted = f"{prefix}.{name}" if prefix else name
        if child:
            _collect(child, dotted, is_namespace, found)
        else:
            found.add(dotted)


def _parts(path: str, *, keep_init: bool = False) -> list[str]:
    *folders, file = _DATA.sub("", path).split("/")
    match = _MODULE.fullmatch(file)
    if match is None or not all(folder.isidentifier() and folder != "__pycache__" for folder in folders):
        return []
    return folders if match["name"] == "__init__" and not keep_init else [*folders, match["name"]]
