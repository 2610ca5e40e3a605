"""Measure the most memory that a preview of a big notebook takes: 100 MB, nearly all of it outputs.

    python benchmarks/inference/memory.py [--megabytes 100] [--cells 200]

The notebook is generated. The figure is the peak resident size of the whole process, the interpreter included, beside
that of the same preview of a notebook without outputs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from made import write_notebook
from running import run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--cells", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        for name, size in (("without outputs", 0), ("with outputs", arguments.megabytes * 1_000_000)):
            path = Path(folder) / f"{name.replace(' ', '-')}.ipynb"
            write_notebook(path, arguments.cells, size)
            command = (
                sys.executable,
                "-m",
                "jupyter_containerize.cli",
                "preview",
                str(path),
                "--json",
                "--no-environment",
            )
            done = run(command, cwd=Path.cwd())
            if done.failed:
                sys.exit(f"preview ended with {done.status}: {done.errors[-2000:]}")
            print(
                f"{name}: {path.stat().st_size / 1e6:.0f} MB on disk, "
                f"peak {done.peak_bytes / 1e6:.0f} MB, {done.cpu_seconds:.2f} CPU s"
            )


if __name__ == "__main__":
    main()
