"""What is reported of a match, and how names and texts are followed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from jupyter_containerize.analysis import hidden
from jupyter_containerize.analysis.hidden import find_hidden
from jupyter_containerize.analysis.hidden.facts import facts_of
from jupyter_containerize.analysis.hidden.names import Names
from jupyter_containerize.analysis.hidden.rule import BadRule, rule_of
from jupyter_containerize.domain.notebook import Location, Severity
from tests.analysis.hidden.found import hidden_in


def test_find_hidden__need__carries_its_evidence():
    """A need says where, by which rule, of what, and why."""
    needs, findings = hidden_in("import pandas as pd", "\npd.read_excel('x.xls')")
    assert findings == ()
    (need,) = needs
    assert (need.rule, need.distributions, need.system_packages) == ("pandas-excel-xls", ("xlrd",), ())
    assert str(need.location) == "made.ipynb[2]:2"
    assert need.detail == "pandas.read_excel(io=*.xls)"
    assert need.reason
    assert need.link


def test_find_hidden__several_groups__are_needs_of_their_own():
    """Each group of distributions is one need; the system's packages come with the first."""
    needs, _ = hidden_in("import qiskit\ncirc.draw('mpl')\nimport networkx as nx\nnx.nx_agraph.to_agraph(g)")
    assert [(need.distributions, need.system_packages) for need in needs] == [
        (("matplotlib",), ()),
        (("pylatexenc",), ()),
        (("pygraphviz",), ("graphviz",)),
    ]


def test_find_hidden__system_package_alone__has_no_distributions():
    """A need of a program alone names no distribution."""
    needs, _ = hidden_in("import pytesseract")
    assert [(need.distributions, need.system_packages) for need in needs] == [((), ("tesseract-ocr",))]


def test_find_hidden__many_places__gives_the_first_three():
    """A rule reports at most three places, one a line, in order."""
    needs, _ = hidden_in(*["import pandas as pd\npd.read_parquet(a); pd.read_parquet(b)"] * 5)
    assert [str(need.location) for need in needs] == ["made.ipynb[1]:2", "made.ipynb[2]:2", "made.ipynb[3]:2"]


def test_find_hidden__model__is_a_finding():
    """What no package brings is told to the user, once for each place, with its name."""
    needs, findings = hidden_in("import spacy\nspacy.load('en_core_web_sm')\nspacy.load(name)")
    assert needs == ()
    assert [(item.code, item.severity, item.message) for item in findings] == [
        ("JC-ANALYSIS-41", Severity.INFO, "spaCy's model 'en_core_web_sm' is not on the package index"),
        ("JC-ANALYSIS-41", Severity.INFO, "spaCy's model whose name only the run knows is not on the package index"),
    ]


def test_find_hidden__secret_in_url__is_not_repeated():
    """Nothing of a database's address is in the need."""
    needs, _ = hidden_in("from sqlalchemy import create_engine\ncreate_engine('postgresql://me:secret@host/x')")
    assert [need.rule for need in needs] == ["sql-postgresql"]
    assert "secret" not in repr(needs)


def test_find_hidden__import_below_its_use__counts():
    """Conditions on imports are of the whole notebook, in whatever order its cells stand."""
    needs, _ = hidden_in("def f(df):\n    df.to_feather(x)", "import pandas")
    assert [need.rule for need in needs] == ["pandas-arrow-files"]


def test_find_hidden__local_module__has_its_own_names():
    """Names of the notebook mean nothing in another file, and locations are that file's."""

    def locate(line: int | None) -> Location:
        return Location(path="mine.py", line=line)

    def locate_cell(line: int | None) -> Location:
        return Location(path="a.ipynb", cell=1, line=line)

    needs, _ = find_hidden(
        [
            (ast.parse("import pandas as pd"), locate_cell),
            (ast.parse("pd.read_parquet(x)"), locate),
            (ast.parse("from pandas import read_orc\n\nread_orc(x)"), locate),
        ]
    )
    assert [(need.rule, str(need.location)) for need in needs] == [("pandas-arrow-files", "mine.py:3")]


