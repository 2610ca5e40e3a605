"""What can be typed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from importlib import metadata
from pathlib import Path

from jupyter_containerize.cli.engine_arguments import add_finished, add_store
from jupyter_containerize.cli.request import add_layer_options
from jupyter_containerize.domain.build import CellOrder, CheckMode, SelfTestMode
from jupyter_containerize.domain.serving import StateSource
from jupyter_containerize.lifecycle import FORMATS, WRITABLE

_DESTINATIONS = """\
destinations (--to):
  docker, podman      the engine that answers here
  auto                docker, where an engine answers; else nothing but the store
  oci:DIR             a folder in OCI image layout
  archive:FILE.tar    one file, for docker load and podman load
  HOST/NAME:TAG       a registry, with the credentials that docker login keeps
Without --to the image stays in the local store, which all builds share.

exit codes:
  0 done    2 wrong arguments    10 the notebook    11 nothing to serve    12 the kernel
  13 running the notebook    20 dependencies    30 network    40 the local store
  50 the destination    60 the self-test    70 our bug    130 cancelled
"""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments; ``command`` says which. Exits with 2 on what cannot be understood."""
    parser = argparse.ArgumentParser(
        prog="jupyter containerize",
        description="Turn a notebook into a model-serving OCI image: no Dockerfile, no root, no Docker daemon.",
    )
    parser.add_argument("--version", action="version", version=metadata.version("jupyter-containerize"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _build(commands)
    _plan(commands)
    _preview(commands)
    _slice(commands)
    images = commands.add_parser("images", help="list the images of the local store")
    images.add_argument("--json", action="store_true", help="print one JSON object a line")
    run = commands.add_parser("run", help="start an image of the local store on this machine")
    run.add_argument("image", help="its name, as `jupyter containerize images` lists it")
    run.add_argument("--port", type=int, default=8080, help="the loopback port that it answers on (default: 8080)")
    add_finished(commands)
    add_store(commands)
    arguments = parser.parse_args(argv)
    if getattr(arguments, "kernel_file", None) and arguments.state not in {None, StateSource.LIVE}:
        parser.error("--kernel-file names a running kernel, so it needs --state live")
    return arguments


def _build(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    build = commands.add_parser(
        "build",
        help="build, test and publish an image",
        epilog=_DESTINATIONS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _asked(build)
    loudness = build.add_mutually_exclusive_group()
    loudness.add_argument("--quiet", action="store_true", help="print only the image's name, or what went wrong")
    loudness.add_argument(
        "--json", action="store_true", help="events as JSON lines on stderr, one closing object on stdout"
    )


def _plan(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    plan = commands.add_parser(
        "plan",
        help="show every layer that a build would make or take, with the reason, and what differs from another image",
        description="Decides all that a build decides. The notebook's part runs if its objects are not known yet; "
        "no layer is made, and no name moves.",
    )
    _asked(plan)
    plan.add_argument("--diff", default="", metavar="IMAGE", help="compare with an image here or at a registry")
    plan.add_argument("--json", action="store_true", help="print one JSON object")


def _asked(build: argparse.ArgumentParser) -> None:
    """Add what a build is asked for, and a plan with it."""
    build.add_argument("notebook", type=Path, help="the notebook, a .ipynb file")
    build.add_argument("--tag", default="", help="the image's name (default: from the notebook's file name)")
    build.add_argument("--to", dest="destination", default="", metavar="DESTINATION", help="where to put it, see below")
    build.add_argument("--kernel", default="", help="run it with this kernel instead of the notebook's own")
    build.add_argument(
        "--base",
        default="",
        metavar="IMAGE",
        help="a base image from a registry; 'debian': none, whatever project.toml says",
    )
    _part(build, states=tuple(StateSource))
    build.add_argument(
        "--kernel-file",
        type=Path,
        metavar="FILE",
        help="connection file of the kernel to take them from (default: that of the open notebook); means --state live",
    )
    build.add_argument(
        "--check",
        type=CheckMode,
        choices=list(CheckMode),
        default=CheckMode.AUTO,
        help="make sure that the part that runs answers as the whole notebook: by the answer that it shows, else by "
        "running the whole too (auto, default); by running the whole in any case (full); not at all (skip)",
    )
    build.add_argument("--strict", action="store_true", help="refuse objects that would have to be pickled")
    build.add_argument("--rerun", action="store_true", help="run the notebook even if its state is known")
    build.add_argument(
        "--selftest",
        type=SelfTestMode,
        choices=list(SelfTestMode),
        default=SelfTestMode.AUTO,
        help="start the image and compare its answer with the notebook's (default: where that is possible)",
    )
    add_layer_options(build)


def _slice(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "slice", help="show line by line what runs to make the state and what goes into the image, running nothing"
    )
    parser.add_argument("notebook", type=Path, help="the notebook, a .ipynb file")
    _part(parser, states=(StateSource.RUN, StateSource.STARTUP))
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _part(parser: argparse.ArgumentParser, *, states: Sequence[StateSource]) -> None:
    """Add what decides which part of the notebook is used."""
    parser.add_argument(
        "--serve",
        dest="symbols",
        action="append",
        default=[],
        metavar="SYMBOL",
        help="what answers: a function, model.predict, a fitted model; again for more endpoints, the first on /predict",
    )
    words = {"run": "the notebook's part runs now (default)", "live": "taken from the kernel that runs"}
    words["startup"] = "made when a container starts"
    parser.add_argument(
        "--state",
        type=StateSource,
        choices=list(states),
        help=f"where the objects come from: {', '.join(f'{state}: {words[state]}' for state in states)}",
    )
    parser.add_argument(
        "--order",
        type=CellOrder,
        choices=list(CellOrder),
        help="take the cells in the document's order (default) or in that of their last execution",
    )
    parser.add_argument(
        "--keep", type=_cell, action="append", default=[], metavar="CELL", help="run this cell in any case (1-based)"
    )
    parser.add_argument(
        "--drop", type=_cell, action="append", default=[], metavar="CELL", help="run this cell in no case (1-based)"
    )
    parser.add_argument(
        "--recreate",
        action="append",
        default=[],
        metavar="NAME",
        help="make this object anew when a container starts, instead of capturing it",
    )


def _preview(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    preview = commands.add_parser(
        "preview", help="show what notebooks depend on and what a build would serve, running nothing"
    )
    preview.add_argument(
        "notebooks", type=Path, nargs="+", metavar="NOTEBOOK", help=".ipynb files, and folders of them"
    )
    where = preview.add_mutually_exclusive_group()
    where.add_argument(
        "--no-environment",
        dest="environment",
        action="store_false",
        help="answer from the notebook and the files beside it, without asking a kernel",
    )
    where.add_argument("--python", type=Path, metavar="PATH", help="ask this interpreter instead of the kernel's")
    shape = preview.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print one JSON object a line and notebook")
    shape.add_argument(
        "--explain", metavar="DISTRIBUTION", help="say why it is needed and where its version comes from"
    )
    shape.add_argument("--format", choices=FORMATS, help="print the dependencies in one of these forms")
    preview.add_argument(
        "--write",
        choices=WRITABLE,
        help="put them into the notebook: a PEP 723 block in a cell, or a list in its metadata",
    )
    preview.add_argument(
        "--details",
        action="store_true",
        help="ask the package index for licences, sizes in the image and wheels for each platform",
    )
    preview.add_argument(
        "--advisories",
        default="",
        metavar="PATH",
        help="known vulnerabilities: a file, folder or zip of OSV records, or `osv` to ask osv.dev",
    )
    preview.add_argument(
        "--as-of",
        type=_day,
        metavar="DATE",
        help="what nothing pins gets the newest version of that day (YYYY-MM-DD)",
    )


def _cell(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no cell's number; they are counted from 1, text and code alike")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 2024-02-29") from error
