"""Write to stdout what this interpreter has, as one line of JSON after a marker.

    python probe.py MARKER

Runs in the interpreter behind a kernelspec: the standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import sys

# The script's own folder is not on a kernel's path, and would let this folder's files shadow modules.
del sys.path[0]

import ast  # noqa: E402
import csv  # noqa: E402
import importlib.machinery  # noqa: E402
import importlib.metadata  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import sysconfig  # noqa: E402
from collections.abc import Iterable  # noqa: E402
from typing import Any  # noqa: E402

_SUFFIXES = tuple(
    sorted(
        [*importlib.machinery.EXTENSION_SUFFIXES, *importlib.machinery.SOURCE_SUFFIXES, ".pyc"],
        key=len,
        reverse=True,
    )
)
# The two ways in which a regular package says that other distributions add to it.
_NAMESPACE_MARKS = ("extend_path", "declare_namespace")
_SMALL = 8192


def main() -> None:
    """Print the report."""
    report = {
        "executable": sys.executable,
        "python_version": "{}.{}.{}".format(*sys.version_info[:3]),
        "implementation": sys.implementation.name,
        "platform": sysconfig.get_platform(),
        "stdlib": sorted(stdlib_names()),
        "path": [folder for folder in sys.path if os.path.isdir(folder)],
        "distributions": distributions(),
    }
    sys.stdout.write("\n" + sys.argv[1] + json.dumps(report) + "\n")


def stdlib_names() -> set[str]:
    """Return the top-level names of the standard library; before Python 3.10 by listing its folders."""
    names = getattr(sys, "stdlib_module_names", None)
    if names is not None:
        return set(names)
    found = set(sys.builtin_module_names)
    roots = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    for root in roots | {os.path.join(root, "lib-dynload") for root in roots}:
        if os.path.isdir(root):
            found.update(filter(None, (module_name(entry) or package_name(root, entry) for entry in os.listdir(root))))
    return found - {"site-packages", "dist-packages", "test"}


def package_name(root: str, entry: str) -> str | None:
    """Return the name if the folder is a regular package."""
    return entry if os.path.isfile(os.path.join(root, entry, "__init__.py")) else None


def distributions() -> list[dict[str, Any]]:
    """Return every installed distribution, sorted by name; of two of one name the first on the path counts."""
    found: dict[str, dict[str, Any]] = {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        if not name or not distribution.version:
            continue
        normalised = re.sub(r"[-_.]+", "-", name).lower()
        if normalised not in found:
            found[normalised] = {
                "name": normalised,
                "version": distribution.version,
                "requires": list(distribution.requires or ()),
                "direct_url": direct_url(distribution),
                "import_names": sorted(import_names(distribution, normalised)),
            }
    return [found[name] for name in sorted(found)]


def direct_url(distribution: importlib.metadata.Distribution) -> str | None:
    """Return the URL that it was installed from, if it did not come from an index.

    conda records the folder in which a package was built; that is not where the user got it from.
    """
    if (distribution.read_text("INSTALLER") or "").strip() == "conda":
        return None
    try:
        url = json.loads(distribution.read_text("direct_url.json") or "{}").get("url")
    except ValueError:
        return None
    return str(url) if url else None


def import_names(distribution: importlib.metadata.Distribution, normalised: str) -> set[str]:
    """Return the shallowest dotted names that are the distribution's own."""
    paths = installed_files(distribution)
    names = names_of_paths(paths, distribution)
    names.update(names_of_path_files(paths, distribution))
    if not names:
        names.update((distribution.read_text("top_level.txt") or "").split())
    guess = normalised.replace("-", "_")
    if not names and importable(str(distribution.locate_file("")), guess):
        names.add(guess)
    return names


def installed_files(distribution: importlib.metadata.Distribution) -> list[str]:
    """Return the installed paths, with '/'; empty if nothing recorded them.

    RECORD is read here because ``Distribution.files`` looks at each file on the disk.
    """
    record = distribution.read_text("RECORD")
    if record:
        return [row[0].replace("\\", "/") for row in csv.reader(record.splitlines()) if row]
    return [str(path).replace("\\", "/") for path in distribution.files or ()]


def importable(folder: str, name: str) -> bool:
    """Say whether a package or module of that name lies in the folder."""
    return any(os.path.exists(os.path.join(folder, name + end)) for end in ("/__init__.py", ".py"))


def names_of_paths(paths: Iterable[str], distribution: importlib.metadata.Distribution) -> set[str]:
    """Return the names that a list of installed files provides."""
    tree: dict[str, Any] = {}
    for path in paths:
        parts = path.split("/")
        folders, name = parts[:-1], module_name(parts[-1])
        if name is None or not all(folder.isidentifier() and folder != "__pycache__" for folder in folders):
            continue
        node = tree
        for folder in folders:
            node = node.setdefault(folder, {})
        node.setdefault("", set()).add(name)
    names: set[str] = set()
    collect(tree, (), distribution, names)
    return names


def collect(
    node: dict[str, Any], prefix: tuple[str, ...], distribution: importlib.metadata.Distribution, names: set[str]
) -> None:
    """Add the names at or below one folder: its own if it is a regular package, else those of its parts."""
    modules = node.get("", set())
    if prefix and "__init__" in modules and not is_namespace(prefix, distribution):
        names.add(".".join(prefix))
        return
    names.update(".".join((*prefix, module)) for module in modules if not module.startswith("__"))
    for folder, child in node.items():
        if folder:
            collect(child, (*prefix, folder), distribution, names)


def is_namespace(prefix: tuple[str, ...], distribution: importlib.metadata.Distribution) -> bool:
    """Say whether a package with an ``__init__`` still shares its name with other distributions."""
    path = str(distribution.locate_file("/".join((*prefix, "__init__.py"))))
    try:
        if os.path.getsize(path) > _SMALL:
            return False
        with open(path, encoding="utf-8", errors="replace") as source:
            text = source.read()
    except OSError:
        return False
    return any(mark in text for mark in _NAMESPACE_MARKS)


def names_of_path_files(paths: Iterable[str], distribution: importlib.metadata.Distribution) -> set[str]:
    """Return the names that an editable install adds through its ``.pth`` file or its finder."""
    names: set[str] = set()
    for path in paths:
        if "/" in path:
            continue
        full = str(distribution.locate_file(path))
        if path.endswith(".pth"):
            for line in lines_of(full):
                if os.path.isdir(line):
                    entries = os.listdir(line)
                    names.update(filter(None, (module_name(name) or package_name(line, name) for name in entries)))
        elif path.startswith("__editable__") and path.endswith("_finder.py"):
            names.update(mapped_names(full))
    return {name for name in names if not name.startswith("__") and name not in {"setup", "conftest", "tests"}}


def mapped_names(path: str) -> set[str]:
    """Return the keys of ``MAPPING`` in setuptools' finder of an editable install."""
    for line in lines_of(path):
        match = re.match(r"MAPPING(?::[^=]*)? = (\{.*\})", line)
        if match:
            try:
                return set(ast.literal_eval(match.group(1)))
            except ValueError:
                return set()
    return set()


def lines_of(path: str) -> list[str]:
    """Return a text file's lines, none if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            return text.read().splitlines()
    except OSError:
        return []


def module_name(filename: str) -> str | None:
    """Return the name that a file can be imported by: ``x`` for ``x.py`` and ``x.cpython-311-x86_64-linux-gnu.so``."""
    for suffix in _SUFFIXES:
        if filename.endswith(suffix):
            name = filename[: -len(suffix)]
            return name if name.isidentifier() else None
    return None


if __name__ == "__main__":
    main()
