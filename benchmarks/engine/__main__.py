"""Build the same notebook's service with ``docker build`` and with us, in one interleaved run.

    python benchmarks/engine [--rounds 3] [--notebook examples/iris.ipynb] [--notebooks 50] [--only rounds]

Needs a Docker Engine with BuildKit, docker-registry, umoci, debootstrap (for the peer's base image) and root for it.
What each side does is said in README.md.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from importlib import metadata
from pathlib import Path

import ours
import peer
from growth import fifty_notebooks, pushed_after_change
from report import growth_report, pushed_report, rows_report, size_report
from rounds import Bench, one_round
from shell import run

_PARTS = ("rounds", "size", "pushed", "growth")
# A module that the test environment has and the examples do not need, and its distribution.
_EXTRA = ("yaml", "PyYAML")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--notebook", type=Path, default=Path("examples/iris.ipynb"))
    parser.add_argument("--notebooks", type=int, default=50, help="how many notebooks share a registry")
    parser.add_argument("--only", choices=_PARTS, action="append", help="a part of it; again for more")
    parser.add_argument("--json", type=Path, help="write what was measured here")
    arguments = parser.parse_args()
    wanted = arguments.only or _PARTS
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        bench = prepare(Path(folder), arguments.notebook)
        found: dict[str, object] = {}
        if "rounds" in wanted:
            rows = []
            for number in range(1, arguments.rounds + 1):
                rows.append(one_round(bench, number))
                print(
                    f"round {number}: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in rows[-1].items()),
                    flush=True,
                )
            found["rounds"] = rows
            print(*rows_report(rows), sep="\n", flush=True)
        if "size" in wanted:
            ours.build(bench.work / "store-setup", bench.notebook, "--to", "docker")
            peer.build(bench.context, peer.CACHED)
            found["size"] = [peer.size_mb(ours.NAME), peer.size_mb(peer.NAME)]
            print(size_report(peer.size_mb(ours.NAME), peer.size_mb(peer.NAME)), flush=True)
        if "pushed" in wanted:
            found["pushed"] = pushed = pushed_after_change(bench)
            print(pushed_report(pushed), flush=True)
        if "growth" in wanted:
            found["growth"] = kept = fifty_notebooks(bench, arguments.notebooks)
            print(*growth_report(kept), sep="\n", flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(found, indent=1))


def prepare(work: Path, notebook: Path) -> Bench:
    """Make the peer's base image and build context, from a build of ours that is not timed."""
    peer.make_base(work)
    layout = work / "layout"
    ours.build(work / "store-setup", notebook, "--to", f"oci:{layout}")
    unpacked = work / "unpacked"
    run("umoci", "unpack", "--rootless", "--image", f"{layout}:{ours.NAME}:latest", str(unpacked))
    context = work / "context"
    peer.make_context(unpacked / "rootfs", context)
    module, distribution = _EXTRA
    return Bench(
        work=work,
        notebook=notebook,
        context=context,
        extra=module,
        extra_pin=f"{distribution}=={metadata.version(distribution)}",
    )


if __name__ == "__main__":
    main()
