"""What is compared, with the same work on both sides: a round gives a row of seconds, ours and theirs in turn."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import ours
import peer

Row = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A folder to work in, the notebook, and a build context of the same service. ``extra`` is one more module."""

    work: Path
    notebook: Path
    context: Path
    extra: str
    extra_pin: str

    def copy(self, number: int) -> Path:
        """Return a name beside the notebook, where its local modules are."""
        return self.notebook.with_name(f"benchmark-{number}-{self.notebook.name}")


def one_round(bench: Bench, number: int) -> Row:
    """Build cold, with warm downloads, after a change of code, with one distribution more, and another notebook."""
    store, copy = bench.work / f"store-{number}", bench.copy(number)
    copied = bench.work / f"context-{number}"
    shutil.copytree(bench.context, copied)
    # Under one name, as people change a notebook: objects that hold its code say the name.
    shutil.copy(bench.notebook, copy)
    try:
        row = {
            "ours cold": ours.build(store, copy),
            "their run": ours.run_notebook(bench.notebook, bench.work),
            "theirs cold": peer.build(copied, peer.PLAIN, "--no-cache"),
        }
        fresh = bench.work / "store-fresh"
        row["ours downloads at hand"] = ours.build(ours.with_only(fresh, store, "downloads", "cache"), copy)
        row["theirs downloads at hand"] = peer.build(copied, peer.CACHED, "--no-cache")
        ours.changed(bench.notebook, copy, ours.another_statement(number))
        row["ours code changed"] = ours.build(store, copy)
        peer.change_code(copied, f"round {number}")
        row["theirs code changed"] = peer.build(copied, peer.CACHED)
        row |= _one_more(bench, number, store, copied)
        # Last of the changes: the process that stays to answer changed code is this notebook's then.
        ours.changed(bench.notebook, copy, ours.another_object(number))
        row["ours another notebook"] = ours.build(store, copy)
        row |= _floor(bench, number, store)
    finally:
        copy.unlink(missing_ok=True)
    shutil.rmtree(store)
    shutil.rmtree(fresh)
    return row


def _one_more(bench: Bench, number: int, store: Path, context: Path) -> Row:
    """Add one distribution whose wheel both sides have downloaded already."""
    copy = ours.changed(bench.notebook, bench.copy(number), ours.another_distribution(bench.extra))
    warming = ours.with_only(bench.work / "store-fresh", store, "downloads", "cache")
    ours.build(warming, copy)
    for wheel in (warming / "downloads").iterdir():
        if not (store / "downloads" / wheel.name).exists():
            shutil.copy(wheel, store / "downloads" / wheel.name)
    requirements = context / "requirements.txt"
    requirements.write_text(f"{requirements.read_text()}{bench.extra_pin}\n")
    peer.build(context, peer.CACHED, tag=f"{peer.NAME}-warming")
    return {
        "ours one distribution more": ours.build(store, copy),
        "theirs one distribution more": peer.build(context, peer.CACHED, "--no-cache"),
    }


def _floor(bench: Bench, number: int, store: Path) -> Row:
    """Rebuild after a file of 200 MB changed; what counts is making the layers.

    The floor is to read, hash and write that file. The notebook runs before the clock starts, since it names the file.
    """
    data = bench.notebook.with_name(f"benchmark-{number}.bin")
    copy = ours.changed(
        bench.notebook,
        bench.copy(number),
        lambda source: (
            f"from pathlib import Path\nDATA = Path('{data.name}')\n"
            + source.replace("    return ", "    DATA.stat()\n    return ", 1)
        ),
    )
    try:
        data.write_bytes(os.urandom(200_000_000))
        ours.build(store, copy)
        data.write_bytes(os.urandom(200_000_000))
        seconds = ours.build_phases(store, copy)
        start = time.perf_counter()
        target = bench.work / "floor.bin"
        digest = hashlib.sha256()
        with data.open("rb") as source, target.open("wb") as sink:
            while chunk := source.read(1 << 20):
                digest.update(chunk)
                sink.write(chunk)
        floor = time.perf_counter() - start
        target.unlink()
    finally:
        data.unlink(missing_ok=True)
    return {"ours 200 MB changed": seconds, "floor 200 MB changed": floor}