def test_find_hidden__long_chain__takes_no_exponential_time():
    """Chains, nests and many assignments are walked over, whatever they look like."""
    chain = "x" + ".a(1)[2]" * 150
    nest = "f(" * 80 + "'s3://x'" + ")" * 80
    additions = "+".join(["'a'"] * 400)
    needs, _ = hidden_in("import pandas as pd", f"y = {chain}", f"pd.read_csv({nest})", f"pd.read_csv({additions})")
    assert needs == ()


ORIGINS: dict[str, tuple[str, str]] = {
    "module": ("import pandas as pd\nx = pd", "pandas"),
    "submodule": ("import os.path\nx = os.path", "os.path"),
    "submodule by another name": ("import a.b as c\nx = c.d", "a.b.d"),
    "function": ("from pandas import read_csv as r\nx = r", "pandas.read_csv"),
    "object": ("import pandas as pd\nx = pd.read_csv(1)", "pandas.read_csv()"),
    "what a method gives": ("import pandas as pd\nx = pd.read_csv(1).dropna()['a']", "pandas.read_csv()"),
    "attribute": ("import pandas as pd\nx = pd.read_csv(1).a", "pandas.read_csv().a"),
    "unpacked": ("import m\n_, x = m.f()", "m.f()"),
    "pairwise": ("import m\n_, x = 1, m.f()", "m.f()"),
    "with": ("import m\nwith m.f() as x: pass", "m.f()"),
    "for": ("import m\nfor x in m.f(): pass", "m.f()"),
    "walrus": ("import m\nprint(x := m.f())", "m.f()"),
    "annotated": ("import m\nx: int = m.f()", "m.f()"),
    "converted": ("import polars as pl\nx = pl.read_csv(1).to_pandas().a", "pandas.DataFrame().a"),
    "accessor": ("import pandas as pd\nx = pd.read_csv(1).hvplot.hist()", "hvplot.hvPlot()"),
    "bound again": ("import m\nx = m.f()\nx = 1", ""),
    "relative": ("from . import m\nx = m.f()", ""),
    "unknown": ("x = f()", ""),
    "star": ("from m import *\nx = f", ""),
}


@pytest.mark.parametrize("name", ORIGINS)
def test_names__origin__is_followed(name):
    """A name's origin is what a library's documentation calls it."""
    source, origin = ORIGINS[name]
    names = Names()
    find_names(source, names)
    assert names.origins.get("x", "") == origin


def find_names(source: str, names: Names) -> None:
    """Take note of the names of a text."""
    list(facts_of(ast.parse(source), names, frozenset()))


BAD: dict[str, tuple[dict[str, object], str]] = {
    "unknown field": ({"need": ["a"]}, "unknown field need"),
    "needs nothing": ({"calls": ["a.b"]}, "needs nothing"),
    "method without a library": (
        {"needs": ["a"], "methods": ["b"]},
        "a method or attribute without the library that it belongs to",
    ),
    "text for a list": ({"needs": "a"}, "needs is not a list of texts"),
    "list of numbers": ({"needs": [1]}, "needs is not a list of texts"),
    "list for a text": ({"needs": ["a"], "reason": []}, "reason is not a text"),
    "conditions": ({"needs": ["a"], "where": []}, "where is not a table"),
    "patterns": (
        {"needs": ["a"], "where": {"0": "x"}},
        "the patterns of 0 are not a list of texts, numbers and booleans",
    ),
    "unknown carrier": ({"needs": ["a"], "unless": ["@b"]}, "@b is not known"),
}


@pytest.mark.parametrize("name", BAD)
def test_rule_of__bad_table__says_what(name):
    """A mistake in a rule file is named."""
    table, what = BAD[name]
    with pytest.raises(BadRule) as raised:
        rule_of("x", table, family="y")
    assert (raised.value.rule, raised.value.what) == ("x", what)


def test_find_hidden__our_own_code__is_walked_over():
    """Code with every kind of syntax is walked over, and code that needs nothing hidden has no needs."""

    def locate(line: int | None) -> Location:
        return Location(path="ours.py", line=line)

    ours = Path(hidden.__file__).parents[1].rglob("*.py")
    assert find_hidden([(ast.parse(path.read_bytes()), locate) for path in sorted(ours)]) == ((), ())
