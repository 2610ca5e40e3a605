"""The server's own wheels are the very files that were noted at release, wherever the index has them."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path

import pytest
from index_server import index_server
from small_wheels import make_wheel

from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.explain import explain
from jupyter_containerize.resolution import PackageIndex, lock_vendored, vendored_licences
from jupyter_containerize.resolution.errors import IndexUnreachable, OwnWheelMissing
from jupyter_containerize.resolution.simple_index import SimpleIndex
from jupyter_containerize.resolution.vendored import TABLE
from jupyter_containerize.runtime.requirements import VENDORED

PIN = "parser==1.0"
PLATFORM = "x86_64-manylinux_2_36"
MINORS = [f"3.{minor}" for minor in range(9, 15)]
PLATFORMS = [f"{machine}-manylinux_2_{glibc}" for machine in ("x86_64", "aarch64") for glibc in (28, 36, 41)]


class Case:
    """A wheel of the server's own in a folder, a table that knows it, and how to ask."""

    def __init__(self, folder: Path) -> None:
        self.links = folder / "links"
        self.wheel = make_wheel(self.links, "parser", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64")
        self.sha256 = hashlib.sha256(self.wheel.read_bytes()).hexdigest()
        self.table = folder / "table.json"
        self._cache = folder / "locks"
        size_bytes = self.wheel.stat().st_size
        wheels = {self.wheel.name: {"sha256": self.sha256, "size_bytes": size_bytes}}
        self.table.write_text(json.dumps({PIN: {"licence": "MIT", "wheels": wheels}}))

    def ask(self, python_minor: str = "3.11"):
        """Return what is locked from the index that the environment says."""
        return lock_vendored(
            [PIN],
            python_minor=python_minor,
            platform=PLATFORM,
            index=PackageIndex.from_environment(),
            cache=self._cache,
            table=self.table,
        )


@pytest.fixture
def case(tmp_path):
    """Return a wheel that no index has yet."""
    return Case(tmp_path)


@pytest.fixture
def linked(case, monkeypatch):
    """Return the wheel in a folder that is the only index."""
    monkeypatch.setenv("PIP_FIND_LINKS", str(case.links))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return case


def test_lock_vendored__folder_of_wheels__names_the_file_with_our_hash(linked):
    """A folder tells no hash: ours goes with the file, and is compared when it is fetched."""
    (package,) = linked.ask()
    assert (package.name, package.version, package.filename) == ("parser", "1.0", linked.wheel.name)
    assert (package.url, package.sha256) == (linked.wheel.as_uri(), linked.sha256)
    assert package.size_bytes == linked.wheel.stat().st_size


def test_lock_vendored__index__tells_only_where_the_file_is(case, monkeypatch):
    """A mirror has the file at a place of its own; a page is asked once for the same question."""
    with index_server(case.links) as server:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{server.host}/simple")
        (package,) = case.ask()
        sent = dict(server.sent)
        assert case.ask() == (package,)
        assert server.sent == sent
    assert (package.url, package.sha256) == (f"http://{server.host}/files/{case.wheel.name}", case.sha256)
    # The index is gone, and the answer is not.
    assert case.ask() == (package,)


def test_lock_vendored__offline__has_what_was_found_before(linked, monkeypatch):
    """Without a network nothing new is found, and nothing known is lost."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(IndexUnreachable):
        linked.ask()
    monkeypatch.delenv("UV_OFFLINE")
    found = linked.ask()
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert linked.ask() == found


def test_lock_vendored__another_file_of_that_name__is_not_taken(case, monkeypatch):
    """An index whose file has another hash does not have ours."""
    with index_server(case.links) as server:
        server.html = True  # its pages promise a hash of their own
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{server.host}/simple")
        error = _refused(case.ask)
    assert (error.distribution, error.filename) == ("parser", case.wheel.name)


def test_lock_vendored__index_lacks_it__says_which_file(linked):
    """The words name the file, and where it can be put."""
    linked.wheel.unlink()
    error = _refused(linked.ask)
    problem = explain(error)
    assert linked.wheel.name in problem.saw
    assert "PIP_FIND_LINKS" in problem.todo


def test_lock_vendored__python_without_a_wheel__says_so(linked):
    """The server does not work on such a Python, and no index is to blame."""
    problem = explain(_refused(lambda: linked.ask("3.8")))
    assert "Python 3.8" in problem.title
    assert problem.todo == "Use a kernel with CPython 3.9 to 3.15."


def test_lock_vendored__index_is_down__is_an_error_of_the_network(case, monkeypatch):
    """It is not said that the index lacks the file."""
    with index_server(case.links) as server:
        server.status = 403
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{server.host}/simple")
        with pytest.raises(IndexUnreachable):
            case.ask()


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python_minor", MINORS)
def test_table__every_python_and_platform__has_a_wheel_of_each(python_minor, platform, tmp_path):
    """Nothing of what we ship lacks a wheel for what we support: nobody but an index can be asked for more."""
    index = PackageIndex(no_index=True)
    with pytest.raises(OwnWheelMissing) as caught:
        lock_vendored(VENDORED, python_minor=python_minor, platform=platform, index=index, cache=tmp_path)
    assert f"cp{python_minor.replace('.', '')}" in caught.value.filename


def test_table__what_the_runtime_vendors__is_all_that_it_has():
    """The table was written again after the last change, and says under which licence each may be passed on."""
    assert set(json.loads(TABLE.read_bytes())) == set(VENDORED)
    assert set(vendored_licences().values()) <= {"MIT", "BSD-3-Clause", "Apache-2.0"}


@pytest.mark.network
def test_table__written_again__is_the_same():
    """The hashes are those of the public index, and the script gives the file that is there."""
    path = Path(__file__).parents[2] / "scripts" / "lock_vendored.py"
    spec = importlib.util.spec_from_file_location("lock_vendored_script", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    rows = script.rows_of(SimpleIndex(PackageIndex.from_environment()), VENDORED)
    assert script.text_of(rows) == TABLE.read_text(encoding="utf-8")


def _refused(ask) -> OwnWheelMissing:
    with pytest.raises(ContainerizeError) as caught:
        ask()
    assert isinstance(caught.value, OwnWheelMissing)
    return caught.value
