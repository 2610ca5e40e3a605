"""Writes what Grafana and Prometheus need to look at served images."""

from __future__ import annotations

import argparse
from importlib import resources

from rich.console import Console

from jupyter_containerize.cli.watching import show_problem
from jupyter_containerize.explain import explain

_FILES = ("grafana-dashboard.json", "prometheus-alerts.yml")


def monitoring(arguments: argparse.Namespace) -> int:
    """Write the dashboard and the alert rules; ``arguments.output`` is the folder, made if it is not there."""
    source = resources.files("jupyter_containerize") / "monitoring_files"
    try:
        arguments.output.mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            (arguments.output / name).write_bytes((source / name).read_bytes())
            Console().print(f"Wrote {arguments.output / name}", soft_wrap=True, highlight=False)
    except Exception as error:  # noqa: BLE001  # the door: explain has words for every error, our bugs too
        problem = explain(error)
        show_problem(problem, Console(stderr=True))
        return problem.exit_code
    return 0
