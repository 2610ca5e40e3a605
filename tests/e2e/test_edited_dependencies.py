"""A notebook that wants other distributions than its kernel has gets an image with those."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_containerize.domain.image import Digest
from jupyter_containerize.lifecycle.inspecting import details_of
from jupyter_containerize.publishing import LocalStore
from tests.e2e.conftest import Containerize

pytestmark = [pytest.mark.slow, pytest.mark.network]

CELLS = (
    "import idna",
    "def predict(name: str) -> str:\n    return idna.encode(name).decode()",
    "predict('bücher.org')",
)


def save(path: Path, dependencies: dict[str, Any]) -> Path:
    """Write a notebook that encodes names of hosts."""
    cells = [nbformat.v4.new_code_cell(source, id=f"c{number}") for number, source in enumerate(CELLS)]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "containerize": {"dependencies": dependencies},
    }
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


def test_build__edits_in_the_metadata__are_in_the_image_and_its_bill_of_materials(
    containerize: Containerize, store: Path, tmp_path: Path
) -> None:
    """The image has the version of the pin and what is added; preview and plan say the same."""
    notebook = save(tmp_path / "hosts.ipynb", {"pin": {"IDNA": "3.6"}, "add": ["tomli>=2"], "exclude": ["numpy"]})
    shown = containerize("preview", "--json", notebook).closing
    rows = {row["distribution"]: row for row in shown["dependencies"]}
    assert (rows["idna"]["version"], rows["idna"]["edited"]) == ("3.6", "pinned")
    assert rows["tomli"]["edited"] == "added"
    assert "JC-RESOLUTION-49" in {finding["code"] for finding in shown["findings"]}

    planned = containerize("plan", "--json", "--to", "", notebook)
    assert "JC-RESOLUTION-49" in {finding["code"] for finding in planned.closing["warnings"]}

    built = containerize("build", "--json", "--to", "", notebook)
    assert built.code == 0, built.err
    assert any("another idna" in event.get("text", "") for event in built.events)
    assert built.closing["selftest"]["passed"]
    local = LocalStore(store)
    details = details_of(local.load(Digest(built.closing["digest"])), local)
    versions = {item.name: item.version for item in details.distributions}
    assert versions["idna"] == "3.6"
    assert "tomli" in versions


def test_build__excluded_though_serving_needs_it__the_test_of_the_image_tells(
    containerize: Containerize, tmp_path: Path
) -> None:
    """The build warns, and fails where the image is tested: no name is moved to an image that cannot answer."""
    notebook = save(tmp_path / "broken.ipynb", {"exclude": ["idna"]})
    built = containerize("build", "--json", "--to", "", notebook)
    assert built.code != 0
    assert any("idna is excluded" in event.get("text", "") for event in built.events)
    assert built.closing["problem"]["code"].startswith("JC-EXPORT")
