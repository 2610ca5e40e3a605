#!/usr/bin/env python3
"""Build, or check, the shipped table from import names to distributions.

    scripts/build_import_table.py --site FOLDER --wheels FOLDER --sources FOLDER    no network at all
    scripts/build_import_table.py --only NAME [--only NAME ...]                     asks the index about these
    scripts/build_import_table.py --check --only NAME                               exit 1 if the table is wrong there

docs/import-table.md says what is read, and how a distribution gets into the table.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from packaging.version import Version

_HERE = Path(__file__).resolve().parent
# For ``python scripts/build_import_table.py``, wherever it is started.
sys.path[:0] = [str(_HERE), str(_HERE.parent)]

from import_table import assemble, documented, releases, seeds  # noqa: E402
from import_table.evidence import Evidence, installed  # noqa: E402
from import_table.ranges import read_wheel  # noqa: E402
from import_table.simple_index import NoIndex, NothingReadable, SimpleIndex  # noqa: E402

from jupyter_containerize.resolution.mapping.table import canonical  # noqa: E402
from jupyter_containerize.transport import HttpRefused, NetworkUnreachable  # noqa: E402

_MAPPING = _HERE.parent / "jupyter_containerize" / "resolution" / "mapping"


def main(argv: list[str] | None = None) -> int:
    """Run; return the exit code."""
    options = _arguments().parse_args(argv)
    try:
        listed = {seed.name: seed for seed in seeds.read_seeds(options.mapping / "distributions.txt")}
    except seeds.SeedProblem as problem:
        sys.stderr.write(f"distributions.txt: {problem}\n")
        return 2
    shipped = options.mapping / "table.json"
    old = shipped.read_text(encoding="utf-8") if shipped.exists() else ""
    unknown = sorted(set(options.only) - set(listed))
    if unknown:
        sys.stderr.write(f"{unknown[0]} is not in distributions.txt\n")
        return 2
    wheels = tuple(_wheels(options.wheels))
    sources = (
        documented.read_sources(_HERE / "import_table" / "sources.txt", options.sources) if options.sources else ()
    )
    found = {item.evidence.name: item.evidence for item in sources}
    found |= {item.name: item for item in (*_installed(options.site), *wheels)}
    try:
        asked = {name: _asked(name, options) for name in sorted(set(options.only))}
    except NoIndex:
        sys.stderr.write("No index: configure pip's index-url, or say --index URL\n")
        return 2
    found |= {name: item for name, item in asked.items() if item}
    notes = documented.read_notes(_HERE / "import_table" / "documented.txt")
    left = {source.evidence.name: source.history.gone for source in sources}
    vanished = {name: {*left.get(name, ()), *notes.gone.get(name, ())} for name in listed}
    rows, problems = _rows(listed, found, old, vanished)
    histories = _histories(options, wheels, sources, old, notes)
    problems += [f"{name}: held by {', '.join(holders)}" for name, holders in assemble.claimed_twice(rows).items()]
    text = assemble.as_text(rows, histories, options.date)
    changed = assemble.changes(old, text)
    for line in (*changed, *(f"! {problem}" for problem in problems)):
        sys.stdout.write(f"{line}\n")
    if options.check:
        return 1 if problems or _disagrees(changed, found) else 0
    shipped.write_text(text, encoding="utf-8")
    read = sum(row.evidence != "listed" for row in rows)
    sys.stdout.write(
        f"{len(rows)} distributions, {read} of them read, {len(histories)} with releases, {len(text)} bytes\n"
    )
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Build or check the table from import names to distributions.")
    parser.add_argument("--mapping", type=Path, default=_MAPPING, help="folder of distributions.txt and table.json")
    parser.add_argument("--site", type=Path, action="append", default=[], help="a site-packages to read")
    parser.add_argument("--wheels", type=Path, help="a folder of wheels; several releases of one are compared")
    parser.add_argument("--sources", type=Path, help="a folder of git repositories, as OWNER/NAME")
    parser.add_argument("--only", action="append", default=[], type=canonical, help="ask the index about it")
    parser.add_argument("--index", help="instead of the index that pip is configured for")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two questions to the index")
    parser.add_argument("--cache", type=Path, help="keeps the index's answers of the day, to go on after a stop")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the table no longer holds")
    parser.add_argument("--date", default=dt.datetime.now(tz=dt.UTC).date().isoformat())
    return parser


def _installed(folders: Iterable[Path]) -> list[Evidence]:
    best: dict[str, Evidence] = {}
    for folder in folders:
        for item in installed(folder):
            if item.name not in best or Version(item.version) > Version(best[item.name].version):
                best[item.name] = item
    return list(best.values())


def _wheels(folder: Path | None) -> list[Evidence]:
    paths = sorted(folder.glob("*.whl")) if folder else []
    return sorted((read_wheel(path, path.name) for path in paths), key=lambda item: (item.name, Version(item.version)))


def _asked(name: str, options: argparse.Namespace) -> Evidence | None:
    kept = options.cache / f"{name}-{options.date}.json" if options.cache else None
    if kept and kept.exists():
        said: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        said |= {key: frozenset(said[key]) for key in ("own_names", "modules")}
        return Evidence(**said)
    if not hasattr(options, "opened"):
        options.opened = SimpleIndex.configured(options.index, pause_seconds=options.pause)
    try:
        item: Evidence = options.opened.newest(name)
    except (NothingReadable, HttpRefused, NetworkUnreachable, zipfile.BadZipFile) as error:
        sys.stderr.write(f"{name}: {type(error).__name__} {error}\n")
        return None
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(asdict(item), default=sorted), encoding="utf-8")
    return item


def _rows(
    listed: dict[str, seeds.Seed], found: dict[str, Evidence], old: str, left: dict[str, set[str]]
) -> tuple[list[assemble.Row], list[str]]:
    before = {row[0]: assemble.Row.of_json(row) for row in json.loads(old)["distributions"]} if old else {}
    rows, problems = [], []
    for name, seed in listed.items():
        row, missing = assemble.row_of(seed, found.get(name), left=left[name])
        known = before.get(name)
        if name not in found and known and known.evidence != "listed":
            # Not read this time: what was read before still stands, with what is listed by now.
            row = replace(known, alternatives=seed.alternatives, roots=seed.roots)
        rows.append(row)
        problems += [f"{name}: {module} is not in {row.file}" for module in missing]
    return rows, problems


def _histories(
    options: argparse.Namespace,
    wheels: Iterable[Evidence],
    sources: Iterable[documented.Source],
    old: str,
    notes: documented.Notes,
) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(old)["releases"] if old else {}
    read = {source.evidence.name: source.history for source in sources}
    kinds = dict.fromkeys(read, "source")
    by_name: dict[str, list[Evidence]] = {}
    for item in wheels:
        by_name.setdefault(item.name, []).append(item)
    for name, items in by_name.items():
        if len(items) > 1:
            steps = [releases.Release(version=Version(item.version), modules=item.modules) for item in items]
            texts = _init_texts(options.wheels / items[-1].file)
            read[name] = releases.history(steps, init_text=texts, adjacent=False, keep=notes.stays.get(name, ()))
            kinds[name] = "wheel"
    nothing = releases.History(read="release notes", gone={}, since={})
    for name in {*notes.gone, *notes.since} - set(read) - set(told):
        read[name], kinds[name] = nothing, "documented"
    for name, history in read.items():
        noted = documented.with_notes(name, history, notes)
        told[name] = assemble.history_as_json(noted, kinds[name])
    return told


def _init_texts(wheel: Path) -> Any:
    def read(package: str) -> str:
        with zipfile.ZipFile(wheel) as archive:
            try:
                return archive.read(f"{package.replace('.', '/')}/__init__.py").decode(errors="replace")
            except KeyError:
                return ""

    return read


def _disagrees(changed: list[str], found: dict[str, Evidence]) -> bool:
    return any(line[2:].partition(":")[0] in found for line in changed)


if __name__ == "__main__":
    sys.exit(main())
