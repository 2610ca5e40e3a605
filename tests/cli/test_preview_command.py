"""The preview command as people and programs use it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from jupyter_containerize.cli import main
from jupyter_containerize.cli.preview import notebooks_of
from tests.lifecycle.test_preview import TOKEN
from tests.lifecycle.test_preview_details import RECORD
from tests.resolution.small_wheels import make_wheel
from tests.server.api_schema import check_component

CONTRACT = {"notebook", "language", "python", "dependencies", "system_packages", "files", "findings"}
ROW = {"distribution", "import_names", "version", "specifier", "kind", "evidence"}
PYTHON = {"language_info": {"name": "python", "version": "3.11.4"}}
PREDICT = "def predict(x: float) -> float:\n    return x"


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


@pytest.fixture
def run(alone, capsys):
    """Return a function that previews from the notebook alone: exit code, standard output, standard error."""
    del alone

    def run(*argv, environment=False):
        code = main(["preview", *map(str, argv), *(() if environment else ("--no-environment",))])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_notebooks_of__files_and_folders__sorted_and_without_checkpoints(tmp_path):
    """Files as they are named, folders sorted and deep; what Jupyter and others keep beside is passed over."""
    for name in ("b.ipynb", "a.ipynb", "deep/c.ipynb", ".ipynb_checkpoints/a.ipynb", ".git/d.ipynb", "x.txt"):
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).touch()
    named = tmp_path / "z.ipynb"
    found = notebooks_of([named, tmp_path / "folder"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "z.ipynb",
        "folder/a.ipynb",
        "folder/b.ipynb",
        "folder/deep/c.ipynb",
    ]


def test_preview__json__has_the_contract_on_each_line(run, write_notebook):
    """One object a line and notebook; the fields that others rely on are there with their shapes."""
    first = write_notebook(
        "import sklearn.svm",
        "import helper, pandas as pd\npd.read_parquet('x')",
        "%pip install flask==3.0",
        name="a.ipynb",
    )
    write_notebook("!apt-get install -y graphviz\nopen('there.csv')", name="b.ipynb")
    first.with_name("helper.py").write_text("import numpy\n")
    first.with_name("there.csv").write_text("1\n")
    code, out, err = run(first.parent, "--json")
    assert (code, err) == (0, "")
    one, two = map(json.loads, out.splitlines())
    for line in (one, two):
        assert set(line) >= CONTRACT
        check_component(line, "Preview")
        assert all(set(row) >= ROW for row in line["dependencies"])
        assert all({"cell", "line", "rule"} <= set(item) for row in line["dependencies"] for item in row["evidence"])
    assert (one["notebook"], one["language"], one["python"]) == (str(first), "python", None)
    assert {row["distribution"]: row["kind"] for row in one["dependencies"]} == {
        "flask": "declared",
        "numpy": "local",
        "pandas": "direct",
        "pyarrow": "hidden",
        "scikit-learn": "direct",
    }
    rows = {row["distribution"]: row for row in one["dependencies"]}
    assert (rows["flask"]["version"], rows["flask"]["specifier"]) == ("3.0", "==3.0")
    assert rows["scikit-learn"]["import_names"] == ["sklearn"]
    assert rows["scikit-learn"]["evidence"] == [{"rule": "import", "detail": "sklearn.svm", "cell": 1, "line": 1}]
    assert rows["numpy"]["evidence"][0]["file"] == "helper.py"
    assert [(row["name"], row["evidence"][0]["cell"]) for row in two["system_packages"]] == [("graphviz", 1)]
    assert [(item["text"], item["exists"]) for item in two["files"]] == [("there.csv", True)]


def test_preview__kernel__versions_are_the_kernels(run, write_notebook):
    """Asked or named, an interpreter gives versions."""
    path = write_notebook("import pytest", PREDICT)
    for argv in ((path, "--json"), (path, "--json", "--python", sys.executable)):
        code, out, _ = run(*argv, environment=True)
        assert code == 0
        line = json.loads(out)
        (row,) = line["dependencies"]
        assert (row["version"], row["source"], row["proof"]) == (pytest.__version__, "kernel", "kernel")
        assert (line["python"], line["python_source"]) == (".".join(map(str, sys.version_info[:3])), "kernel")


def test_preview__broken_among_good__others_are_answered(run, write_notebook):
    """A damaged notebook has its own line, with the same fields, and gives the exit code; the others are answered."""
    good = write_notebook("import numpy", name="a.ipynb")
    broken = write_notebook(name="b.ipynb")
    broken.write_text("{broken")
    last = write_notebook("import pandas", name="c.ipynb")
    missing = good.with_name("d.ipynb")
    code, out, err = run(good, broken, last, missing, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (10, "")
    assert [line["notebook"] for line in lines] == [str(good), str(broken), str(last), str(missing)]
    assert [len(line["dependencies"]) for line in lines] == [1, 0, 1, 0]
    assert set(lines[1]) == CONTRACT
    assert [item["code"] for line in (lines[1], lines[3]) for item in line["findings"]] == [
        "JC-NOTEBOOK-03",
        "JC-NOTEBOOK-01",
    ]
    for line in (lines[1], lines[3]):
        check_component(line["findings"][0], "Finding")


def test_preview__broken_among_good__words_on_stderr(run, write_notebook):
    """In a table run the problem has its words, and no stack trace."""
    broken = write_notebook(name="b.ipynb")
    broken.write_text("{broken")
    code, out, err = run(broken, write_notebook("import numpy", name="c.ipynb"))
    assert code == 10
    assert "numpy" in out
    assert "JC-NOTEBOOK-03" in err
    assert "Traceback" not in out + err


def test_preview__folder_without_notebooks__says_so(run, tmp_path):
    """Nothing to show is said, and is no failure."""
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty") == (0, "", "There are no notebooks here\n")


EXPLAINED = {
    "distribution": (
        "scikit-learn",
        ["scikit-learn", "n.ipynb[1]:2: import: sklearn.svm", "from sklearn.svm import SVC"],
    ),
    "another spelling": ("Scikit_Learn", ["scikit-learn"]),
    "import name": ("sklearn", ["scikit-learn"]),
    "dotted module": ("sklearn.svm", ["scikit-learn"]),
    "part of a namespace": ("google", ["google-cloud-bigquery", "google-cloud-storage"]),
    "hidden": (
        "pyarrow",
        ["nothing imports it", "hidden:pandas-parquet", "pd.read_parquet('x')", "fastparquet would do"],
    ),
    "declared": ("flask", ["flask 3.0 (from %pip)", "installation command"]),
    "system package": ("graphviz", ["graphviz: a system package", "!apt"]),
}


@pytest.mark.parametrize(("name", "texts"), EXPLAINED.values(), ids=EXPLAINED)
def test_preview__explain__says_who_asks_line_by_line(run, write_notebook, name, texts):
    """By distribution or by what is imported: who asks, with the line of code."""
    path = write_notebook(
        "import numpy\nfrom sklearn.svm import SVC",
        "import pandas as pd\npd.read_parquet('x')",
        "%pip install flask==3.0\n!apt-get install -y graphviz",
        "from google.cloud import storage, bigquery",
    )
    code, out, err = run(path, "--explain", name)
    assert (code, err) == (0, "")
    assert all(text in out for text in texts), out


def test_preview__explain_what_nobody_needs__clear_error(run, write_notebook):
    """The error names what is needed, and the exit code is the one for wrong arguments."""
    code, out, err = run(write_notebook("import numpy\nimport pandas"), "--explain", "torch")
    assert (code, out) == (2, "")
    assert "JC-PREVIEW-01" in err
    assert "numpy and pandas" in err
    assert "torch" in err


def test_preview__explain_a_line_with_a_secret__line_is_not_repeated(run, write_notebook):
    """A token in the line that asks stays where it is; nor does a terminal obey what stands in code."""
    path = write_notebook(f"import numpy  # {TOKEN}", "import pandas  # \x1b[31mred")
    for name in ("numpy", "pandas"):
        code, out, _ = run(path, "--explain", name)
        assert code == 0
        assert TOKEN not in out
        assert "\x1b" not in out


FORMS = {
    "requirements": lambda text: "numpy==1.26.4" in text,
    "environment": lambda text: "- numpy==1.26.4" in text,
    "pep723": lambda text: text.startswith("# /// script\n"),
    "pylock": lambda text: tomllib.loads(text)["packages"][0]["name"] == "numpy",
}


@pytest.fixture
def wheels(alone, tmp_path, monkeypatch):
    """Return a folder that is the only index; it has one release of numpy."""
    del alone
    make_wheel(tmp_path / "links", "numpy", "1.26.4")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return tmp_path / "links"


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize("form", FORMS)
def test_preview__format__prints_only_that(run, write_notebook, form):
    """What is printed can be sent to a file as it is."""
    code, out, err = run(
        write_notebook("import numpy", "%pip install numpy==1.26.4", metadata=PYTHON), "--format", form
    )
    assert (code, err) == (0, "")
    assert FORMS[form](out)


@pytest.mark.parametrize("form", ["pep723", "metadata"])
def test_preview__write__second_time_changes_nothing(run, write_notebook, form):
    """Only what is asked for is written, and once."""
    path = write_notebook("import numpy", "%pip install numpy==1.26.4")
    before = path.read_bytes()
    run(path)
    assert path.read_bytes() == before
    assert run(path, "--write", form) == (0, "", f"{path}: written\n")
    once = path.read_bytes()
    assert b"numpy==1.26.4" in once
    assert once != before
    assert run(path, "--write", form) == (0, "", f"{path}: up to date\n")
    assert path.read_bytes() == once


def test_preview__write_with_json__says_both(run, write_notebook):
    """Standard output stays JSON."""
    code, out, err = run(write_notebook("import numpy"), "--write", "metadata", "--json")
    assert code == 0
    assert json.loads(out)["dependencies"]
    assert err.endswith("written\n")


@pytest.mark.usefixtures("wheels")
def test_preview__as_of__newest_of_that_day(run, write_notebook):
    """A date gives versions to what nothing pins."""
    _, out, _ = run(write_notebook("import numpy", metadata=PYTHON), "--as-of", "2021-06-01", "--json")
    (row,) = json.loads(out)["dependencies"]
    assert (row["version"], row["source"]) == ("1.26.4", "newest of 2021-06-01")


def test_preview__advisories__known_weaknesses(run, write_notebook, tmp_path):
    """Records in a file are told in JSON and in words."""
    (tmp_path / "osv.json").write_text(json.dumps(RECORD))
    path = write_notebook("import numpy", "%pip install numpy==1.21")
    _, out, _ = run(path, "--advisories", tmp_path / "osv.json", "--json")
    assert json.loads(out)["dependencies"][0]["vulnerabilities"][0]["id"] == "GHSA-1"
    _, out, _ = run(path, "--advisories", tmp_path / "osv.json", "--explain", "numpy")
    assert "vulnerability GHSA-1 (CVE-2020-1): It leaks.; fixed in 1.22" in out


def test_preview__advisories_that_are_none__clear_error(run, write_notebook, tmp_path):
    """A wrong path is an error in words."""
    code, _, err = run(write_notebook("import numpy"), "--advisories", tmp_path / "nothing.json")
    assert code == 20
    assert "JC-RESOLUTION-12" in err
    assert "Traceback" not in err


WRONG = {
    "no notebook": (),
    "JSON and a form": ("a.ipynb", "--json", "--format", "requirements"),
    "JSON and words": ("a.ipynb", "--json", "--explain", "numpy"),
    "words and a form": ("a.ipynb", "--explain", "numpy", "--format", "pep723"),
    "an interpreter and none": ("a.ipynb", "--no-environment", "--python", "python3"),
    "an unknown form": ("a.ipynb", "--format", "poetry"),
    "an unknown place to write": ("a.ipynb", "--write", "requirements"),
    "a day that is none": ("a.ipynb", "--as-of", "yesterday"),
}


@pytest.mark.parametrize("argv", WRONG.values(), ids=WRONG)
def test_preview__wrong_arguments__exits_with_2(argv, capsys):
    """What cannot be understood ends with 2 and says what is wrong, without our own names for it."""
    with pytest.raises(SystemExit) as ended:
        main(["preview", *argv])
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert "error:" in err
    assert "fromisoformat" not in err


TABLE = """\
┏━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━━━┳━━━━━━━━┳━━━━━━━━━━━━━━━━┓
┃ Distribution ┃ Version ┃ From   ┃ Kind   ┃ Asked for by   ┃
┡━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━━━╇━━━━━━━━╇━━━━━━━━━━━━━━━━┩
│ flask        │ 3.0     │ %pip   │ direct │ cell 2         │
│ numpy        │ any     │ newest │ direct │ cell 1, cell 3 │
└──────────────┴─────────┴────────┴────────┴────────────────┘
"""


def test_preview__table__reads_whole_at_eighty_columns(run, write_notebook, monkeypatch):
    """What a person sees: the notebook, what it serves, the table, what else is known."""
    path = write_notebook(
        "import numpy",
        "%pip install flask==3.0\n!apt-get install -y graphviz\nimport flask",
        "import numpy.linalg, os\nos.environ['TOKEN']\nopen('gone.csv')",
        PREDICT,
        "predict(1.0)",
    )
    monkeypatch.chdir(path.parent)
    code, out, err = run("n.ipynb")
    assert (code, err) == (0, "")
    # How much the slice leaves out is the slice's matter.
    out = re.sub(r"^\d+ of 9 statements run .*\n\d of 5 cells run.*$", "COUNTS", out, flags=re.MULTILINE)
    assert out == (
        "n.ipynb: python, kernel python3, Python version unknown\n"
        "serves predict (function, n.ipynb[4]:1) on POST /predict: it is named 'predict'; its parameters have types; "
        "cell 5 calls it\nCOUNTS\n"
        "used only for training or plotting, left out:\n"
        f"{TABLE}"
        "system package graphviz: !apt\n"
        "environment variable TOKEN (needed): cell 3\n"
        "1 file named (0 bytes), 1 not there\n"
        "warning: cell 3: The notebook reads gone.csv, which is not there, and nothing in it writes that file. "
        "Put the file where the notebook looks for it.\n"
    )


def test_preview__brackets_and_colons__are_no_markup(run, write_notebook, monkeypatch):
    """What users write is shown as it is."""
    path = write_notebook(
        "import sys\nsys.path.append('[red]:smile:')\nimport odd",
        "open('/[red]x[/red]:smile:.csv')",
        name="[bold]n:smile:.ipynb",
    )
    folder = path.with_name("[red]:smile:")
    folder.mkdir()
    (folder / "odd.py").write_text("import pandas")
    monkeypatch.chdir(path.parent)
    _, out, _ = run(path.name)
    for text in ("[bold]n:smile:.ipynb: python", "│ [red]:smile:/odd.py", "/[red]x[/red]:smile:.csv"):
        assert text in out


LONG = "a-very-long-name-that-somebody-chose-for-their-own-distribution-of-tools"


def test_preview__long_names__none_is_cut(run, write_notebook):
    """A table that is wider than the terminal folds, and loses no letter."""
    path = write_notebook(f"import {LONG.replace('-', '_')}", f"%pip install {LONG}==1.0.0.dev20240101")
    _, out, _ = run(path)
    assert all(len(line) <= 80 for line in out.splitlines() if line[:1] in "│┃")
    cells = "".join(line.split("│")[1].strip() for line in out.splitlines() if line.startswith("│"))
    assert cells == LONG


def test_preview__reader_goes_away__no_stack_trace(write_notebook):
    """`| head -1` gets its line, and nobody complains."""
    for number in range(200):
        path = write_notebook(*(f"import numpy  # {'x' * 50}" for _ in range(30)), name=f"{number:03}.ipynb")
    command = [
        sys.executable,
        "-m",
        "jupyter_containerize.cli",
        "preview",
        "--json",
        "--no-environment",
        str(path.parent),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["language"] == "python"
        process.stdout.close()
        assert process.stderr.read() == b""


def test_preview__unforeseen_error__our_bug_and_the_next_notebook(run, write_notebook, monkeypatch):
    """Even a bug of ours in one notebook leaves the others answered."""
    first, second = (write_notebook("import numpy", name=name) for name in ("a.ipynb", "b.ipynb"))
    real = Path.resolve

    def fails_for_the_first(self, **options):
        if self.name == "a.ipynb":
            raise RuntimeError("odd")
        return real(self, **options)

    monkeypatch.setattr(Path, "resolve", fails_for_the_first)
    code, out, _ = run(first, second, "--json")
    assert code == 70
    assert [json.loads(line)["findings"][0]["code"] for line in out.splitlines()] == ["JC-BUG", "JC-ANALYSIS-01"]
