"""What the index and advisories add to a preview, from an index on loopback and records in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from jupyter_containerize.lifecycle import DetailOptions, Preview, PreviewOptions, add_details, preview_notebook
from jupyter_containerize.lifecycle.details import PLATFORMS
from jupyter_containerize.resolution.errors import AdvisoriesUnreadable
from tests.resolution.index_server import IndexServer, index_server
from tests.resolution.small_wheels import make_wheel

ALONE = PreviewOptions(environment=False)
INDEX = DetailOptions(index=True)
PYTHON = {"language_info": {"name": "python", "version": "3.11.4"}}
RECORD = {
    "id": "GHSA-1",
    "aliases": ["CVE-2020-1"],
    "summary": "It leaks.",
    "modified": "2024-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "numpy"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.22"}]}],
        }
    ],
}


@pytest.fixture
def server(alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexServer]:
    """Run an index that pip is configured for; it has two releases of numpy and one of a package for x86 alone."""
    del alone
    wheels = tmp_path / "wheels"
    make_wheel(wheels, "numpy", "1.21", headers="License-Expression: BSD-3-Clause\n")
    make_wheel(wheels, "numpy", "2.0", headers="License-Expression: BSD-3-Clause\n")
    make_wheel(wheels, "zzz-ours", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64")
    with index_server(wheels) as running:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{running.host}/simple")
        yield running


def _row(found: Preview, name: str = "numpy"):
    (row,) = [row for row in found.dependencies if row.distribution == name]
    return row


def test_details__not_asked_for__nobody_is_asked(server, write_notebook):
    """Without the option there is no request, and the fields are empty."""
    row = _row(add_details(preview_notebook(write_notebook("import numpy"), ALONE), DetailOptions()))
    assert (row.license, row.wheels, row.image_bytes, row.vulnerabilities) == ("", (), None, None)
    assert server.sent == {}


def test_details__index__tells_licence_size_and_wheels(server, write_notebook):
    """A pinned row gets its licence, its size in the image and whether each platform has a wheel."""
    del server
    path = write_notebook("import numpy\nimport zzz_ours", "%pip install numpy==1.21 zzz-ours==1.0", metadata=PYTHON)
    found = add_details(preview_notebook(path, ALONE), INDEX)
    assert found.errors == preview_errors(found)
    numpy, ours = _row(found), _row(found, "zzz-ours")
    assert (numpy.license, numpy.wheels) == ("BSD-3-Clause", tuple((name, True) for name in PLATFORMS))
    assert ours.wheels == (("linux/amd64", True), ("linux/arm64", False))
    assert numpy.image_bytes is not None
    assert numpy.image_bytes > 0
    assert numpy.proof.startswith("numpy-1.21")
    assert ours.proof.startswith("zzz_ours-1.0")


def preview_errors(found: Preview):
    """Return the errors that have nothing to do with an index."""
    return tuple(error for error in found.errors if error.code.startswith("JC-ANALYSIS"))


def test_details__nothing_pins__newest_of_the_index(server, write_notebook):
    """What nobody pins is looked up in its newest version, and the row says so."""
    del server
    row = _row(add_details(preview_notebook(write_notebook("import numpy", metadata=PYTHON), ALONE), INDEX))
    assert (row.version, row.source) == ("2.0", "newest")
    assert row.license == "BSD-3-Clause"


def test_details__wheel_lacks_the_module__is_said(server, write_notebook, tmp_path):
    """A distribution that does not hold what is imported is named with the wheel, and proves nothing."""
    del server
    make_wheel(tmp_path / "wheels", "beautifulsoup4", "4.0")
    path = write_notebook("import bs4", "%pip install beautifulsoup4==4.0", metadata=PYTHON)
    before = preview_notebook(path, ALONE)
    found = add_details(before, INDEX)
    (finding,) = [item for item in found.findings if item.code == "JC-RESOLUTION-46"]
    assert "bs4" in finding.message
    assert finding.location.cell == 1
    assert _row(found, "beautifulsoup4").proof == _row(before, "beautifulsoup4").proof


def test_details__as_of__newest_of_that_day(alone, write_notebook, tmp_path, monkeypatch):
    """A date gives what nothing pins a version; a pin stays."""
    del alone
    for name in ("numpy", "pandas"):
        for version in ("1.0", "2.0"):
            make_wheel(tmp_path / "links", name, version)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    path = write_notebook("import numpy, pandas", "%pip install pandas==1.0", metadata=PYTHON)
    found = add_details(preview_notebook(path, ALONE), DetailOptions(before=date(2024, 1, 1)))
    assert (_row(found).version, _row(found).source) == ("2.0", "newest of 2024-01-01")
    assert (_row(found, "pandas").version, _row(found, "pandas").source) == ("1.0", "%pip")


def test_details__index_refuses__error_told_once_and_rows_as_they_were(server, write_notebook):
    """An index that gives nothing is an error in the value; what was known without it stays."""
    server.status = 403
    before = preview_notebook(write_notebook("import numpy\nimport pandas", metadata=PYTHON), ALONE)
    found = add_details(before, DetailOptions(before=date(2024, 1, 1)))
    assert found.dependencies == before.dependencies
    outside = [error.code for error in found.errors if not error.code.startswith("JC-ANALYSIS")]
    assert set(outside) == {"JC-RESOLUTION-07"}
    assert len({str(error) for error in found.errors}) == len(found.errors)


def test_details__advisories__of_the_pinned_version(alone, write_notebook, tmp_path):
    """Records in a file are held against exact versions; without one nothing is said."""
    del alone
    (tmp_path / "osv.json").write_text(json.dumps(RECORD))
    options = DetailOptions(advisories=str(tmp_path / "osv.json"))
    path = write_notebook("import numpy, pandas, scipy", "%pip install numpy==1.21 scipy==1.0")
    found = add_details(preview_notebook(path, ALONE), options)
    (known,) = _row(found).vulnerabilities
    assert (known.id, known.aliases, known.fixed_in) == ("GHSA-1", ("CVE-2020-1",), ("1.22",))
    assert _row(found, "scipy").vulnerabilities == ()
    assert _row(found, "pandas").vulnerabilities is None


def test_details__advisories_that_are_none__raise(alone, write_notebook, tmp_path):
    """A path without records is the user's slip, and not the notebook's."""
    del alone
    found = preview_notebook(write_notebook("import numpy"), ALONE)
    with pytest.raises(AdvisoriesUnreadable):
        add_details(found, DetailOptions(advisories=str(tmp_path / "nothing.json")))


def test_details__unknown_import__candidate_is_told_and_not_taken(server, write_notebook):
    """A distribution of the import's name that holds it is the user's to take; one that there is not is not told."""
    path = write_notebook("import zzz_ours\nimport zzz_nobodys", metadata=PYTHON)
    found = add_details(preview_notebook(path, ALONE), INDEX)
    assert [row.distribution for row in found.dependencies] == []
    told = [item for item in found.findings if item.code == "JC-RESOLUTION-48"]
    assert [(item.location.line, "zzz_ours" in item.message) for item in told] == [(1, True)]
    assert "%pip install zzz-ours" in told[0].hint
