"""What a registry must keep and receive: after a change of code, and for fifty notebooks of one team."""

from __future__ import annotations

import shutil

import ours
import peer
from registry import serving
from rounds import Bench


def pushed_after_change(bench: Bench) -> dict[str, int]:
    """Return the bytes that a registry keeps more after predict changed and the image was pushed again."""
    store, copy = bench.work / "store-push", bench.copy(0)
    context = bench.work / "context-push"
    shutil.copytree(bench.context, context)
    with serving(bench.work / "push") as registry:
        try:
            # Under one name before and after: a bill of materials names the notebook.
            ours.changed(bench.notebook, copy, str)
            ours.build(store, copy, "--to", f"{registry.host}/team/ours:latest")
            peer.build(context, peer.CACHED)
            registry.push(peer.NAME, "team/theirs:latest")
            ours.changed(bench.notebook, copy, ours.another_statement(0))
            peer.change_code(context, "pushed again")
            before = registry.stored_bytes()
            ours.build(store, copy, "--to", f"{registry.host}/team/ours:latest")
            between = registry.stored_bytes()
            peer.build(context, peer.CACHED)
            registry.push(peer.NAME, "team/theirs:latest")
            return {"ours": between - before, "theirs": registry.stored_bytes() - between}
        finally:
            copy.unlink(missing_ok=True)


def fifty_notebooks(bench: Bench, count: int) -> dict[str, list[int]]:
    """Return what a registry keeps after each of ``count`` notebooks with the same libraries.

    ``theirs`` are built on one machine whose layer cache is warm; ``theirs, clean builders`` (three of them) without
    a cache, as in CI.
    """
    kept: dict[str, list[int]] = {"ours": [], "theirs": [], "theirs, clean builders": []}
    store, context = bench.work / "store-fifty", bench.work / "context-fifty"
    shutil.copytree(bench.context, context)
    with serving(bench.work / "ours-fifty") as registry:
        for number in range(count):
            copy = ours.changed(bench.notebook, bench.copy(number), ours.another_statement(number))
            try:
                ours.build(store, copy, "--to", f"{registry.host}/team/notebook-{number}:latest")
            finally:
                copy.unlink()
            kept["ours"].append(registry.stored_bytes())
    for kind, builds, options in (("theirs", count, ()), ("theirs, clean builders", 3, ("--no-cache",))):
        with serving(bench.work / kind.replace(", ", "-").replace(" ", "-")) as registry:
            for number in range(builds):
                peer.change_code(context, f"notebook {number}")
                peer.build(context, peer.CACHED, *options)
                registry.push(peer.NAME, f"team/notebook-{number}:latest")
                kept[kind].append(registry.stored_bytes())
    return kept
