"""Write to stdout what this interpreter has, as one line of JSON after a marker.

    python probe.py MARKER

Runs in the interpreter behind a kernelspec: the standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import sys

# The script's own folder is not on a kernel's path, and would let this folder's files shadow modules.
if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    del sys.path[0]

import csv
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import posixpath
import re
import site
import sysconfig
from collections.abc import Iterable, Iterator
from typing import Any

_SHORT = 80
# What fills the licence field without naming a licence.
_NO_LICENSE = re.compile(r"unknown|none|n/a|(see )?(the )?licen[cs]e( file)?(\.\w+)?", re.IGNORECASE)
_DPKG = "/var/lib/dpkg/info"
_INFO = re.compile(r"\.(dist|egg)-info")


def load_import_names() -> Any:
    """Return the module beside this program; where our files cannot be seen, both come in one text."""
    if "import_names" in globals():
        return globals()["import_names"]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "import_names.py")
    spec = importlib.util.spec_from_file_location("import_names", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Our folder may be shared by many Pythons, and is not this one's to write to.
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


modules = load_import_names()


def main() -> None:
    """Print the report."""
    # Before anything is read: what changes meanwhile shall be seen as changed.
    watched = {path: modified(path) for path in watched_paths()}
    report = {
        "executable": sys.executable,
        "python_version": "{}.{}.{}".format(*sys.version_info[:3]),
        "implementation": sys.implementation.name,
        "platform": sysconfig.get_platform(),
        "stdlib": sorted(stdlib_names()),
        "modified": watched,
        "distributions": distributions(),
    }
    sys.stdout.write("\n" + sys.argv[1] + json.dumps(report) + "\n")


def watched_paths() -> Iterator[str]:
    """Give the files and folders that change when the answer could, whether or not they exist yet."""
    yield from filter(None, sys.path)
    if site.ENABLE_USER_SITE:
        yield site.getusersitepackages()
    yield os.path.join(sys.prefix, "pyvenv.cfg")
    yield os.path.join(sys.prefix, "conda-meta")
    for folder in sys.path:
        for name in modules.entries(folder):
            # Installing again in place leaves the folder as it was.
            if name.endswith((".pth", ".egg-link", ".egg-info")) or name.startswith("__editable__"):
                yield os.path.join(folder, name)
                if name.endswith(".egg-info"):
                    yield os.path.join(folder, name, "PKG-INFO")


def modified(path: str) -> int:
    """Return when a file or folder was changed, in nanoseconds; 0 if there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def stdlib_names() -> set[str]:
    """Return the top-level names of the standard library; before Python 3.10 by listing its folders."""
    names = getattr(sys, "stdlib_module_names", None)
    if names is not None:
        return set(names)
    found = set(sys.builtin_module_names)
    roots = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    for root in roots | {os.path.join(root, "lib-dynload") for root in roots}:
        if os.path.isdir(root):
            found.update(
                filter(
                    None,
                    (modules.module_name(entry) or modules.package_name(root, entry) for entry in os.listdir(root)),
                )
            )
    return found - {"site-packages", "dist-packages", "test"}


def distributions() -> list[dict[str, Any]]:
    """Return every installed distribution, sorted by name; of two of one name the first on the path counts."""
    found: dict[str, dict[str, Any]] = {}
    links = egg_links()
    packaged = dpkg_files()
    for distribution in importlib.metadata.distributions():
        headers = headers_of(distribution)
        name, version = (next(iter(headers.get(key, ())), "") for key in ("name", "version"))
        # pip renames what it could not remove to ~name.
        if not name or not version or info_name(distribution).startswith("~"):
            continue
        normalised = normalise(name)
        if normalised not in found:
            report = report_of(distribution, headers, links, packaged)
            found[normalised] = {"name": normalised, "version": version, **report}
    for item in conda_only(found):
        found.setdefault(item["name"], item)
    return [found[name] for name in sorted(found)]


