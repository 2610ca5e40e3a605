"""What was written behind the image's name, and what to do then."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import Failed, Misfit
from .opened import open_card

_DEFAULT_CHUNK = 1000
_WORDS = "serve, selftest, predict, batch, --help, --version"


def run(app: Path, words: Sequence[str]) -> int:
    """Do what the words say and return the exit code: 0, 1 for an error, 2 for words or input that do not fit."""
    signal.signal(signal.SIGTERM, _end)
    try:
        return _run(app, words)
    except Failed as error:
        sys.stderr.write(f"{error}\n")
        return error.code
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python's own last flush would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return Failed.code
    except Ended:
        return 128 + signal.SIGTERM
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


class Ended(KeyboardInterrupt):
    """We were told to stop."""


def _end(_number: int, _frame: Any) -> None:
    raise Ended


def _run(app: Path, words: Sequence[str]) -> int:
    first = words[0]
    if first in {"--version", "version"}:
        return _version(app)
    if first == "help":
        words = ["--help"]
    elif first not in {"-h", "--help", "serve", *_COMMANDS}:
        raise Misfit(f"{first}: not known; there is {_WORDS}")
    options = _parser().parse_args(words)
    return _COMMANDS[options.word](app, options)


def _version(app: Path) -> int:
    """Print what the image was made from."""
    card = open_card(app)
    symbols = ", ".join(item["symbol"] for item in card["endpoints"])
    python = ".".join(map(str, sys.version_info[:3]))
    lines = [f"{symbols} of {card.get('notebook') or 'a notebook'}", f"Python {python}"]
    lines += [f"{name} {version}" for name, version in card.get("versions", {}).items()]
    sys.stdout.write("\n".join([*lines, ""]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="docker run IMAGE",
        description="A model with its server. Without a word it serves HTTP on PORT (8080).",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EXAMPLES,
    )
    parser.add_argument("--version", action="store_true", help="what the image was made from")
    parsers = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    parsers.add_parser("serve", help="serve HTTP (the default)")
    parsers.add_parser("selftest", help="ask what the notebook asked itself; 0 if the answers are the same, else 1")
    _add_predict(parsers)
    _add_batch(parsers)
    return parser


def _add_predict(parsers: Any) -> None:
    predict = parsers.add_parser("predict", help="answer one request: JSON from a file or standard input")
    words = "a JSON object by parameter name; - is standard input"
    predict.add_argument("file", nargs="?", default="-", metavar="FILE", help=words)
    _add_endpoint(predict)


def _add_batch(parsers: Any) -> None:
    batch = parsers.add_parser("batch", help="answer every row of a file: CSV, JSON Lines or Parquet")
    batch.add_argument("source", metavar="IN", help="the rows; - is standard input")
    batch.add_argument("target", metavar="OUT", help="the rows with their predictions; - is standard output")
    _add_endpoint(batch)
    formats = ("csv", "jsonl", "parquet")
    batch.add_argument("--format", choices=formats, help="of IN and OUT; else their names' endings say it")
    batch.add_argument("--to", choices=formats, help="of OUT, if it is another than IN's")
    batch.add_argument(
        "--errors",
        choices=("fail", "skip", "mark"),
        default="fail",
        help="rows that cannot be answered: end (the default), leave them out, or write why in a column `error`",
    )
    batch.add_argument("--columns", metavar="A,B", help="the columns that the model gets, in its order")
    batch.add_argument("--delimiter", default=",", metavar="CHARACTER", help="between the cells of a CSV file")
    batch.add_argument("--no-header", action="store_true", help="the first line of a CSV file is a row")
    batch.add_argument("--chunk", type=_count, default=_DEFAULT_CHUNK, metavar="ROWS", help="rows at a time (1000)")


def _add_endpoint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--endpoint", metavar="NAME", help="a function or its route, where there are several")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 2**31):
        raise argparse.ArgumentTypeError("a whole number above 0 is expected")
    return int(text)


def _selftest(app: Path, _options: Any) -> int:
    from .example import run_selftest  # noqa: PLC0415  # each word needs its own

    return run_selftest(app)


def _predict(app: Path, options: Any) -> int:
    from .single import run_predict  # noqa: PLC0415

    return run_predict(app, options.file, options.endpoint)


def _batch(app: Path, options: Any) -> int:
    from .batch import Options, run_batch  # noqa: PLC0415

    return run_batch(app, Options.of(options))


_COMMANDS = {"selftest": _selftest, "predict": _predict, "batch": _batch}
_EXAMPLES = """\
  docker run -p 8080:8080 IMAGE
  docker run IMAGE selftest
  docker run -i IMAGE predict < request.json
  docker run -v "$PWD:/data" IMAGE batch /data/rows.csv /data/answers.csv
  docker run -i IMAGE batch - - --format csv < rows.csv > answers.csv
"""
