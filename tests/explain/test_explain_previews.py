"""The words that previews end with, whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_containerize.domain.environment import Evidence
from jupyter_containerize.domain.notebook import Location
from jupyter_containerize.domain.serving import Dependency, DependencyKind, Vulnerability
from jupyter_containerize.explain import explain, explain_dependency
from jupyter_containerize.lifecycle import PreviewOptions, preview
from jupyter_containerize.lifecycle.errors import NotNeeded
from jupyter_containerize.notebooks.errors import NotebookChanged
from jupyter_containerize.resolution.errors import AdvisoriesUnreachable, AdvisoriesUnreadable
from tests.notebooks.made import notebook_of

# Error -> exit code, title, what was seen.
ERRORS = {
    "not needed": (
        NotNeeded("n.ipynb", "torch", ("numpy", "pandas")),
        2,
        "Nothing in n.ipynb asks for torch",
        "It needs numpy and pandas.",
    ),
    "nothing needed": (
        NotNeeded("n.ipynb", "torch", ()),
        2,
        "Nothing in n.ipynb asks for torch",
        "It needs nothing but Python.",
    ),
    "no advisories": (
        AdvisoriesUnreadable("osv.json", "it is empty"),
        20,
        "The advisories cannot be read",
        "osv.json: it is empty",
    ),
}


@pytest.mark.parametrize(("error", "code", "title", "saw"), ERRORS.values(), ids=ERRORS)
def test_explain__errors_of_previews__say_what_and_what_to_do(error, code, title, saw):
    """Each has the four parts and the exit code of its kind."""
    problem = explain(error)
    assert (problem.exit_code, problem.title, problem.saw) == (code, title, saw)
    assert problem.todo


def test_explain__others__have_their_exit_codes():
    """A notebook that changed is the notebook's, a database that is silent the network's matter of dependencies."""
    assert explain(NotebookChanged("n.ipynb")).exit_code == 10
    assert explain(AdvisoriesUnreachable("osv.dev", "no answer")).exit_code == 20


ROW = Dependency(
    distribution="scikit-learn",
    version="1.4",
    source="kernel",
    import_names=("sklearn",),
    evidence=(
        Evidence(rule="import", detail="sklearn.svm", location=Location(path="made.ipynb", cell=1, line=2)),
        Evidence(rule="import", detail="sklearn", location=Location(path="helper.py", line=7)),
    ),
    kind=DependencyKind.DIRECT,
    proof="kernel",
    alternatives=("scikit-learn-intelex",),
    serving=True,
    license="BSD-3-Clause",
    size_bytes=12_345_678,
    image_bytes=9_876,
    wheels=(("linux/amd64", True), ("linux/arm64", False)),
    vulnerabilities=(Vulnerability(id="GHSA-1", aliases=("CVE-1",), summary="It leaks.", fixed_in=("1.5",)),),
)
SAID = """\
scikit-learn 1.4 (from kernel): imported
  imported as sklearn (the kernel has it installed)
  made.ipynb[1]:2: import: sklearn.svm
      from sklearn.svm import SVC
  helper.py:7: import: sklearn
  scikit-learn-intelex would do as well
  the serving function needs it
  licence BSD-3-Clause
  12.3 MB on the kernel's disk
  9.9 kB in the image
  a wheel for linux/amd64
  NO wheel for linux/arm64
  vulnerability GHSA-1 (CVE-1): It leaks.; fixed in 1.5"""


def test_explain_dependency__all_that_is_known__in_order():
    """Who asks comes first, then what is known of the version."""
    notebook = notebook_of("import numpy\nfrom sklearn.svm import SVC")
    found = replace(preview(notebook, root=None, options=PreviewOptions(environment=False)), dependencies=(ROW,))
    assert explain_dependency(found, notebook, "sklearn") == SAID
