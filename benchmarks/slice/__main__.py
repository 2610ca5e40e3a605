"""Measure our slices on real notebooks: do they answer as the whole notebook does, and what do they save?

    python benchmarks/slice --environment VENV_PYTHON [--snapshots FOLDER] [--only public|kept-back|ID,...]
        [--whole-only] [--rounds 1] [--cache DIR] [--json OUT]

See README.md beside this file for what is measured and for the environment.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from comparing import Verdict
from distributions import installed
from layout import NotThere, Sources
from manifest import Entry, ManifestBroken, read_manifest
from measuring import Bench, Measured, measure
from report import as_json, as_markdown
from running import kernel_of

_MANIFEST = Path(__file__).with_name("manifest.toml")


def main() -> int:
    """Measure one notebook after another and print the tables; 1 if a slice answered otherwise."""
    arguments = _arguments()
    entries = _chosen(read_manifest(arguments.manifest), arguments.only)
    # Not resolve(): the interpreter of a virtual environment is a link out of it.
    python = arguments.environment.absolute()
    cache = arguments.cache.expanduser()
    bench = Bench(
        sources=Sources(snapshots=arguments.snapshots, clones=cache / "clones"),
        python=python,
        installed=installed(python),
        cache=cache,
        timeout_seconds=arguments.timeout,
        rounds=arguments.rounds,
        fresh=arguments.fresh,
    )
    found: list[Measured] = []
    with kernel_of(python):
        for entry in entries:
            try:
                row = measure(entry, bench, slices=not arguments.whole_only)
            except (NotThere, ManifestBroken) as missing:
                print(f"{entry.identifier}: not measured: {missing}", file=sys.stderr)
                continue
            found.append(row)
            if entry.public or arguments.kept_back_rows:
                print(f"{row.identifier}: {row.verdict} {row.reason[:300]}", file=sys.stderr, flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps(as_json(found), indent=1) + "\n")
    print(as_markdown(found, kept_back_rows=arguments.kept_back_rows))
    return int(any(row.verdict in {Verdict.DIFFERS, Verdict.FAILED, Verdict.NO_SLICE} for row in found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python benchmarks/slice", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--environment", type=Path, required=True, metavar="VENV_PYTHON")
    parser.add_argument("--snapshots", type=Path, help="git folders OWNER+NAME; without it clones over the network")
    parser.add_argument("--manifest", type=Path, default=_MANIFEST)
    parser.add_argument("--only", default="", help="public, kept-back, or ids with commas between (default: all)")
    parser.add_argument("--kept-back-rows", action="store_true", help="show single notebooks of the kept back side")
    parser.add_argument("--whole-only", action="store_true", help="only see which notebooks run and repeat themselves")
    parser.add_argument("--rounds", type=int, default=1, help="more than 1: time whole and slice by turns, medians")
    parser.add_argument("--timeout", type=float, default=180.0, help="seconds for one cell (default: %(default)s)")
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/jupyter-containerize-slice-benchmark"))
    parser.add_argument("--fresh", action="store_true", help="run again what the cache has")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every figure there")
    return parser.parse_args()


def _chosen(entries: Sequence[Entry], only: str) -> list[Entry]:
    match only:
        case "":
            return list(entries)
        case "public":
            return [entry for entry in entries if entry.public]
        case "kept-back":
            return [entry for entry in entries if not entry.public]
    wanted = set(only.split(","))
    return [entry for entry in entries if entry.identifier in wanted]


if __name__ == "__main__":
    sys.exit(main())
