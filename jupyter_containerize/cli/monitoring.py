"""Writes what Grafana and Prometheus need to look at served images."""

from __future__ import annotations

import argparse
from importlib import resources

from rich.console import Console

_FILES = ("grafana-dashboard.json", "prometheus-alerts.yml")
# As for a build's destination.
_NOT_WRITTEN = 50


def monitoring(arguments: argparse.Namespace) -> int:
    """Write the dashboard and the alert rules; ``arguments.output`` is the folder, made if it is not there."""
    source = resources.files("jupyter_containerize") / "monitoring_files"
    for name in _FILES:
        content = (source / name).read_bytes()
        try:
            arguments.output.mkdir(parents=True, exist_ok=True)
            (arguments.output / name).write_bytes(content)
        except OSError as error:
            words = f"Cannot write {arguments.output / name}: {error.strerror}"
            Console(stderr=True).print(words, soft_wrap=True, highlight=False)
            return _NOT_WRITTEN
        Console().print(f"Wrote {arguments.output / name}", soft_wrap=True, highlight=False)
    return 0
