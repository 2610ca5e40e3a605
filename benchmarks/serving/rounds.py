"""What is compared under load. A round asks ours and theirs in turn; both run all the while, on the same core."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import ours
from image import EVERYTHING, Unpacked
from load import Load, Question, closed, flood, paced, together
from peers import MLServer, MLServerBatching, Peer, Uvicorn
from running import ask, free_port, processor_seconds, started

CONNECTIONS = (1, 16, 64)
FLOOR = "bare server, the model by hand"
_MANY = 64
# A server is warm before it counts: imports that wait for the first request, caches, the CPU's clock.
_WARM_SECONDS = 1
_OVERLOAD = 10
_SLICES = 3
_OK = 200

Row = dict[str, Load]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A folder to work in, how long to ask, our image, and the peers, ready to be started.

    Without ``uvicorn`` the share is told of our own bare server alone.
    """

    work: Path
    seconds: float
    image: Unpacked
    peers: Sequence[Peer]
    mlserver: MLServer
    batching: MLServerBatching
    uvicorn: Uvicorn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A server that runs, and one way to ask it."""

    name: str
    question: Question
    session: int


def throughput_round(bench: Bench) -> Row:
    """Ask for logistic regression, by every way of ours and of the peers', over 1, 16 and 64 connections."""
    with _ours(bench) as mine, contextlib.ExitStack() as stack:
        sides = _ways(mine, "/predict", "/model")
        sides += [stack.enter_context(_floor(bench))]
        sides += [stack.enter_context(_peer(bench, peer)) for peer in bench.peers]
        return {
            f"{side.name} @{connections}": loaded
            for connections in CONNECTIONS
            for side, loaded in _each(bench, sides, connections)
        }


def forest_round(bench: Bench) -> Row:
    """Ask for a random forest, MLServer with its own batching."""
    with _ours(bench) as mine, _peer(bench, bench.batching, "forest") as theirs:
        sides = [*_ways(mine, "/vote", "/forest"), theirs]
        return {f"{side.name} @{_MANY}": loaded for side, loaded in _each(bench, sides, _MANY)}


def latency_round(bench: Bench) -> Row:
    """Ask at a constant rate: each at half of its own maximum, ours at half of MLServer's, and an idle server at both.

    Its answer is there at once: what is measured of it is the generator.
    """
    with _ours(bench) as started_ours, _peer(bench, bench.mlserver) as theirs, _idle(bench) as idle:
        mine = started_ours.side("ours", ours.rows_question(started_ours.port, "/predict", "[1]"))
        row = {f"{side.name} maximum": load for side, load in _each(bench, (mine, theirs), _MANY)}
        rates = {side.name: row[f"{side.name} maximum"].per_second / 2 for side in (mine, theirs)}
        asked = ((mine, "its own", rates[mine.name]), (theirs, "its own", rates[theirs.name]))
        compared = ((mine, "MLServer's", rates[theirs.name]), (idle, "MLServer's", rates[theirs.name]))
        for side, whose, rate in (*asked, *compared, (idle, "ours", rates[mine.name])):
            row[f"{side.name} at half of {whose}"] = paced(side.question, _MANY, rate, bench.seconds, bench.work)
        return row


def share_round(bench: Bench) -> Row:
    """Ask a function that does nothing; our bare server, which calls none; and the bare server that others stand on."""
    with _ours(bench) as mine, contextlib.ExitStack() as stack:
        sides = [mine.side("no-op", ours.value_question(mine.port, "/noop"))]
        ports = {kind: free_port() for kind in ("constant", "by-hand", "uvicorn")}
        servers = {kind: ours.bare(kind, port) for kind, port in ports.items() if kind != "uvicorn"}
        if bench.uvicorn is not None:
            servers["uvicorn"] = bench.uvicorn.server(ports["uvicorn"])
        for kind, server in servers.items():
            question = ours.value_question(ports[kind], "/noop")
            session = stack.enter_context(started(server, question, bench.work))
            sides.append(Side(name=f"bare, {kind}", question=question, session=session))
        return {
            f"{side.name} @{connections}": loaded
            for connections in CONNECTIONS
            for side, loaded in _each(bench, sides, connections)
        }


