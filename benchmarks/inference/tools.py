"""The tools: what is installed for each, how its users run it on a notebook, and how its answer is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from folders import Laid
from running import run

Predictions = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a tool said of some notebooks and what it cost. ``crashed`` are those that it gave no answer for."""

    predictions: Predictions
    cpu_seconds: float
    crashed: tuple[str, ...] = ()


class Tool(ABC):
    """One row of the table. ``at_once`` says that it takes many notebooks in one run."""

    name: ClassVar[str]
    at_once: ClassVar[bool] = False

    @abstractmethod
    def answer(self, laid: Sequence[Laid]) -> Answer:
        """Say what the notebooks need; one notebook unless ``at_once``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the tools need to know of the machine.

    ``cache`` keeps the peers' virtual environments, ``index`` is the URL of an index (ending with a slash),
    ``environment`` the interpreter of an environment with the notebooks' distributions, if there is one.
    """

    cache: Path
    index: str
    environment: Path | None = None
    more: Mapping[str, str] = field(default_factory=dict)


class Ours(Tool):
    """Our tool from the notebook and the files beside it alone, all notebooks in one run."""

    name = "ours"
    at_once = True
    options: ClassVar[tuple[str, ...]] = ("--no-environment",)

    def __init__(self, setting: Setting) -> None:
        self._environ = {**os.environ, **setting.more}

    def answer(self, laid: Sequence[Laid]) -> Answer:
        """Run ``preview --json``: one object a line, the notebooks by their paths."""
        paths = [str(item.notebook) for item in laid]
        command = [sys.executable, "-m", "jupyter_containerize.cli", "preview", *paths, "--json", *self.options]
        done = run(command, cwd=Path.cwd(), environ=self._environ)
        said: dict[str, frozenset[str]] = {}
        for line in done.output.splitlines():
            row = json.loads(line)
            # Without a language the notebook could not be read: its empty list is no answer.
            if row["language"] is None:
                print(f"{self.name}: {row['notebook']}: {row['findings']}", file=sys.stderr)
            else:
                said[row["notebook"]] = frozenset(item["distribution"] for item in row["dependencies"])
        known = {item.identifier: said[str(item.notebook)] for item in laid if str(item.notebook) in said}
        return Answer(
            predictions=known,
            cpu_seconds=done.cpu_seconds,
            crashed=tuple(item.identifier for item in laid if item.identifier not in known),
        )


class OursWithEnvironment(Ours):
    """Our tool with the kernel's environment, as a user has who ran the notebook."""

    name = "ours with environment"
    options = ()


class Peer(Tool):
    """A published tool, in a virtual environment of its own with its newest release when this was written."""

    packages: ClassVar[tuple[str, ...]]

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._venv = _installed(setting.cache / "+".join(self.packages), self.packages)

    def _program(self, name: str) -> str:
        return str(self._venv / "bin" / name)

    def _environ(self) -> Mapping[str, str]:
        return {**os.environ, "PATH": f"{self._venv / 'bin'}:{os.environ['PATH']}", "VIRTUAL_ENV": str(self._venv)}


def _installed(venv: Path, packages: Sequence[str]) -> Path:
    if not (venv / "made").exists():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        for command in (
            ("venv", "--clear", "--python", version, str(venv)),
            ("pip", "install", "--python", str(venv / "bin" / "python"), *packages),
        ):
            subprocess.run((sys.executable, "-m", "uv", "-q", *command), check=True)
        (venv / "made").touch()
    return venv
