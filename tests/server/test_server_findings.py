"""Each kind of finding in a preview names its cell and what to do; a secret is never repeated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks.made import content_of
from tests.server.api_schema import check

PREVIEW = ("post", "/containerize/preview")
PYTHON3 = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ0bC2dF4hJ6"  # made up

# Cells, and the code, the cell and the line of what is told.
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, int, int]]] = {
    "a secret": (("x = 1", f"y = 1\ntoken = '{TOKEN}'"), ("JC-ANALYSIS-23", 2, 2)),
    "an absolute path": (("import pandas as pd", "pd.read_csv('/home/me/a.csv')"), ("JC-ANALYSIS-21", 2, 1)),
    "an undefined name": (("x = 1", "y = x + z"), ("JC-ANALYSIS-29", 2, 1)),
    "a name that a later cell binds": (("x = 1", "y = x + z", "z = 2"), ("JC-ANALYSIS-29", 2, 1)),
    "an undefined name in what serves": (("x = 1", "def predict(a):\n    return a + z"), ("JC-ANALYSIS-12", 2, 2)),
    "an object that cannot be pickled": (
        ("import sqlite3", "c = sqlite3.connect(':memory:')", "def predict(a):\n    return c.execute(a)"),
        ("JC-ANALYSIS-27", 2, 1),
    ),
}


def told(body: dict[str, Any], code: str) -> list[dict[str, Any]]:
    """Return the findings of a code."""
    return [item for item in body["findings"] if item["code"] == code]


def one_step(finding: dict[str, Any]) -> bool:
    """Tell whether the hint says what to do, in a sentence or two."""
    return bool(finding["hint"]) and finding["hint"].count(". ") <= 1


@pytest.mark.parametrize(("cells", "expected"), KINDS.values(), ids=KINDS)
async def test_findings__each_kind__its_cell_and_one_step(
    api: Any, jp_root_dir: Path, cells: tuple[str, ...], expected: tuple[str, int, int]
) -> None:
    """As the editor has the notebook; the secret's text is nowhere in the answer."""
    content = content_of(*cells, metadata=PYTHON3, minor=4)
    status, body = await api("post", "/containerize/preview", {"path": "a.ipynb", "content": content})
    assert status == 200, body
    check(body, PREVIEW, 200)
    code, cell, line = expected
    (finding,) = told(body, code)
    assert (finding["cell"], finding["line"]) == (cell, line)
    assert one_step(finding), finding
    assert TOKEN not in json.dumps(body)


async def test_findings__cells_run_out_of_order__its_cell_and_one_step(api: Any, jp_root_dir: Path) -> None:
    """Also where nothing serves."""
    content: dict[str, Any] = content_of("x = 1", "y = x", "z = y", metadata=PYTHON3, minor=4)
    for cell, count in zip(content["cells"], (1, 3, 2), strict=True):
        cell["execution_count"] = count
    _, body = await api("post", "/containerize/preview", {"path": "a.ipynb", "content": content})
    (finding,) = told(body, "JC-NOTEBOOK-21")
    assert (finding["cell"], one_step(finding)) == (3, True)


# What the editor sends, and where the secret of the saved second cell is told.
EDITED: dict[str, tuple[list[tuple[str, str]], list[int]]] = {
    "as saved": ([("one", "x = 1"), ("two", "x")], [2]),
    "moved": ([("new", "y = 1"), ("one", "x = 1"), ("two", "print(x)")], [3]),
    "removed": ([("one", "x = 1")], []),
    "with new ids": ([("a", "x = 1"), ("b", "x")], [2]),
    "with new ids, and edited": ([("a", "x = 1"), ("b", "x + 1")], []),
}


@pytest.mark.parametrize(("cells", "expected"), EDITED.values(), ids=EDITED)
async def test_findings__secret_in_a_saved_output__told_of_its_cell(
    api: Any, jp_root_dir: Path, cells: list[tuple[str, str]], expected: list[int]
) -> None:
    """An editor sends no outputs: those of the file count, wherever their cell stands by now."""
    stream = {"output_type": "stream", "name": "stdout", "text": [f"token {TOKEN}\n"]}
    saved: dict[str, Any] = content_of("x = 1", "x", metadata=PYTHON3)
    for cell, cell_id in zip(saved["cells"], ("one", "two"), strict=True):
        cell["id"] = cell_id
    saved["cells"][1]["outputs"] = [stream]
    (jp_root_dir / "a.ipynb").write_text(json.dumps(saved), encoding="utf-8")
    content: dict[str, Any] = content_of(*(source for _, source in cells), metadata=PYTHON3)
    for cell, (cell_id, _) in zip(content["cells"], cells, strict=True):
        cell["id"] = cell_id
    asked = {"path": "a.ipynb", "content": content}
    _, body = await api("post", "/containerize/preview", asked)
    findings = told(body, "JC-ANALYSIS-23")
    assert [item["cell"] for item in findings] == expected
    assert all(map(one_step, findings))
    assert TOKEN not in json.dumps(body)

    # Cleared and saved, it is no finding any more.
    saved["cells"][1]["outputs"] = []
    (jp_root_dir / "a.ipynb").write_text(json.dumps(saved), encoding="utf-8")
    _, body = await api("post", "/containerize/preview", asked)
    assert told(body, "JC-ANALYSIS-23") == []
