"""``selftest``: the notebook's example, asked in this process, without any network."""

from __future__ import annotations

import sys
from pathlib import Path

from ..selftest import Trial, short, trials
from .opened import open_app, traced
from .quiet import own_output


def run_selftest(app: Path) -> int:
    """Print what was asked, expected and got; return 0 if all answers are the notebook's, else 1.

    Raises:
        CannotStart: there is nothing to ask.
    """
    app = app.resolve()
    with own_output() as output:
        served = open_app(app)
        same = []
        for trial in trials(served):
            output.write(f"{_told(trial)}\n".encode(errors="replace"))
            output.flush()
            if trial.error is not None:
                sys.stderr.write(f"{traced(trial.error, app)}\n")
            same.append(trial.is_same)
        if not same:
            output.write(b"loaded; the notebook has no example to ask\n")
    return 0 if all(same) else 1


def _told(trial: Trial) -> str:
    endpoint = trial.endpoint
    word = "ok" if trial.is_same else "FAILED" if trial.error is not None else "DIFFERS"
    return "\n".join(
        [
            f"{word}  {endpoint.symbol}  {endpoint.method} {endpoint.route}  {trial.seconds * 1000:.1f} ms",
            f"  asked     {short(trial.request)}",
            f"  expected  {short(trial.expected)}",
            f"  got       {trial.seen}",
        ]
    )
