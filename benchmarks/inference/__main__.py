"""Compare what our tool and its peers say that notebooks need with the truth, in one interleaved run.

    python benchmarks/inference --notebooks FOLDER --truth truth.json [--corpus corpus.json] [--tools ours,pipreqs,...]
        [--mode required|needed|both] [--environment VENV_PYTHON] [--rounds 1] [--cache DIR] [--json OUT]

See README.md beside this file for what is measured and for how to get the notebooks.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from folders import Laid, in_place, kernels_for, laid_out
from index import loopback_index
from peers import PEERS, FawltyDepsWithEnvironment
from report import Row, as_json, as_markdown
from tools import Answer, Ours, OursWithEnvironment, Peer, Setting, Tool
from truth import Mode, Truth, read_corpus, read_truth, score

_TOOLS: dict[str, type[Tool]] = {Ours.name: Ours, **{peer.name: peer for peer in PEERS}}
_WITH_ENVIRONMENT: dict[str, type[Tool]] = {"ours": OursWithEnvironment, "fawltydeps": FawltyDepsWithEnvironment}
_MODES: tuple[Mode, ...] = ("required", "needed")


def main() -> None:
    """Measure and print the tables."""
    arguments = _arguments()
    truth = read_truth(arguments.truth)
    corpus = read_corpus(arguments.corpus or arguments.truth.with_name(arguments.truth.name.replace("truth", "corpus")))
    modes = _MODES if arguments.mode == "both" else (arguments.mode,)
    with tempfile.TemporaryDirectory(prefix="inference-") as folder, ExitStack() as stack:
        work = Path(folder)
        laid = laid_out(work / "notebooks", arguments.notebooks, corpus, truth)
        checkouts = in_place(arguments.notebooks, corpus, truth)
        index = arguments.index or stack.enter_context(loopback_index(_known(truth) if arguments.strict else None))
        setting = _setting(arguments, index, laid, work)
        tools = _tools(arguments.tools.split(","), setting)
        answers = _rounds(tools, laid, checkouts if arguments.in_place else laid, arguments.rounds)
    rows = [_row(tool, answers[tool.name], truth, modes) for tool in tools]
    print(as_markdown(rows, modes))
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(rows), indent=1) + "\n")
    if arguments.predictions:
        arguments.predictions.mkdir(parents=True, exist_ok=True)
        for tool in tools:
            said = {identifier: sorted(names) for identifier, names in _first(answers[tool.name]).items()}
            (arguments.predictions / f"{tool.name}.json").write_text(json.dumps(said, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python benchmarks/inference", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--notebooks", type=Path, required=True, help="a folder with one folder OWNER+NAME a repository"
    )
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, help="default: beside the truth, `corpus` for `truth` in its name")
    parser.add_argument("--tools", default=",".join(_TOOLS), help="default: %(default)s")
    parser.add_argument("--mode", choices=[*_MODES, "both"], default="both")
    parser.add_argument("--environment", type=Path, metavar="VENV_PYTHON", help="adds the rows with an environment")
    parser.add_argument("--rounds", type=int, default=1, help="for the CPU seconds: the median of so many is given")
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/jupyter-containerize-benchmark").expanduser())
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every figure there")
    parser.add_argument("--predictions", type=Path, metavar="DIR", help="write what each tool said there")
    parser.add_argument("--in-place", action="store_true", help="ours reads the checkouts, with all that is in them")
    parser.add_argument("--index", default="", metavar="URL", help="for the peers that ask one (default: on loopback)")
    parser.add_argument("--strict", action="store_true", help="the loopback index has only names that the truth has")
    return parser.parse_args()


def _setting(arguments: argparse.Namespace, index: str, laid: Sequence[Laid], work: Path) -> Setting:
    arguments.cache.mkdir(parents=True, exist_ok=True)
    if arguments.environment is None:
        return Setting(cache=arguments.cache.resolve(), index=index)
    # Not resolve(): the interpreter of a virtual environment is a link out of it.
    python = arguments.environment.absolute()
    kernels = kernels_for(laid, python, work / "jupyter")
    return Setting(
        cache=arguments.cache.resolve(), index=index, environment=python, more={"JUPYTER_PATH": str(kernels)}
    )


def _tools(names: Sequence[str], setting: Setting) -> list[Tool]:
    kinds = [_TOOLS[name] for name in names]
    if setting.environment is not None:
        kinds += [_WITH_ENVIRONMENT[name] for name in names if name in _WITH_ENVIRONMENT]
    return [kind(setting) for kind in kinds]  # type: ignore[call-arg]


def _known(truth: Truth) -> frozenset[str]:
    return frozenset[str]().union(
        *(
            notebook.neutral.union(*(group.names for group in (*notebook.required, *notebook.extra)))
            for notebook in truth.values()
        )
    )


def _rounds(tools: Sequence[Tool], laid: Sequence[Laid], ours: Sequence[Laid], rounds: int) -> dict[str, list[Answer]]:
    """Let the tools take turns: notebook by notebook where one takes one, else once a round."""
    answers: dict[str, list[Answer]] = {tool.name: [] for tool in tools}
    for _ in range(rounds):
        parts: dict[str, list[Answer]] = {tool.name: [] for tool in tools}
        for tool in tools:
            if tool.at_once:
                parts[tool.name].append(tool.answer(ours))
        for item in laid:
            for tool in tools:
                if not tool.at_once:
                    parts[tool.name].append(tool.answer([item]))
        for name, part in parts.items():
            answers[name].append(_together(part))
    return answers


def _together(parts: Sequence[Answer]) -> Answer:
    return Answer(
        predictions={identifier: names for part in parts for identifier, names in part.predictions.items()},
        cpu_seconds=sum(part.cpu_seconds for part in parts),
        crashed=tuple(identifier for part in parts for identifier in part.crashed),
    )


def _first(answers: Sequence[Answer]) -> dict[str, frozenset[str]]:
    return dict(answers[0].predictions)


def _row(tool: Tool, answers: Sequence[Answer], truth: Truth, modes: Sequence[Mode]) -> Row:
    release = tool.packages[0].partition("==")[2] if isinstance(tool, Peer) else ""
    return Row(
        tool=tool.name,
        release=release,
        scores={mode: score(answers[0].predictions, truth, mode) for mode in modes},
        cpu_seconds=[answer.cpu_seconds for answer in answers],
        crashed=answers[0].crashed,
    )


if __name__ == "__main__":
    main()
