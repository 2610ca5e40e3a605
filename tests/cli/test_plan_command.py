"""The plan command as people see it."""

from __future__ import annotations

import argparse
import io
import json

from rich.console import Console

from jupyter_containerize.cli import plan as command
from jupyter_containerize.lifecycle.misses import remember_slots
from jupyter_containerize.lifecycle.plan import Built
from jupyter_containerize.lifecycle.plan_errors import NothingToCompare
from jupyter_containerize.lifecycle.planning import view_of
from tests.lifecycle.made_plan import AMD64, job_in, layer_of, made_plan, make, package, restored, wheel_layer

PAGE = """\
made:latest for linux/amd64, into the local store
┏━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━━━┳━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━┓
┃ Role         ┃ Layer        ┃      Size ┃ State  ┃ Why                  ┃
┡━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━━━╇━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━┩
│ dependencies │ numpy 2.3.1  │   ~1.0 kB │ new    │ layer format 1 -> 2  │
│              │              │           │        │ numpy 2.3.0 -> 2.3.1 │
│ code         │ Serving code │ 125 bytes │ cached │                      │
└──────────────┴──────────────┴───────────┴────────┴──────────────────────┘
2 layers: 1 new, 1 cached; ~1.1 kB
to download 1.0 kB, to make from 1.0 kB

warning: onnxruntime-gpu is for GPUs, and nothing in the notebook uses one. \
Install onnxruntime instead in the kernel's environment, and build again.
"""


def shown(tmp_path, **options):
    """Return a plan with one changed layer and one that is there."""
    job = job_in(tmp_path)
    old = made_plan(wheel_layer("numpy", "2.3.0", layer_format="1"))
    remember_slots(old, [Built(target=target, layers=()) for target in old.targets], job.store)
    code = layer_of({})
    make(job.store, code)
    plan = made_plan(wheel_layer("numpy", "2.3.1"), code, packages=[package("onnxruntime-gpu")])
    return view_of(plan, restored(plan, job.store), job, **options)


def test_print_plan__changed_layer__is_the_golden_page(tmp_path):
    """Every layer with its state, every reason, the sums and the warnings."""
    file = io.StringIO()
    command.print_plan(shown(tmp_path), Console(file=file, width=80, highlight=False))
    said = "\n".join(line.rstrip() for line in file.getvalue().split("\n"))
    assert said == PAGE


def arguments(**options):
    """Return what was typed."""
    return argparse.Namespace(**{"json": True, "diff": "", **options})


def test_plan__json__prints_one_object(tmp_path, monkeypatch, capsys):
    """Programs read stdout alone."""
    monkeypatch.setattr(command, "request_from", lambda _: None)
    monkeypatch.setattr(command, "show_plan", lambda *_, **__: shown(tmp_path))
    assert command.plan(arguments()) == 0
    assert json.loads(capsys.readouterr().out)["reference"] == "made:latest"


def test_plan__error__is_told_in_words_on_stderr(monkeypatch, capsys):
    """An error has its exit code."""

    def fail(*_, **__):
        raise NothingToCompare("made:none", AMD64)

    monkeypatch.setattr(command, "request_from", lambda _: None)
    monkeypatch.setattr(command, "show_plan", fail)
    assert command.plan(arguments(diff="made:none")) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "There is no image made:none to compare with (JC-PLAN-01)" in told.err
