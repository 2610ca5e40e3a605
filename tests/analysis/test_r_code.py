"""What R code asks for, read without R, and what is said of Julia."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.analysis.r_code import (
    JULIA_NOT_BUILT,
    TokenKind,
    find_julia_packages,
    find_r_packages,
    tokens_of,
)
from jupyter_containerize.domain.notebook import Cell, CellKind, RPackage, Severity
from tests.notebooks.made import notebook_of


def cells_of(*sources: str) -> tuple[Cell, ...]:
    """Return code cells as an R notebook has them."""
    return tuple(
        Cell(id=str(index), index=index, kind=CellKind.CODE, source=source) for index, source in enumerate(sources, 1)
    )


def asked(*sources: str, root: Path | None = None) -> tuple[RPackage, ...]:
    """Return the packages that an R notebook with these cells asks for."""
    return find_r_packages(cells_of(*sources), "R", "a.ipynb", root=root)


# Source -> (name, rule, guarded) of each package, by line and name.
PACKAGES: dict[str, tuple[str, list[tuple[str, str, bool]]]] = {
    "library": ("library(dplyr)", [("dplyr", "library", False)]),
    "library of a text": ('library("dplyr")', [("dplyr", "library", False)]),
    "library with options": ("library(dplyr, quietly = TRUE)", [("dplyr", "library", False)]),
    "library by keyword": ("library(package = dplyr)", [("dplyr", "library", False)]),
    "library of a value": ('library("dplyr", character.only = TRUE)', [("dplyr", "library", False)]),
    "library of a variable": ("library(p, character.only = TRUE)", []),
    "library of a known variable": ('p <- "dplyr"\nlibrary(p, character.only = TRUE)', [("dplyr", "library", False)]),
    "library of nothing": ("library()\nlibrary(help = stats4)\nlibrary", []),
    "across lines": ("library(\n  # a comment\n  dplyr\n)", [("dplyr", "library", False)]),
    "require": ("require(dplyr)", [("dplyr", "require", False)]),
    "namespaces": (
        'requireNamespace("a1", quietly = TRUE)\nloadNamespace("b1")',
        [("a1", "requireNamespace", False), ("b1", "loadNamespace", False)],
    ),
    "qualified": (
        'dplyr::filter(x)\n`data.table`:::f\n"rlang"::abort()',
        [("dplyr", "::", False), ("data.table", ":::", False), ("rlang", "::", False)],
    ),
    "suppressed": ("suppressPackageStartupMessages(library(dplyr))", [("dplyr", "library", False)]),
    "pacman": (
        'pacman::p_load(dplyr, "tidyr", install = TRUE)',
        [("dplyr", "p_load", False), ("pacman", "::", False), ("tidyr", "p_load", False)],
    ),
    "pacman with texts": ('p_load(char = c("a1", "b1"))', [("a1", "p_load", False), ("b1", "p_load", False)]),
    "box": (
        "box::use(dplyr[select, f = filter], pl = purrr, ./local, tidyr)",
        [("box", "::", False), ("dplyr", "use", False), ("purrr", "use", False), ("tidyr", "use", False)],
    ),
    "use": ('use("dplyr", c("filter"))\nuse(x)', [("dplyr", "use", False)]),
    "install": (
        'install.packages(c("a1", "b1"), repos = "https://h.org")',
        [("a1", "install.packages", False), ("b1", "install.packages", False)],
    ),
    "install what is wanted": (
        'wanted <- c("a1", "b1")\nnew <- wanted[!(wanted %in% installed.packages())]\ninstall.packages(new)',
        [("a1", "install.packages", False), ("b1", "install.packages", False)],
    ),
    "install if needed": (
        'if (!require(a1)) install.packages("a1")\nlibrary(b1)',
        [("a1", "require", True), ("a1", "install.packages", True), ("b1", "library", False)],
    ),
    "install in a block": (
        'if (!requireNamespace("a1")) {\n  install.packages("a1")\n}\nlibrary(b1)',
        [("a1", "requireNamespace", True), ("a1", "install.packages", True), ("b1", "library", False)],
    ),
    "on the next line": (
        "if (x)\n  library(a1) else\n  library(b1)\nlibrary(c1)",
        [("a1", "library", True), ("b1", "library", True), ("c1", "library", False)],
    ),
    "in a try": (
        "tryCatch(library(a1), error = f)\ntry({ library(b1) })",
        [("a1", "library", True), ("b1", "library", True)],
    ),
    "in a function": ("f <- function(x) {\n  library(a1)\n}", [("a1", "library", False)]),
    "in a loop": (
        'for (p in c("a1", "b1")) library(p, character.only = TRUE)',
        [("a1", "library", True), ("b1", "library", True)],
    ),
    "applied": (
        'wanted <- c("a1", "b1")\ninvisible(lapply(wanted, library, character.only = TRUE))',
        [("a1", "lapply", False), ("b1", "lapply", False)],
    ),
    "applied to others": ('lapply(c("a1"), print)', []),
    "from GitHub": (
        'remotes::install_github("u/a1@v1")\ndevtools::install_github(c("u/b1", "u/c1"))',
        [
            ("a1", "install_github", False),
            ("remotes", "::", False),
            ("b1", "install_github", False),
            ("c1", "install_github", False),
            ("devtools", "::", False),
        ],
    ),
    "Bioconductor": (
        'BiocManager::install(c("limma", "edgeR"))',
        [("BiocManager", "::", False), ("edgeR", "install", False), ("limma", "install", False)],
    ),
    "another install": ('install("a1")', []),
    "data": ('data(x, package = "a1")\ndata(y)', [("a1", "data", False)]),
    "R's own": ("library(stats)\nutils::head(x)\nlibrary(parallel)\nlibrary(MASS)", [("MASS", "library", False)]),
    "in comments and strings": ("# library(a1)\nx <- 'library(b1)'\ny <- r\"(library(c1))\"", []),
    "after a string with quotes": ("x <- 'a\\'b' ; library(a1)", [("a1", "library", False)]),
    "after a raw string": ('x <- r"---(a)--" )---" ; library(a1)', [("a1", "library", False)]),
    "after an operator": ("x %>% y %in% z\nx |> f()\nlibrary(a1)", [("a1", "library", False)]),
    "broken": ("library(a1\n) )) } ]\nlibrary(b1)\nlibrary(", [("a1", "library", False), ("b1", "library", False)]),
    "no names": ("library(1)\nlibrary(a)\nlibrary(a_b)\nlibrary(f(x))\n1::2\n::x\nx::", []),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_find_r_packages__code__names_what_it_asks_for(name):
    """Each function that loads or installs is known, by name, text and variable."""
    source, expected = PACKAGES[name]
    assert [(package.name, package.rule, package.guarded) for package in asked(source)] == expected


def test_find_r_packages__lines__are_those_of_the_cell():
    """Locations count lines in the cell, behind strings of several lines; variables last from cell to cell."""
    found = asked('x <- "a\nb"\n\nlibrary(a1)', 'p <- "b1"', "\nlibrary(p, character.only = T)")
    assert [(str(package.location), package.name) for package in found] == [
        ("a.ipynb[1]:4", "a1"),
        ("a.ipynb[3]:2", "b1"),
    ]


def test_find_r_packages__python_notebook__magics_only():
    """In a Python notebook only %%R cells, %R lines and importr count, with their lines."""
    notebook = notebook_of(
        "library(no)",
        "\n%%R -i x -w 5\nx\nlibrary(a1)",
        "%R library(b1)\n\ny = %R -o z library(c1)",
        "from rpy2.robjects.packages import importr\nd = importr('d1')\n# %R library(e1)",
        "%%bash\nRscript -e 'library(no)'",
    )
    found = find_r_packages(notebook.cells, notebook.language, notebook.path)
    assert [(str(package.location), package.name) for package in found] == [
        ("made.ipynb[2]:4", "a1"),
        ("made.ipynb[3]:1", "b1"),
        ("made.ipynb[3]:3", "c1"),
        ("made.ipynb[4]:2", "d1"),
    ]


def test_find_r_packages__scripts__are_followed(tmp_path):
    """Scripts beside the notebook are read, also those that they name, but none outside of the folder."""
    root = tmp_path / "nb"
    (root / "R").mkdir(parents=True)
    (tmp_path / "out.R").write_text("library(no)")
    (root / "a.R").write_text('\nlibrary(a1)\nsource(file.path("R", "b.R"))\nsource("a.R")')
    (root / "R" / "b.R").write_bytes(b"library(b1)\r\nx <- '\xff'\r\nlibrary(c1)")
    (root / "mod.R").write_text("box::use(d1)")
    (root / "link.R").symlink_to(tmp_path / "out.R")
    code = (
        'source("a.R"); source("../out.R"); source("link.R"); source("https://h.org/x.R"); source("gone.R")\n'
        'source(here::here("R", "b.R")); box::use(./mod)'
    )
    found = [(str(package.location), package.name) for package in asked(code, root=root)]
    assert found == [
        ("a.ipynb[1]:2", "box"),
        ("a.ipynb[1]:2", "here"),
        ("R/b.R:1", "b1"),
        ("R/b.R:3", "c1"),
        ("a.R:2", "a1"),
        ("mod.R:1", "box"),
        ("mod.R:1", "d1"),
    ]


DEEP = {
    "calls": "f(" * 20_000,
    "calls that install": "install.packages(" * 20_000,
    "open strings": "'\n" * 20_001,
    "open raw strings": 'r"(' * 20_000,
    "escapes": '"' + "\\" * 40_001,
    "names": "a." * 20_000 + "::" * 20_000,
    "doubling": "x <- c('a1', 'b1')\n" + "x <- c(x, x)\n" * 2_000,
    "magics": "%R " * 20_000,
}


@pytest.mark.parametrize("name", DEEP)
def test_find_r_packages__hostile_code__ends(name):
    """Deep, open or endless code is read in one pass."""
    asked(DEEP[name])
    find_r_packages(cells_of(DEEP[name]), "python", "a.ipynb")


@given(st.text(st.sampled_from("library(){}[]'\"`\\\n;:,=<-%#rRc1. \ud800é"), max_size=200))
def test_find_r_packages__any_text__never_fails(text):
    """No text is an error, as R or as Julia."""
    asked(text)
    find_julia_packages(cells_of(text), "a.ipynb")


# Odd but good R, for R's own parser and ours.
PROGRAM = r"""
x <- "a \"b\" 'c' \\" ; y <- 'it\'s' # 'open
`odd name` <- function(a = 1, ...) { a[["k"]]$b@c ** 2L }
z <- r"(raw " ) ' text)" ; w <- R'--[a]-']--'
"multi
line" -> v; .5e-3 + 0x1FL - 1e5L + 1i
u <- x %>% f() %in% y; a ->> b; c <<- d; !e && f || g
if (a >= 1 && b != 2) { NULL } else ~ x + y
library(dplyr); stats::sd(x); pkg:::hidden(y); ?help
h <- \(x) x |> sum(); ..1 + ...; été <- 1
f(a := b, `b c` = 3, "d" = 4)
"""


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_tokens_of__odd_code__same_tokens_as_r(tmp_path):
    """R's own parser splits code into the same tokens on the same lines."""
    (tmp_path / "a.R").write_text(PROGRAM, encoding="utf-8")
    script = (
        "d <- getParseData(parse(commandArgs(TRUE)[1], keep.source = TRUE, encoding = 'UTF-8'));"
        "d <- d[d$terminal & d$token != 'COMMENT', ]; cat(paste(d$line1, d$token), sep = '\\n')"
    )
    ran = subprocess.run(
        ["Rscript", "--vanilla", "-e", script, str(tmp_path / "a.R")], capture_output=True, text=True, check=True
    )
    theirs: list[tuple[int, str]] = []
    for row in ran.stdout.splitlines():
        line, token = row.split(" ", 1)
        # R has one token for [[ and two for ]].
        theirs += [(int(line), _kind_in_r(token))] * (2 if token == "LBB" else 1)
    ours = [(token.line, token.kind.value) for token in tokens_of(PROGRAM) if token.kind is not TokenKind.LINE_END]
    assert ours == theirs