def overload(bench: Bench, seconds: float) -> Row:
    """Find the maximum of a function that takes milliseconds, then ask for ten times as much.

    One that a generator on one core can flood. The server must still be there, and answer, when it is over.
    """
    with _ours(bench) as mine:
        side = mine.side("slow", ours.value_question(mine.port, "/slow"))
        (before,) = (load for _, load in _each(bench, (side,), _MANY))
        flooded = flood(side.question, _OVERLOAD * before.per_second, seconds, bench.work)
        try:
            (after,) = (load for _, load in _each(bench, (side,), _MANY))
        except OSError:
            # It still works through what nobody waits for any more.
            after = dataclasses.replace(before, per_second=0)
        return {"maximum": before, "flooded": flooded, "afterwards": after}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ours:
    port: int
    session: int

    def side(self, name: str, question: Question) -> Side:
        return Side(name=name, question=question, session=self.session)


@contextlib.contextmanager
def _ours(bench: Bench) -> Iterator[_Ours]:
    port = free_port()
    question = ours.rows_question(port, "/predict", "[1]")
    with started(ours.here(bench.image.app, port), question, bench.work) as session:
        yield _Ours(port=port, session=session)


def _ways(mine: _Ours, function: str, model: str) -> list[Side]:
    """Return every way to ask for a model: of the function around it, and of the fitted model itself."""
    return [
        mine.side("ours, function, own route", ours.rows_question(mine.port, function, "[1]")),
        mine.side(
            "ours, function, V2", ours.v2_question(mine.port, EVERYTHING if function == "/predict" else function[1:])
        ),
        mine.side("ours, fitted model, own route", ours.rows_question(mine.port, model)),
    ]


@contextlib.contextmanager
def _floor(bench: Bench) -> Iterator[Side]:
    """Serve the same function with nothing around it: no server of this kind can be quicker with it, alone."""
    port = free_port()
    question = ours.rows_question(port, "/predict", "[1]")
    with started(ours.bare("model", port, str(bench.image.app)), question, bench.work) as session:
        yield Side(name=FLOOR, question=question, session=session)


@contextlib.contextmanager
def _idle(bench: Bench) -> Iterator[Side]:
    port = free_port()
    question = ours.value_question(port, "/")
    with started(ours.bare("constant", port), question, bench.work) as session:
        yield Side(name="idle", question=question, session=session)


@contextlib.contextmanager
def _peer(bench: Bench, peer: Peer, model: str = "iris") -> Iterator[Side]:
    port = free_port()
    question = peer.question(port, model)
    with started(peer.server(port), question, bench.work) as session:
        yield Side(name=peer.name, question=question, session=session)


def _each(bench: Bench, sides: Sequence[Side], connections: int) -> Iterator[tuple[Side, Load]]:
    """Yield what each side answered, in slices: what else the machine does then falls on all of them alike."""
    for side in sides:
        status, said = ask(side.question)
        if status != _OK or side.question.answer not in said:
            sys.exit(f"{side.question.url} answers {status} {said}")
        closed(side.question, connections, _WARM_SECONDS, bench.work)
    slices: dict[str, list[Load]] = {side.name: [] for side in sides}
    for _ in range(_SLICES):
        for side in sides:
            slices[side.name].append(_slice(bench, side, connections))
    for side in sides:
        loaded = together(slices[side.name])
        if loaded.refused or loaded.broken:
            print(f"{side.name}: {loaded.refused} refused, {loaded.broken} broken", file=sys.stderr, flush=True)
        yield side, loaded


def _slice(bench: Bench, side: Side, connections: int) -> Load:
    before = processor_seconds(side.session)
    loaded = closed(side.question, connections, bench.seconds / _SLICES, bench.work)
    return dataclasses.replace(loaded, processor_seconds=processor_seconds(side.session) - before)


ROUNDS: dict[str, Callable[[Bench], Row]] = {
    "throughput": throughput_round,
    "forest": forest_round,
    "latency": latency_round,
    "share": share_round,
}
