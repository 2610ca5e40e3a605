"""Each rule of the hidden needs finds what its cases say, and leaves alone what they say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from jupyter_containerize.analysis.hidden import all_rules
from tests.analysis.hidden.found import found_in

CASES = {
    name: case
    for path in sorted((Path(__file__).parent / "cases").glob("*.toml"))
    for name, case in tomllib.loads(path.read_text("utf-8")).items()
}
RULES = {rule.id: rule for rule in all_rules()}


def test_rules__cases__each_has_both_kinds():
    """Every rule has code that needs it and code that does not, and no case is of a rule that is gone."""
    assert list(CASES) == [rule.id for rule in all_rules()]
    assert [name for name, case in CASES.items() if not (case["yes"] and case["no"])] == []


@pytest.mark.parametrize("name", CASES)
def test_rules__code__matches_or_not(name):
    """The rule matches the code of ``yes`` and not that of ``no``."""
    missed = [source for source in CASES[name]["yes"] if name not in found_in(source)]
    wrong = [source for source in CASES[name]["no"] if name in found_in(source)]
    assert (missed, wrong) == ([], [])


def test_rules__ids__are_unique():
    """No two rules have one name, in whatever files they stand."""
    assert len(RULES) == len(all_rules())


@pytest.mark.parametrize("name", RULES)
def test_rules__words__are_complete(name):
    """Each rule has a reason in a sentence, a link, and distributions by their normalised names."""
    rule = RULES[name]
    assert rule.reason.endswith(".")
    assert rule.reason[0] == rule.reason[0].upper() or rule.reason.split()[0] in LOWER_CASE
    assert rule.link.startswith("https://")
    for distribution in (item for group in rule.needs for item in group):
        assert distribution == distribution.lower().replace("_", "-").replace(".", "-")


# Names that begin a sentence as their owners write them.
LOWER_CASE = {
    *("pandas", "scikit-learn", "seaborn", "matplotlib", "xarray", "tqdm's", "dask.distributed", "fsspec", "joblib"),
    *(
        "alibi",
        "astropy",
        "librosa",
        "statsmodels",
        "torchvision",
        "lmfit",
        "anndata",
        "hist",
        "imageio",
        "rpy2",
        "sktime",
        "skorch",
        "smart_open",
    ),
    *("spaCy's", "hvPlot", "pdf2image", "pandas'", "pandas.plotting", "rasterio", "nx_agraph", "nx_pydot", "uproot"),
}
