"""The kernel of a notebook is found by the server that runs it, and from a terminal beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from jupyter_server.base.handlers import APIHandler
from tornado import web

from jupyter_containerize.cli.live import find_connection_file
from jupyter_containerize.kernels.live_errors import NoRunningKernel, SeveralKernels
from jupyter_containerize.server.kernels import connection_file_for


class FileHandler(APIHandler):
    """Says which connection file a notebook has, as a handler of ours would ask."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the file, null, or the list of several."""
        try:
            found = await connection_file_for(self, self.get_query_argument("path"))
        except SeveralKernels as error:
            self.finish(json.dumps(list(error.found)))
            return
        self.finish(json.dumps(None if found is None else str(found)))


class MayNot(Authorizer):
    """Allows everything but running code in kernels."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Say so."""
        del handler, user
        return (action, resource) != ("execute", "kernels")


@pytest.fixture
def file_of(jp_serverapp: Any, jp_fetch: Callable[..., Any], jp_base_url: str) -> Callable[..., Any]:
    """Return what asks the server for a notebook's connection file."""
    jp_serverapp.web_app.add_handlers(".*", [(f"{jp_base_url}file-of", FileHandler)])

    async def ask(path: str) -> tuple[int, Any]:
        response = await jp_fetch("file-of", params={"path": path}, raise_error=False)
        return response.code, json.loads(response.body)

    return ask


@pytest.fixture
def start(
    jp_serverapp: Any, jp_fetch: Callable[..., Any], jp_asyncio_loop: asyncio.AbstractEventLoop
) -> Iterator[Callable[..., Any]]:
    """Return what opens a notebook with a kernel, as JupyterLab does; the kernels end with the test."""

    async def started(path: str, *, kind: str = "notebook", kernel: str | None = None) -> str:
        wanted = {"id": kernel} if kernel else {"name": "python3"}
        body = {"path": path, "type": kind, "name": path, "kernel": wanted}
        response = await jp_fetch("api", "sessions", method="POST", body=json.dumps(body))
        return str(json.loads(response.body)["kernel"]["id"])

    yield started
    jp_asyncio_loop.run_until_complete(jp_serverapp.kernel_manager.shutdown_all(now=True))


async def test_connection_file_for__notebook_with_a_kernel__its_file(file_of: Any, start: Any) -> None:
    """The path leads to the session, the session to the kernel; a collaboration's drive is the same file."""
    kernel = await start("work/a.ipynb")
    await start("work/b.ipynb")
    await start("work/a.ipynb-console-1", kind="console", kernel=kernel)
    for path in ("work/a.ipynb", "/work/a.ipynb", "RTC:work/a.ipynb"):
        status, file = await file_of(path)
        assert (status, Path(file).name) == (200, f"kernel-{kernel}.json")


async def test_connection_file_for__no_kernel__none(file_of: Any, start: Any) -> None:
    """Another notebook's kernel is not this one's, and a console is no notebook."""
    await start("work/b.ipynb")
    await start("work/c.ipynb", kind="console")
    for path in ("work/a.ipynb", "b.ipynb", "work/c.ipynb", ""):
        assert await file_of(path) == (200, None)


async def test_connection_file_for__user_who_may_not_run_code__403(
    file_of: Any, start: Any, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may build and may not run code in kernels does not get to it through a build."""
    await start("work/a.ipynb")
    monkeypatch.setitem(jp_serverapp.web_app.settings, "authorizer", MayNot(parent=jp_serverapp))
    assert (await file_of("work/a.ipynb"))[0] == 403


async def test_connection_file_for__two_drives_two_kernels__both_named(file_of: Any, start: Any) -> None:
    """Which of two is meant is not guessed."""
    names = {await start("a.ipynb"), await start("RTC:a.ipynb")}
    _, files = await file_of("a.ipynb")
    assert {Path(file).name for file in files} == {f"kernel-{name}.json" for name in names}


async def test_find_connection_file__notebook_open_in_this_server__its_file(
    start: Any, jp_serverapp: Any, jp_root_dir: Path, tmp_path: Path
) -> None:
    """A terminal on the same machine finds the kernel through the server's record, by whatever path it names."""
    kernel = await start("work/a b.ipynb")
    (jp_root_dir / "work").mkdir()
    notebook = jp_root_dir / "work" / "a b.ipynb"
    notebook.touch()
    link = tmp_path / "link.ipynb"
    link.symlink_to(notebook)
    jp_serverapp.write_server_info_file()
    for path in (notebook, link):
        found = await asyncio.to_thread(find_connection_file, path)
        assert found.name == f"kernel-{kernel}.json"
    with pytest.raises(NoRunningKernel) as caught:
        await asyncio.to_thread(find_connection_file, jp_root_dir / "other.ipynb")
    assert len(caught.value.servers) == 1
    assert jp_serverapp.identity_provider.token not in str(caught.value)
