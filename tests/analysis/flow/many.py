"""Checks many more random programs than the tests do: ``python -m tests.analysis.flow.many pure --count 20000``.

Prints each program whose slice answers otherwise, with all that can be left out of it gone; ends with the count.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from jupyter_containerize.analysis import analyze, slice_for
from tests.analysis.flow.harness import Outcome, everything, sliced, truth
from tests.analysis.flow.profiles import ASKS, Program, cells_of, random_program
from tests.notebooks.made import notebook_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the programs that the arguments ask for; return 1 if any differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("profile", choices=["pure", "data"])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--show", type=int, default=5, help="how many that differ are reduced and shown")
    parser.add_argument("--keep-all", action="store_true", help="drop nothing: a check of the harness itself")
    parser.add_argument("--one-process", action="store_true", help="let settings of the process live on")
    parser.add_argument("--training", action="store_true", help="compare with the same source after the whole notebook")
    asked = parser.parse_args(arguments)

    def differs(cells: Sequence[str]) -> bool:
        return bool(difference(cells, **_options(asked)))

    began, different, failed, kept, statements = time.monotonic(), [], 0, 0, 0
    for seed in range(asked.first, asked.first + asked.count):
        made_of = random_program(asked.profile, seed)
        cells = cells_of(asked.profile, made_of)
        notebook = notebook_of(*cells)
        if truth(notebook, ASKS).failed:
            failed += 1
            continue
        if differs(cells):
            different.append(seed)
            if len(different) <= asked.show:
                show(seed, reduced(asked.profile, made_of, differs), asked)
        for each in slice_for(notebook, analyze(notebook, root=None), "predict").statements:
            kept += each.training
            statements += 1
    share = f"{kept / statements:.0%} of {statements} statements kept" if statements else "no statements said"
    took = time.monotonic() - began
    print(f"{asked.count} programs in {took:.0f} s: {len(different)} differ, {failed} failed as a whole, {share}")  # noqa: T201
    print("seeds:", *different[:40])  # noqa: T201
    return int(bool(different))


def difference(
    cells: Sequence[str], *, keep_all: bool = False, one_process: bool = False, training: bool = False
) -> str:
    """Return how the slice answers otherwise than the notebook, empty if it does not or the notebook fails."""
    notebook = notebook_of(*cells)
    expected = truth(notebook, ASKS)
    if expected.failed:
        return ""
    try:
        serving = slice_for(notebook, analyze(notebook, root=None), "predict")
    except Exception as error:  # noqa: BLE001  # a crash is a finding
        return f"{type(error).__name__}: {error}"
    if keep_all:
        serving = everything(notebook, serving)
    found = sliced(notebook, serving, ASKS, one_process=one_process or keep_all)
    if training and found != expected:
        expected = sliced(notebook, everything(notebook, serving), ASKS, one_process=one_process)
    return "" if found == expected else _said(found, expected)


def _said(found: Outcome, expected: Outcome) -> str:
    if found.failed:
        return found.failed
    return next(
        f"{ask}: {there}, in the notebook {here}"
        for ask, there, here in zip(ASKS, found.answers, expected.answers, strict=True)
        if there != here
    )


def reduced(profile: str, made_of: Program, differs: Callable[[Sequence[str]], bool]) -> list[str]:
    """Return the cells with as few choices, and then as few lines, as still differ."""
    smaller = True
    while smaller:
        smaller = False
        for index in reversed(range(len(made_of.choices))):
            without = made_of.choices[:index] + made_of.choices[index + 1 :]
            shorter = replace(made_of, choices=without, after=min(made_of.after, len(without)))
            if differs(cells_of(profile, shorter)):
                made_of, smaller = shorter, True
    if differs(cells_of(profile, replace(made_of, seeded=False))):
        made_of = replace(made_of, seeded=False)
    cells = [line for line in cells_of(profile, made_of) if line]
    return _fewer_lines(cells, differs)


def _fewer_lines(cells: list[str], differs: Callable[[Sequence[str]], bool]) -> list[str]:
    lines = [(index, line) for index, cell in enumerate(cells) for line in cell.split("\n")]

    def joined(some: Sequence[tuple[int, str]]) -> list[str]:
        return ["\n".join(line for at, line in some if at == index) for index in sorted({at for at, _ in some})]

    for size in (6, 2, 1, 1):
        for start in reversed(range(len(lines))):
            without = lines[:start] + lines[start + size :]
            if len(without) < len(lines) and _tried(joined(without), differs):
                lines = without
    return joined(lines)


def _tried(cells: list[str], differs: Callable[[Sequence[str]], bool]) -> bool:
    try:
        compile("\n".join(cell for cell in cells if "%" not in cell[:1]), "<cells>", "exec")
        return "def predict" in "\n".join(cells) and differs(cells)
    except SyntaxError:
        return False


def _options(asked: argparse.Namespace) -> dict[str, bool]:
    return {"keep_all": asked.keep_all, "one_process": asked.one_process, "training": asked.training}


def show(seed: int, cells: list[str], asked: argparse.Namespace) -> None:
    """Print a program with what becomes of each of its statements."""
    notebook = notebook_of(*cells)
    serving = slice_for(notebook, analyze(notebook, root=None), "predict")
    marks = {
        (each.location.cell, line): "KEEP " if each.training else "serve" if each.serving else "  -  "
        for each in serving.statements
        for line in range(each.location.line or 0, each.end_line + 1)
    }
    said = difference(cells, **_options(asked))
    print(f"=== seed {seed}: {said}; live in: {', '.join(serving.live_in)}")  # noqa: T201
    for cell in notebook.cells:
        for number, line in enumerate(cell.source.split("\n"), 1):
            print(f"{marks.get((cell.index, number), '     ')} [{cell.index}] {line}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
