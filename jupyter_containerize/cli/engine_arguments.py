"""What can be typed about finished images and the local store."""

from __future__ import annotations

import argparse
from pathlib import Path

_Commands = argparse._SubParsersAction  # noqa: SLF001  # argparse has no public name for it


def add_finished(commands: _Commands[argparse.ArgumentParser]) -> None:
    """Add ``rebase``, ``verify``, ``buildpack`` and ``monitoring``."""
    rebase = commands.add_parser(
        "rebase", help="put an image on the newest system packages, without building anything else again"
    )
    rebase.add_argument("image", help="its name, in the local store or at a registry")
    rebase.add_argument(
        "--to", dest="destination", default="", metavar="DESTINATION", help="where to put it beside, as for build"
    )
    rebase.add_argument("--force", action="store_true", help="also onto a base of another name or distribution")
    add_attesting(rebase)
    loudness = rebase.add_mutually_exclusive_group()
    loudness.add_argument("--quiet", action="store_true", help="print only the image's name, or what went wrong")
    loudness.add_argument(
        "--json", action="store_true", help="events as JSON lines on stderr, one closing object on stdout"
    )
    verify = commands.add_parser("verify", help="make sure that a key signed an image at a registry")
    verify.add_argument("image", help="its name, as in HOST/NAME:TAG")
    verify.add_argument("--key", type=Path, required=True, metavar="FILE", help="the public key (PEM)")
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    buildpack = commands.add_parser(
        "buildpack", help="write a Cloud Native Buildpack that builds notebooks with others' tools"
    )
    buildpack.add_argument("--output", type=Path, required=True, metavar="DIR", help="the folder to write it to")
    monitoring = commands.add_parser(
        "monitoring", help="write a Grafana dashboard and Prometheus alert rules for served images"
    )
    monitoring.add_argument("--output", type=Path, required=True, metavar="DIR", help="the folder to write them to")


def add_attesting(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add what says which documents go beside a published image."""
    parser.add_argument("--sign-key", type=Path, metavar="FILE", help="sign what is published with this private key")
    parser.add_argument(
        "--no-attest",
        dest="attest",
        action="store_false",
        help="publish no bill of materials and no provenance beside the image",
    )


def add_store(commands: _Commands[argparse.ArgumentParser]) -> None:
    """Add ``store`` and its actions."""
    store = commands.add_parser("store", help="show, check and shrink the local store")
    actions = store.add_subparsers(dest="action", required=True, metavar="ACTION")
    usage = actions.add_parser("usage", help="show what takes how much room")
    verify = actions.add_parser("verify", help="read everything again and compare it with its digest")
    verify.add_argument("--repair", action="store_true", help="remove what is damaged and can be made again")
    prune = actions.add_parser("prune", help="remove what no image and no recent build uses")
    prune.add_argument(
        "--days", type=float, default=7, metavar="N", help="builds of the last N days are recent (default: %(default)s)"
    )
    gc = actions.add_parser("gc", help="remove what was used least lately, until the store is small enough")
    gc.add_argument("--keep", required=True, metavar="SIZE", help="how large it may be, as in 20GB")
    for action in (prune, gc):
        action.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    for action in (usage, verify, prune, gc):
        action.add_argument("--json", action="store_true", help="print one JSON object")
