"""Serve the same models with us and with others, in one interleaved run.

    python benchmarks/serving [--rounds 3] [--seconds 5] [--only NAME] [--peers NAME ...] [--json FILE]

What is asked, of whom, and which tools it takes is said in README.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import report
from image import Unpacked, everything, one_model
from load import Load
from peers import PEERS, MLServer, MLServerBatching, Peer, Uvicorn, fitted
from processes import cold_round, memory_round
from rounds import ROUNDS, Bench, overload

_CACHE = Path.home() / ".cache" / "jupyter-containerize-benchmark"
_UNDER_LOAD = (*ROUNDS, "overload")
_ALONE = ("cold", "memory", "footprint")


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    wanted = arguments.only or (*_UNDER_LOAD, *_ALONE)
    found: dict[str, object] = {}
    print(report.HEAD, flush=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        work = Path(folder)
        for name, measured, lines in _measured(arguments, wanted, work):
            found[name] = measured
            print(*lines, sep="\n", flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps(found, indent=1, default=dataclasses.asdict))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="how long to ask, each time")
    parser.add_argument("--overload-seconds", type=float, default=60)
    parser.add_argument("--only", choices=(*_UNDER_LOAD, *_ALONE), action="append", help="again for more")
    parser.add_argument("--peers", choices=PEERS, nargs="*", default=["mlserver", "fastapi"], help="for throughput")
    parser.add_argument("--cache", type=Path, default=_CACHE, help="where the peers' environments are kept")
    parser.add_argument("--json", type=Path, help="write what was measured here")
    return parser.parse_args()


def _measured(
    arguments: argparse.Namespace, wanted: Sequence[str], work: Path
) -> Iterator[tuple[str, object, list[str]]]:
    """Yield the name of each part that is wanted, what was measured, and its lines of the table."""
    if set(wanted) & set(_UNDER_LOAD):
        bench = _bench(arguments, wanted, work)
        for name in (name for name in ROUNDS if name in wanted):
            rows = [ROUNDS[name](bench) for _ in range(arguments.rounds)]
            yield name, rows, _LOADED[name](rows, arguments)
        if "overload" in wanted:
            row = overload(bench, arguments.overload_seconds)
            yield "overload", row, report.overload_report(row)
    if set(wanted) & set(_ALONE):
        yield from _alone(arguments, wanted, work, one_model(work))


def _alone(
    arguments: argparse.Namespace, wanted: Sequence[str], work: Path, image: Unpacked
) -> Iterator[tuple[str, object, list[str]]]:
    if "cold" in wanted:
        # The first of each is of a machine that has not read the files yet.
        cold = [cold_round(image, work) for _ in range(arguments.rounds + 1)][1:]
        yield "cold", cold, report.cold_report(cold)
    if "memory" in wanted:
        memory = [memory_round(image, work) for _ in range(arguments.rounds)]
        yield "memory", memory, report.memory_report(memory)
    if "footprint" in wanted:
        sizes = (image.runtime_bytes, image.runtime_bytes_compressed)
        yield "footprint", sizes, report.footprint_report(*sizes)


def _bench(arguments: argparse.Namespace, wanted: Sequence[str], work: Path) -> Bench:
    mlserver, batching = MLServer(arguments.cache, work), MLServerBatching(arguments.cache, work)
    uvicorn = Uvicorn(arguments.cache, work)
    peers = [mlserver if name == "mlserver" else PEERS[name](arguments.cache, work) for name in arguments.peers]
    needed: dict[str, list[Peer]] = {
        "throughput": [*peers, *([] if mlserver in peers else [mlserver])],
        "forest": [batching],
        "latency": [mlserver],
        "share": [uvicorn],
    }
    models = fitted(work)
    for peer in dict.fromkeys(peer for name in wanted for peer in needed.get(name, ())):
        peer.prepare(models)
    return Bench(
        work=work,
        seconds=arguments.seconds,
        image=everything(work),
        peers=peers,
        mlserver=mlserver,
        batching=batching,
        uvicorn=uvicorn,
    )


_LOADED: dict[str, Callable[[Sequence[dict[str, Load]], argparse.Namespace], list[str]]] = {
    "throughput": lambda rows, arguments: report.throughput_report(rows, arguments.peers),
    "forest": lambda rows, _: report.forest_report(rows),
    "latency": lambda rows, _: report.latency_report(rows),
    "share": lambda rows, _: report.share_report(rows),
}


if __name__ == "__main__":
    main()
