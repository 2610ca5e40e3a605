"""The image's name when the user gives none."""

from __future__ import annotations

import pytest

from jupyter_containerize.domain.image import Reference
from jupyter_containerize.lifecycle.naming import default_reference

CASES = {
    "iris.ipynb": "iris",
    "work/My Model (v2).ipynb": "my-model-v2",
    "_Überblick_.ipynb": "berblick",
    "模型.ipynb": "notebook",
    "a__b..c.ipynb": "a-b-c",
}


@pytest.mark.parametrize(("notebook", "tag"), CASES.items())
def test_default_reference__any_file_name__is_a_legal_repository(notebook, tag):
    """Whatever a notebook is called, its image has a legal name."""
    reference = default_reference(notebook)
    assert str(reference) == f"{tag}:latest"
    assert Reference.parse(str(reference)) == reference