def _kind_in_r(token: str) -> str:
    kinds = {"STR_CONST": "text", "NUM_CONST": "number", "NULL_CONST": "name", "SLOT": "name"}
    words = {"FUNCTION", "IF", "ELSE"}
    return kinds.get(token) or ("name" if token.startswith("SYMBOL") or token in words else "sign")


JULIA: dict[str, tuple[str, str]] = {
    "using": ("using DataFrames, CSV", ": it uses DataFrames, CSV"),
    "names": ("using Statistics: mean, std\nimport JSON.Parser as P", ": it uses Statistics, JSON"),
    "relative": ("using .Local\nimport ..Up, Base.show\nimport Flux", ": it uses Flux"),
    "across lines": ("using A1,\n    B1\nx = 1", ": it uses A1, B1"),
    "in comments and strings": ('# using A1\n#= using\nusing B1 =#\ns = "\nusing"; using C1', ": it uses C1"),
    "after a semicolon": ("x = 1; using A1; y", ": it uses A1"),
    "nothing": ("x = 1", ""),
    "other words": ("usingA = 1\nreimport B", ""),
}


@pytest.mark.parametrize("name", JULIA)
def test_find_julia_packages__code__one_finding(name):
    """Julia is recognised, with the packages that it uses."""
    source, said = JULIA[name]
    [finding] = find_julia_packages(cells_of(source), "a.ipynb")
    assert (finding.code, finding.severity) == (JULIA_NOT_BUILT, Severity.INFO)
    assert finding.message == f"Julia notebooks are recognised and not built yet{said}"
