"""File > Save and Export Notebook As, as JupyterLab asks for it."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.exporter import ServingImageExporter

WORKER = """
import json, sys
from pathlib import Path
request = json.loads(sys.stdin.readline())
problem = {"code": "JC-X-01", "title": "It broke", "saw": "a crack", "todo": "Mend it.", "details": "", "location": ""}
if "broken" in request["notebook"]:
    print(json.dumps({"event": "build_failed", "problem": problem}), flush=True)
else:
    Path(request["destination"].removeprefix("archive:")).write_bytes(request["notebook"].encode())
    print(json.dumps({"event": "build_done", "report": {}}), flush=True)
"""


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer the exporter under its name, as the installed package does, with the worker above."""
    point = EntryPoint("serving-image", "jupyter_containerize.exporter:ServingImageExporter", "nbconvert.exporters")
    monkeypatch.setattr("nbconvert.exporters.base.entry_points", lambda group: [point])
    monkeypatch.setattr(ServingImageExporter, "worker_command", (sys.executable, "-c", WORKER))


async def test_export__listed_by_jupyter_server(api: Any, exporter: None) -> None:
    """The menu is made from this list."""
    assert await api("get", "/api/nbconvert") == (200, {"serving-image": {"output_mimetype": "application/x-tar"}})


async def test_export__saved_notebook__downloaded_as_tar(
    api: Any, exporter: None, notebook: str, jp_root_dir: Path
) -> None:
    """The link of the menu gives the archive, built from the file where it lies."""
    response = await api.raw("get", f"/nbconvert/serving-image/{notebook}", params={"download": "true"})
    assert response.code == 200
    assert response.body.decode() == str(jp_root_dir / notebook)
    assert "floor.tar" in response.headers["Content-Disposition"]
    assert response.headers["Content-Type"].startswith("application/x-tar")


async def test_export__build_fails__page_says_why(api: Any, exporter: None, notebook: str, jp_root_dir: Path) -> None:
    """The error page has the problem's words, and the server's log no stack trace."""
    (jp_root_dir / notebook).rename(jp_root_dir / "broken.ipynb")
    response = await api.raw("get", "/nbconvert/serving-image/broken.ipynb")
    assert response.code == 500
    assert "Mend it." in response.body.decode()
