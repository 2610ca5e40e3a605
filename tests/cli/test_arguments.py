"""What can be typed, and what the help promises."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from jupyter_containerize.cli import main
from jupyter_containerize.cli.arguments import parse
from jupyter_containerize.domain.build import SelfTestMode
from jupyter_containerize.explain import EXIT_CODES

WRONG = {
    "no command": (),
    "an unknown command": ("bake",),
    "no notebook": ("build",),
    "an unknown option": ("build", "a.ipynb", "--fast"),
    "two ways to be quiet": ("build", "a.ipynb", "--quiet", "--json"),
    "an unknown self-test": ("build", "a.ipynb", "--selftest", "perhaps"),
    "a port that is no number": ("run", "iris", "--port", "http"),
}


INTERRUPTED = """
import signal, sys
from jupyter_containerize.cli import main
class Stops:
    # Ctrl+C while a command's modules are read, before anybody listens for it.
    def find_spec(self, name, *_):
        if name == "jupyter_containerize.lifecycle":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Stops())
sys.exit(main(["build", "a.ipynb", "--quiet"]))
"""


def test_main__interrupted_while_it_starts__is_cancelled_without_a_traceback():
    """A cancel at any point has the code of a cancel."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("argv", WRONG.values(), ids=WRONG.keys())
def test_main__wrong_arguments__exits_with_2(argv, capsys):
    """What cannot be understood ends with 2 and says what is wrong."""
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_parse__build__has_defaults_that_suit_a_person():
    """Nothing but the notebook has to be given."""
    arguments = parse(["build", "a.ipynb"])
    assert (arguments.tag, arguments.destination, arguments.base) == ("", "", "")
    assert arguments.selftest is SelfTestMode.AUTO
    assert (arguments.quiet, arguments.json, arguments.rerun) == (False, False, False)


def test_help__exit_codes__are_those_that_errors_have(capsys):
    """The list in the help is complete and has nothing else."""
    with pytest.raises(SystemExit):
        main(["build", "--help"])
    listed = capsys.readouterr().out.partition("exit codes:")[2]
    said = {int(number) for number in re.findall(r"(?<!\S)(\d+) [a-z]", listed)}
    assert said == {0, *EXIT_CODES.values()}


def test_main__version__is_said(capsys):
    """--version names a version and ends well."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\n", capsys.readouterr().out)