def report_of(
    distribution: importlib.metadata.Distribution,
    headers: dict[str, list[str]],
    links: set[str],
    packaged: dict[str, list[str]],
) -> dict[str, Any]:
    """Return what is known of one distribution, without its name and version."""
    root = str(distribution.locate_file(""))
    paths, size = recorded(distribution)
    paths = paths or packaged.get(os.path.join(root, info_name(distribution))) or listed(distribution)
    installer = (text_of(distribution, "INSTALLER") or "").strip()
    url, editable = origin(distribution, installer)
    sources = sorted(set(filter(None, modules.editable_folders(paths, root))))
    if os.path.realpath(root) in links:
        sources, editable = [root], True
    if any(path.startswith("__editable__") for path in paths):
        editable = True
    if editable and url is None and sources:
        url = {"url": pathlib.Path(sources[0]).absolute().as_uri()}
    top_level = (text_of(distribution, "top_level.txt") or "").split()
    requires = headers.get("requires-dist")
    if requires is None and text_of(distribution, "requires.txt"):
        requires = list(distribution.requires or ())
    return {
        "requires": requires or [],
        "direct_url": url,
        "editable": editable,
        "installer": installer,
        "license": license_of(headers),
        "size_bytes": size,
        "import_names": sorted(modules.import_names(normalise(headers["name"][0]), paths, root, top_level)),
    }


def normalise(name: str) -> str:
    """Return the name as PEP 503 wants it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def info_name(distribution: importlib.metadata.Distribution) -> str:
    """Return the name of its ``.dist-info`` or ``.egg-info``; the library keeps it to itself."""
    return str(getattr(getattr(distribution, "_path", None), "name", ""))


def text_of(distribution: importlib.metadata.Distribution, name: str) -> str | None:
    """Return the text of a file of its metadata, ``None`` if it has none; bytes that are no UTF-8 are replaced."""
    try:
        return distribution.read_text(name)
    except UnicodeDecodeError:
        path: Any = getattr(distribution, "_path", None)
        data: bytes = path.joinpath(name).read_bytes() if name else path.read_bytes()
        return data.decode("utf-8", "replace")


def headers_of(distribution: importlib.metadata.Distribution) -> dict[str, list[str]]:
    """Return the headers of its metadata by name in small letters.

    Read here because the library parses the long description too, again for each header.
    """
    names = ("METADATA", "PKG-INFO", "")
    text = next(filter(None, (text_of(distribution, name) for name in names)), "")
    found: dict[str, list[str]] = {}
    values: list[str] = []
    for line in text.partition("\n\n")[0].splitlines():
        if line[:1].isspace() and values:
            values[-1] += "\n" + line.strip()
        else:
            name, _, value = line.partition(":")
            values = found.setdefault(name.lower(), [])
            values.append(value.strip())
    return found


def license_of(headers: dict[str, list[str]]) -> str:
    """Return the SPDX expression, else a licence field that is a name and no text, else the classifiers' names."""
    for header in ("license-expression", "license"):
        text = "".join(headers.get(header, ())[:1])
        if text and "\n" not in text and len(text) <= _SHORT and not _NO_LICENSE.fullmatch(text):
            return text
    classifiers = (line.split("::") for line in headers.get("classifier", ()) if line.startswith("License ::"))
    names = [parts[-1].strip() for parts in classifiers]
    return ", ".join(name for name in names if name != "OSI Approved")


def origin(distribution: importlib.metadata.Distribution, installer: str) -> tuple[dict[str, Any] | None, bool]:
    """Return where it was installed from if not from an index (PEP 610), and whether it is editable.

    conda records the folder in which a package was built; that is not where the user got it from.
    """
    text = text_of(distribution, "direct_url.json")
    if not text or installer == "conda":
        return None, False
    try:
        value = json.loads(text)
        folder = value.get("dir_info") or {}
        return (value if value.get("url") else None), bool(folder.get("editable"))
    except (ValueError, AttributeError):
        return None, False


