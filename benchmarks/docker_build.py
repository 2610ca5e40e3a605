"""Build the same notebook's service with ``docker build`` and with us, cold and warm, in one interleaved run.

    python benchmarks/docker_build.py [--rounds 3] [--notebook examples/iris.ipynb]

Needs a Docker Engine, debootstrap (for the peer's base image) and root for it. The peer is what one would write by
hand: Debian's Python with pip, a venv, ``pip install`` of the same pinned distributions that our image has, the same
serving code, state and server. Its base image is there before the clock starts; ours is made from Debian packages.

Our times include running the notebook, which makes the state. For the peer that run (``nbconvert --execute``) is timed
apart: whoever writes a Dockerfile has to run the notebook too, but not before every build.

*Cold* is an empty store against ``docker build --no-cache``; *warm* is a rebuild after the code of ``predict`` changed.
Ours and theirs take turns, and the ratios are taken round by round.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

BASE = "jupyter-containerize-benchmark-base"
THEIRS = "jupyter-containerize-benchmark-theirs"
OURS = "jupyter-containerize-benchmark-ours"

DOCKERFILE = f"""\
FROM {BASE}
ENV SSL_CERT_FILE=/ca.pem PIP_CERT=/ca.pem
COPY ca.pem /ca.pem
COPY requirements.txt /requirements.txt
RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir -r /requirements.txt
COPY runtime /opt/runtime/jupyter_containerize_runtime
COPY app /app
ENV PYTHONPATH=/opt/runtime
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["/opt/venv/bin/python", "-m", "jupyter_containerize_runtime"]
"""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--notebook", type=Path, default=Path("examples/iris.ipynb"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        work = Path(folder)
        context = prepare(work, arguments.notebook)
        rows = [one_round(number, work, context, arguments.notebook) for number in range(1, arguments.rounds + 1)]
        report(rows, sizes(work, arguments.notebook))


def prepare(work: Path, notebook: Path) -> Path:
    """Make the peer's base image and its build context, from a build of ours that is not timed."""
    root = work / "base"
    packages = "python3,python3-venv,python3-pip,ca-certificates"
    release = debian_of(sys.version_info.minor)
    run("debootstrap", "--variant=minbase", f"--include={packages}", release, str(root))
    archive = work / "base.tar"
    run("tar", "-C", str(root), "-cf", str(archive), ".")
    run("docker", "import", str(archive), BASE)
    ours(work / "store-setup", notebook, "--to", f"oci:{work / 'layout'}")
    unpacked = work / "unpacked"
    run("umoci", "unpack", "--rootless", "--image", f"{work / 'layout'}:{OURS}:latest", str(unpacked))
    image = unpacked / "rootfs"
    context = work / "context"
    context.mkdir()
    shutil.copytree(image / "workspace", context / "app")
    (runtime,) = image.glob("layers/jupyter-containerize_notebook/venv/lib/python3*/site-packages/jupyter_containerize_runtime")
    shutil.copytree(runtime, context / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    model = json.loads((context / "app" / "model.json").read_text())
    pins = [f"{name}=={version}" for name, version in model["versions"].items()]
    (context / "requirements.txt").write_text("\n".join(pins) + "\n")
    shutil.copy(os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt", context / "ca.pem")
    (context / "Dockerfile").write_text(DOCKERFILE)
    return context


def debian_of(minor: int) -> str:
    """Return the Debian release that carries this Python."""
    return {11: "bookworm", 13: "trixie"}[minor]


def one_round(number: int, work: Path, context: Path, notebook: Path) -> dict[str, float]:
    """Build cold and warm, ours and theirs in turn; return the seconds."""
    store = work / f"store-{number}"
    changed = notebook.with_name(f"benchmark-{number}-{notebook.name}")
    try:
        row = {
            "ours cold": ours(store, notebook),
            "their run": executed(notebook, work),
            "theirs cold": run(
                "docker", "build", "--network=host", "--no-cache", "--tag", THEIRS, str(context), timed=True
            ),
        }
        changed.write_text(changed_predict(notebook, number))
        row["ours warm"] = ours(store, changed)
    finally:
        changed.unlink(missing_ok=True)
    serving = context / "app" / "serving.py"
    serving.write_text(f"{serving.read_text()}\n# changed in round {number}\n")
    row["theirs warm"] = run("docker", "build", "--network=host", "--tag", THEIRS, str(context), timed=True)
    shutil.rmtree(store)
    print(f"round {number}: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in row.items()), flush=True)
    return row


def changed_predict(notebook: Path, number: int) -> str:
    """Return the notebook with one more statement in its predict function."""
    content = json.loads(notebook.read_text())
    for cell in content["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "def predict(" in source:
            head, marker, body = source.partition("    return ")
            cell["source"] = f"{head}    benchmark_round = {number}\n{marker}{body}"
    return json.dumps(content)


def executed(notebook: Path, work: Path) -> float:
    """Run the notebook as one does by hand; return the seconds."""
    options = ("--to", "notebook", "--execute", "--output-dir", str(work))
    return run(sys.executable, "-m", "nbconvert", *options, str(notebook), timed=True)


def ours(store: Path, notebook: Path, *more: str) -> float:
    """Build with us into ``store``; return the seconds."""
    command = (sys.executable, "-m", "jupyter_containerize.cli", "build", str(notebook), "--tag", OURS)
    env = {**os.environ, "JUPYTER_CONTAINERIZE_STORE": str(store)}
    return run(*command, "--quiet", "--selftest", "skip", *more, env=env, timed=True)


def sizes(work: Path, notebook: Path) -> dict[str, float]:
    """Return the size in MB that the Engine gives for each image."""
    ours(work / "store-setup", notebook, "--to", "docker")
    return {
        name: int(subprocess.check_output(["docker", "image", "inspect", "--format", "{{.Size}}", image])) / 1e6
        for name, image in (("ours", OURS), ("theirs", THEIRS))
    }


def run(*command: str, env: dict[str, str] | None = None, timed: bool = False) -> float:
    """Run a command to its end and return the seconds it took; say what it printed if it failed."""
    start = time.perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return seconds if timed else 0.0


def report(rows: Sequence[dict[str, float]], megabytes: dict[str, float]) -> None:
    """Print medians, and the ratios taken round by round."""
    for kind in ("cold", "warm"):
        mine = [row[f"ours {kind}"] for row in rows]
        alone = [row[f"theirs {kind}"] for row in rows]
        whole = [row[f"theirs {kind}"] + row["their run"] for row in rows]
        print(f"{kind}: ours {statistics.median(mine):.1f} s")
        for name, other in (("docker build", alone), ("running the notebook, then docker build", whole)):
            ratios = [b / a for a, b in zip(mine, other, strict=True)]
            print(
                f"  {name}: {statistics.median(other):.1f} s, "
                f"{statistics.median(ratios):.2f} times ours ({min(ratios):.2f} to {max(ratios):.2f})"
            )
    print(f"size: ours {megabytes['ours']:.0f} MB, docker build {megabytes['theirs']:.0f} MB (uncompressed)")


if __name__ == "__main__":
    main()
