"""What a request and a notebook's own settings give together."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_containerize.domain.build import BuildRequest, CellOrder, NotebookSettings
from jupyter_containerize.domain.serving import StateSource
from jupyter_containerize.lifecycle.settings import KeptAndDropped, NoSuchCell, check_cells, merged
from tests.notebooks.made import notebook_of

NOTEBOOK = Path("n.ipynb")
SETTINGS = NotebookSettings(
    serve=("score",),
    state=StateSource.STARTUP,
    order=CellOrder.EXECUTION,
    keep=(2, 5),
    drop=(3, 4),
    recreate=("connection",),
    extras=("grpc",),
    batch=("rows",),
)

# What is asked for -> what differs from the settings.
MERGED = {
    "nothing": ({}, {}),
    "another symbol": ({"symbols": ("predict",)}, {"symbols": ("predict",)}),
    "another state": ({"state": StateSource.RUN}, {"state": StateSource.RUN}),
    "another order": ({"order": CellOrder.DOCUMENT}, {"order": CellOrder.DOCUMENT}),
    "a cell more to keep": ({"keep": (7, 1)}, {"keep": (1, 2, 5, 7)}),
    "a cell kept that the notebook drops": ({"keep": (3,)}, {"keep": (2, 3, 5), "drop": (4,)}),
    "a cell dropped that the notebook keeps": ({"drop": (5,)}, {"keep": (2,), "drop": (3, 4, 5)}),
    "the same cells": ({"keep": (2,), "drop": (4,)}, {}),
    "another parameter to join": ({"batch": ("score:x",)}, {"batch": ("score:x", "rows")}),
    "the same extra": ({"extras": ("grpc",)}, {}),
    "a name more": ({"recreate": ("client", "connection")}, {"recreate": ("client", "connection")}),
}


@pytest.mark.parametrize(("asked", "changed"), MERGED.values(), ids=MERGED)
def test_merged__request_and_settings__the_request_goes_before(asked, changed):
    """Where both speak of one thing the request counts; cells and names add up."""
    unchanged = BuildRequest(
        notebook=NOTEBOOK,
        symbols=("score",),
        state=StateSource.STARTUP,
        order=CellOrder.EXECUTION,
        keep=(2, 5),
        drop=(3, 4),
        recreate=("connection",),
        extras=("grpc",),
        batch=("rows",),
    )
    names = ("symbols", "state", "order", "keep", "drop", "recreate", "extras", "batch")
    expected = {name: getattr(unchanged, name) for name in names}
    found = merged(BuildRequest(notebook=NOTEBOOK, tag="a:1", **asked), SETTINGS)
    assert found == BuildRequest(notebook=NOTEBOOK, tag="a:1", **expected | changed)


def test_merged__no_settings__the_request_itself():
    """A notebook that says nothing changes nothing."""
    request = BuildRequest(notebook=NOTEBOOK, keep=(1,), drop=(2,))
    assert merged(request, NotebookSettings()) == request


def test_check_cells__code_cells__are_fine():
    """What is there can be named."""
    check_cells(BuildRequest(notebook=NOTEBOOK, keep=(1,), drop=(2,)), notebook_of("a = 1", "b = 2"))


UNUSABLE = {
    "above the last": ({"keep": (3,)}, NoSuchCell),
    "below the first": ({"drop": (0,)}, NoSuchCell),
    "kept and dropped": ({"keep": (1,), "drop": (1, 2)}, KeptAndDropped),
}


@pytest.mark.parametrize(("asked", "error"), UNUSABLE.values(), ids=UNUSABLE)
def test_check_cells__cells_that_cannot_be__refused(asked, error):
    """A typing mistake is told, and does not silently change what is built."""
    with pytest.raises(error):
        check_cells(BuildRequest(notebook=NOTEBOOK, **asked), notebook_of("a = 1", "b = 2"))
