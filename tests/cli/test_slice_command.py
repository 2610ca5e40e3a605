"""The slice command as people and programs use it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from jupyter_containerize.cli import main
from jupyter_containerize.cli.arguments import parse
from jupyter_containerize.cli.slice import print_slice
from jupyter_containerize.domain.build import CellOrder
from jupyter_containerize.domain.serving import StateSource
from jupyter_containerize.lifecycle.slicing import with_serving
from tests.lifecycle.sliced_notebook import PART, ROWS, view

PREDICT = "def predict(x: float) -> float:\n    return x"


def printed(shown, *, width=80, encoding="utf-8", **options):
    """Return what a person sees of a slice."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n", write_through=True)
    print_slice(shown, Console(file=file, width=width, highlight=False, **options))
    return raw.getvalue().decode(encoding)


PAGE = """\
│  runs to make the state    ●  is in the image    no mark: left out

[1]
│● import numpy                                            predict needs 'numpy'
   import seaborn                                                     only draws
│  import sklearn.svm  # a comment                        cell 3 needs 'sklearn'

[2]
│  data = [1, 2]                                             cell 3 needs 'data'

   seaborn.set_theme(
       'dark'
   )                                                                  only draws

[3]
│  model = sklearn.svm.SVC()
│      ^ predict needs 'model', and there is no room for so much beside it

[4] left out
   print(data)                                                        only shows

[5]
 ● def predict(x: float) -> float:
 ●     return numpy.floor(model + x)                                   it serves

serves predict (function, made.ipynb[5]:1) on POST /predict: it is named 'predict'
4 of 8 statements run to make the state, 2 in the image, 3 left out
3 of 5 cells run, 2 in the image; 1 of 3 distributions named by the serving code
captures model, bound in cell 3
in the image for the serving code: numpy
in the image only if the captured objects need it: scikit-learn
left out: seaborn
warning: cell 3: It is so. Look.
"""


def test_print_slice__eighty_columns_without_colour__reads_whole():
    """Marks, lines and reasons; a reason that does not fit stands below."""
    out = printed(view(rows=with_serving(ROWS, PART)))
    assert out == PAGE
    assert all(len(line) <= 80 for line in out.partition("serves")[0].splitlines())


def test_print_slice__terminal_without_unicode__plain_marks():
    """Where only ASCII can be printed, so are the marks."""
    out = printed(view(), encoding="ascii")
    assert "|* import numpy" in out


def test_print_slice__colours__change_nothing_of_the_text():
    """A terminal gets colours on top, the same characters otherwise."""
    coloured = printed(view(), force_terminal=True, color_system="standard")
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == printed(view())


def test_print_slice__nothing_could_be_left_out__says_why():
    """The reason for keeping everything is told."""
    assert "nothing could be left out: cell 2 calls exec" in printed(view(replace(PART, whole="cell 2 calls exec")))


def test_print_slice__markup_in_code__is_shown_as_it_is():
    """What stands in brackets is code."""
    statement = replace(PART.statements[0], reason="[bold]x[/bold]")
    assert "[bold]x[/bold]" in printed(view(replace(PART, statements=(statement,))))


def test_slice__json__one_object(write_notebook, capsys):
    """A program gets the same as one object; what is asked for goes along."""
    path = write_notebook("rate = 2", "def predict(x: float) -> float:\n    return rate * x", "predict(1.0)")
    assert main(["slice", str(path), "--json", "--state", "startup", "--order", "document", "--keep", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["notebook"], told["state"], told["order"]) == (str(path), "startup", "document")
    assert [entry["symbol"] for entry in told["entries"]] == ["predict"]


def test_slice__text__shows_the_notebook(write_notebook, capsys):
    """Every code line is there, with the cell's number."""
    path = write_notebook("rate = 2", "def predict(x: float) -> float:\n    return rate * x")
    assert main(["slice", str(path)]) == 0
    out = capsys.readouterr().out
    for text in ("[1]", "rate = 2", "[2]", "return rate * x", "serves predict", "captures rate"):
        assert text in out


REFUSED = {
    "no such cell": (("--keep", "9"), 2, "JC-SLICE-01"),
    "kept and dropped": (("--keep", "1", "--drop", "1"), 2, "JC-SLICE-02"),
    "no such function": (("--serve", "nothing"), 11, "JC-ANALYSIS"),
}


@pytest.mark.parametrize(("argv", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_slice__what_cannot_be__is_said_with_the_exit_code(write_notebook, capsys, argv, code, said):
    """An error in words on standard error, nothing on standard output."""
    assert main(["slice", str(write_notebook(PREDICT)), *argv]) == code
    printed_ = capsys.readouterr()
    assert printed_.out == ""
    assert said in printed_.err


WRONG = {
    "no notebook": ("slice",),
    "the running kernel": ("slice", "a.ipynb", "--state", "live"),
    "cell zero": ("slice", "a.ipynb", "--keep", "0"),
    "a cell that is no number": ("build", "a.ipynb", "--drop", "first"),
    "an unknown state": ("build", "a.ipynb", "--state", "later"),
    "an unknown order": ("build", "a.ipynb", "--order", "random"),
    "an unknown check": ("build", "a.ipynb", "--check", "perhaps"),
    "a kernel's file and a fresh run": ("build", "a.ipynb", "--kernel-file", "k.json", "--state", "run"),
}


@pytest.mark.parametrize("argv", WRONG.values(), ids=WRONG)
def test_main__wrong_arguments_of_a_slice__exits_with_2(argv, capsys):
    """What cannot be understood ends with 2."""
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_parse__build_options_of_a_slice__are_collected():
    """Options that can be repeated keep their order."""
    text = "build n.ipynb --serve b --serve a --state startup --order execution --keep 3 --keep 1 --drop 2 --recreate c"
    arguments = parse(text.split())
    assert (arguments.symbols, arguments.keep, arguments.drop, arguments.recreate) == (["b", "a"], [3, 1], [2], ["c"])
    assert (arguments.state, arguments.order) == (StateSource.STARTUP, CellOrder.EXECUTION)


def test_slice__reader_goes_away__no_stack_trace(write_notebook):
    """`| head -1` gets its line, and nobody complains."""
    path = write_notebook(*(f"a{number} = {'x' * 200!r}" for number in range(2000)), PREDICT)
    command = [sys.executable, "-m", "jupyter_containerize.cli", "slice", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "image" in process.stdout.readline().decode()
        process.stdout.close()
        assert process.stderr.read() == b""