def egg_links() -> set[str]:
    """Return the folders that ``setup.py develop`` linked."""
    links = (
        os.path.join(folder, name)
        for folder in sys.path
        for name in modules.entries(folder)
        if name.endswith(".egg-link")
    )
    return {os.path.realpath("".join(modules.lines_of(link)[:1]).strip()) for link in links}


def dpkg_files() -> dict[str, list[str]]:
    """Return what Debian's packages installed, by the path of the metadata; Debian removes some RECORDs."""
    roots = [folder for folder in sys.path if folder.startswith("/usr/lib/") and folder.endswith("/dist-packages")]
    found: dict[str, list[str]] = {}
    for name in modules.entries(_DPKG) if roots else ():
        if not (name.startswith("python3-") and name.endswith(".list")):
            continue
        lines = modules.lines_of(os.path.join(_DPKG, name))
        for root in roots:
            paths = [line[len(root) + 1 :] for line in lines if line.startswith(root + "/")]
            infos = [path for path in paths if "/" not in path and path.endswith((".dist-info", ".egg-info"))]
            if len(infos) == 1:
                found[os.path.join(root, infos[0])] = paths
    return found


def conda_only(known: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Give the packages that conda installed as Python modules without any metadata of Python's."""
    folder = os.path.join(sys.prefix, "conda-meta")
    for entry in sorted(modules.entries(folder)):
        name = normalise(entry.rpartition("-")[0].rpartition("-")[0])
        if not entry.endswith(".json") or name in known:
            continue
        text = "\n".join(modules.lines_of(os.path.join(folder, entry)))
        # Most packages of conda are no Python, and most of the others have metadata: none of those is parsed.
        if "site-packages/" in text and not _INFO.search(text):
            try:
                package = json.loads(text)
                yield from conda_package(package)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue


def conda_package(package: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the package if modules of its own lie in ``site-packages``."""
    inside = [path.partition("site-packages/") for path in package["files"]]
    root = os.path.join(sys.prefix, next(before + mark for before, mark, _ in inside if mark))
    names = modules.names_of_paths([after for _, _, after in inside if after], root)
    if names:
        sizes = [path.get("size_in_bytes") for path in (package.get("paths_data") or {}).get("paths", ())]
        yield {
            "name": normalise(package["name"]),
            "version": package["version"],
            "requires": [],
            "direct_url": {"url": package.get("url") or f"conda:{package['name']}"},
            "editable": False,
            "installer": "conda",
            "license": package.get("license") or "",
            "size_bytes": sum(filter(None, sizes)) or None,
            "import_names": sorted(names),
        }


def recorded(distribution: importlib.metadata.Distribution) -> tuple[list[str], int | None]:
    """Return the paths in RECORD, with '/', and the sum of the sizes there, ``None`` if there is none.

    RECORD is read here because ``Distribution.files`` looks at each file on the disk.
    """
    rows = list(csv.reader((text_of(distribution, "RECORD") or "").splitlines()))
    sizes = [int(row[2]) for row in rows if len(row) > 2 and row[2].isdecimal()]  # noqa: PLR2004  # PEP 376
    return [row[0].replace("\\", "/") for row in rows if row], sum(sizes) if sizes else None


def listed(distribution: importlib.metadata.Distribution) -> list[str]:
    """Return the paths that setuptools' own metadata names, relative to where the distribution lies."""
    installed = (text_of(distribution, "installed-files.txt") or "").split("\n")
    paths = [posixpath.normpath(f"x/{path}") for path in installed if path]
    if paths:
        return paths
    # The sources of a project hold more than what is installed, and may lie one folder deeper.
    tops = set((text_of(distribution, "top_level.txt") or "").split())
    for path in (text_of(distribution, "SOURCES.txt") or "").replace("\\", "/").split("\n"):
        choices = (path, path.partition("/")[2])
        paths += [choice for choice in choices if re.split(r"[/.]", choice)[0] in tops][:1]
    return paths


if __name__ == "__main__":
    main()
