"""uv locks from wheels that the test makes itself, and its failures become ours."""

from __future__ import annotations

import hashlib
import http.server
import subprocess
import threading
import tomllib
from base64 import b64encode
from pathlib import Path

import pytest
import uv
from index_server import index_server
from locking import PLATFORM, lock_in_a_kernel
from packaging.pylock import Pylock
from small_wheels import make_sdist, make_wheel

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import (
    Distribution,
    Evidence,
    LockedEnvironment,
    Requirement,
)
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.resolution import PackageIndex, from_pylock, resolver, to_pylock
from jupyter_containerize.resolution.errors import (
    IndexUnreachable,
    IndexUnreadable,
    NoWheel,
    ResolutionConflict,
    ResolverFailed,
    ResolverMissing,
    SourceUnbuildable,
    VersionNotOnIndex,
)


@pytest.fixture
def links(tmp_path, monkeypatch):
    """Return a folder that is the only index."""
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return folder


@pytest.fixture
def locked(tmp_path):
    """Return a function that locks ``name==version`` lines in a kernel with some distributions."""

    def run(*lines, kernel=(), requires=None, **more):
        distributions = tuple(
            Distribution(
                name=name,
                version=version,
                import_names=(name,),
                requires=tuple((requires or {}).get(name, ())),
                direct_url=(url or [None])[0],
            )
            for name, version, *url in kernel
        )
        requirements = [_requirement(line) for line in lines]
        return lock_in_a_kernel(requirements, folder=tmp_path, distributions=distributions, **more)

    return run


def _requirement(line):
    for sign in (" @ ", "=="):
        name, found, rest = line.partition(sign)
        if found:
            evidence = (Evidence(rule="import", detail=name),)
            return Requirement(distribution=name, specifier=f"{sign}{rest}", import_names=(name,), evidence=evidence)
    raise ValueError(line)


def _pins(packages):
    return [f"{item.name}=={item.version}" for item in packages]


def test_lock__kernel_versions__bind_all_the_way_down(links, locked):
    """What others need has the kernel's version though a newer one is there; what the kernel lacks is newest."""
    make_wheel(links, "top-dist", "1.0", requires=("middle>=1", "new"))
    for version in ("1.0", "2.0"):
        make_wheel(links, "middle", version)
        make_wheel(links, "new", version)
    wheel = links / "middle-1.0-py3-none-any.whl"
    packages = locked("top-dist==1.0", kernel=[("top-dist", "1.0"), ("middle", "1.0"), ("elsewhere", "7")])
    assert _pins(packages) == ["middle==1.0", "new==2.0", "top-dist==1.0"]
    assert packages[0].filename == wheel.name
    assert packages[0].url == wheel.as_uri()
    assert packages[0].sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert packages[0].size_bytes == wheel.stat().st_size


KERNELS = {
    "label of a local build": [("top", "1.0"), ("middle", "1.0+mkl")],
    "version that is none": [("top", "1.0"), ("middle", "1.0"), ("odd", "not-a-version-at-all")],
    "installed from elsewhere": [("top", "1.0"), ("middle", "1.0"), ("other", "3", "https://host/other.git")],
}


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_lock__versions_of_no_index__do_not_stand_in_the_way(kernel, links, locked):
    """What the kernel has from elsewhere binds by its public version, or not at all."""
    make_wheel(links, "top", "1.0", requires=("middle", "other"))
    make_wheel(links, "other", "9.0")
    for version in ("1.0", "2.0"):
        make_wheel(links, "middle", version)
    assert _pins(locked("top==1.0", kernel=kernel)) == ["middle==1.0", "other==9.0", "top==1.0"]


def test_lock__runtime_needs_newer__goes_before_the_kernel(links, locked):
    """The server's own needs win over a version in the kernel that serving does not ask for."""
    for version in ("1.0", "2.0"):
        make_wheel(links, "server", version)
    assert _pins(locked(kernel=[("server", "1.0")], runtime=["server>=1"])) == ["server==1.0"]
    assert _pins(locked(kernel=[("server", "1.0")], runtime=["server>=2"])) == ["server==2.0"]
    with pytest.raises(ResolutionConflict):
        locked("server==1.0", kernel=[("server", "1.0")], runtime=["server>=2"])


def test_lock__many_wheels__takes_the_one_for_the_image(links, locked):
    """Of many wheels the most specific that the image can load is locked."""
    for tag in (
        "py3-none-any",
        "cp311-cp311-win_amd64",
        "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
        "cp311-cp311-manylinux_2_28_x86_64",
        "cp311-cp311-manylinux_2_39_x86_64",
        "cp311-cp311-musllinux_1_2_x86_64",
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp38-abi3-manylinux_2_28_x86_64",
    ):
        make_wheel(links, "fast", "1.0", tag=tag)
    assert locked("fast==1.0")[0].filename == "fast-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"
    assert locked("fast==1.0", python_minor="3.13")[0].filename == "fast-1.0-cp38-abi3-manylinux_2_28_x86_64.whl"


def test_lock__asked_again__asks_nobody(links, locked, monkeypatch):
    """The same question has the same answer without uv; a changed folder is another question."""
    make_wheel(links, "one", "1.0", requires=("two",))
    make_wheel(links, "two", "1.0")
    first = locked("one==1.0")

    def never(*_arguments, **_options):
        raise AssertionError("uv was asked")

    with monkeypatch.context() as patched:
        patched.setattr(resolver, "_run", never)
        assert locked("one==1.0") == first
    make_wheel(links, "two", "2.0")
    assert _pins(locked("one==1.0")) == ["one==1.0", "two==2.0"]


def test_lock__kept_answer_is_damaged__asks_again(links, locked, tmp_path):
    """A kept lock that cannot be read counts as none."""
    make_wheel(links, "one", "1.0")
    first = locked("one==1.0")
    (kept,) = (tmp_path / "locks").iterdir()
    kept.write_text("[[")
    assert locked("one==1.0") == first
    assert [path.name for path in (tmp_path / "locks").iterdir()] == [kept.name]


def test_lock__nothing_needed__is_empty(links, locked):
    """A notebook that imports nothing gives an empty lock."""
    assert locked() == ()


def test_lock__wheel_by_url__is_locked_as_it_is(links, locked, tmp_path):
    """A requirement by URL is that file."""
    wheel = make_wheel(tmp_path / "web", "model-en", "3.8.0")
    (package,) = locked(f"model-en @ {wheel.as_uri()}")
    assert (package.name, package.version, package.url) == ("model-en", "3.8.0", wheel.as_uri())


def test_lock__source_that_cannot_be_built__says_which(links, locked):
    """A distribution without wheels whose source is no project is named with who asked."""
    make_sdist(links, "source-only", "1.0")
    with pytest.raises(SourceUnbuildable) as caught:
        locked("source-only==1.0")
    error = caught.value
    assert (error.distribution, error.source) == ("source-only", "source-only-1.0.tar.gz")
    assert error.evidence == (Evidence(rule="import", detail="source-only"),)


def test_lock__other_platforms_only__is_no_wheel_and_says_which(links, locked):
    """Where there are wheels for others, the error says for whom."""
    make_wheel(links, "top", "1.0", requires=("windows-only",))
    make_wheel(links, "windows-only", "1.0", tag="cp311-cp311-win_amd64")
    make_wheel(links, "old-python", "1.0", tag="cp38-cp38-manylinux_2_17_x86_64")
    with pytest.raises(NoWheel) as caught:
        locked("top==1.0", kernel=[("top", "1.0"), ("windows-only", "1.0")], requires={"top": ["windows_only"]})
    assert caught.value.distribution == "windows-only"
    assert "win_amd64" in caught.value.available
    assert caught.value.evidence == (Evidence(rule="requires", detail="top"),)
    with pytest.raises(NoWheel) as caught:
        locked("old-python==1.0")
    assert "cp38" in caught.value.available


def test_lock__version_is_not_there__says_which(links, locked):
    """A version that the index lacks, and one that carries a local label, are named."""
    make_wheel(links, "there", "1.0")
    with pytest.raises(VersionNotOnIndex) as caught:
        locked("there==2.0")
    assert (caught.value.distribution, caught.value.version, caught.value.local_label) == ("there", "2.0", "")
    with pytest.raises(VersionNotOnIndex) as caught:
        locked("there==1.0+mine")
    assert (caught.value.version, caught.value.local_label) == ("1.0+mine", "mine")
    assert caught.value.evidence == (Evidence(rule="import", detail="there"),)


def test_lock__distribution_is_not_there__says_which(links, locked):
    """A distribution that the index does not have has no version in the error."""
    with pytest.raises(VersionNotOnIndex) as caught:
        locked("nowhere==2.0")
    assert (caught.value.distribution, caught.value.version) == ("nowhere", "")


def test_lock__conflict__keeps_the_derivation(links, locked):
    """Requirements that exclude each other come with the resolver's reasons."""
    make_wheel(links, "top", "1.0", requires=("middle>=2",))
    make_wheel(links, "middle", "1.0")
    make_wheel(links, "middle", "2.0")
    with pytest.raises(ResolutionConflict) as caught:
        locked("top==1.0", "middle==1.0")
    assert "middle>=2" in caught.value.text
    assert not caught.value.text.startswith("error")


EXTRA = {"grpcio>=2": "the gRPC server"}


def test_lock__extra_and_the_notebooks_pin__is_a_conflict(links, locked):
    """What cannot be renamed has one version: the resolver says who asks for which."""
    make_wheel(links, "grpcio", "1.0")
    make_wheel(links, "grpcio", "2.0")
    assert _pins(locked(kernel=[("grpcio", "1.0")], runtime=EXTRA)) == ["grpcio==2.0"]
    with pytest.raises(ResolutionConflict) as caught:
        locked("grpcio==1.0", kernel=[("grpcio", "1.0")], runtime=EXTRA)
    assert "grpcio>=2" in caught.value.text


def test_lock__extra_that_the_index_lacks__says_what_it_is_for(links, locked):
    """Nobody asked for grpcio by name."""
    with pytest.raises(VersionNotOnIndex) as caught:
        locked(runtime=EXTRA)
    assert caught.value.evidence == (Evidence(rule="runtime", detail="the gRPC server"),)


def test_lock__links_are_gone__names_the_folder(links, locked):
    """A folder that the configuration names and that is not there is an error with its path."""
    links.rmdir()
    with pytest.raises(IndexUnreadable) as caught:
        locked("one==1.0")
    assert caught.value.source == str(links)


@pytest.fixture
def private_index():
    """Serve an index on loopback that wants a password; yields its address and the headers that came."""
    seen: list[str | None] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        folder = Path()

        def do_GET(self):
            seen.append(self.headers.get("Authorization"))
            if self.headers.get("Authorization") != "Basic " + b64encode(b"me:s3cret").decode():
                self.send_response(401)
                self.end_headers()
                return
            files = sorted(self.folder.glob("*.whl"))
            name = self.path.rsplit("/", 1)[-1]
            if name:
                body = (self.folder / name).read_bytes()
            else:
                links = "".join(f'<a href="/files/{path.name}">{path.name}</a>' for path in files)
                body = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if not name else "application/zip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Handler, f"127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


def test_lock__private_index__credentials_reach_it_and_nothing_else(private_index, locked, tmp_path, monkeypatch):
    """Uv can log in; the lock, the kept lock and the command line carry no password."""
    handler, host, seen = private_index
    handler.folder = tmp_path / "served"
    make_wheel(handler.folder, "mine", "1.0")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://me:s3cret@{host}/simple")
    commands = []
    popen = subprocess.Popen

    def recording(command, **options):
        commands.append(command)
        return popen(command, **options)

    monkeypatch.setattr(subprocess, "Popen", recording)
    (package,) = locked("mine==1.0")
    assert package.url == f"http://{host}/files/mine-1.0-py3-none-any.whl"
    assert PackageIndex.from_environment().credentials() == {host: ("me", "s3cret")}
    assert any(seen)
    (kept,) = (tmp_path / "locks").iterdir()
    assert "s3cret" not in kept.read_text() + str(commands) + repr(PackageIndex.from_environment())


@pytest.mark.parametrize("password", ["wrong", "s3cret"])
def test_lock__index_refuses_or_is_away__is_unreachable(password, private_index, locked, monkeypatch):
    """A wrong password and a dead address are the index's bad day, told without the password."""
    _, host, _ = private_index
    address = host if password == "wrong" else "127.0.0.1:9"
    monkeypatch.setenv("PIP_INDEX_URL", f"http://me:{password}@{address}/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(IndexUnreachable) as caught:
        locked("mine==1.0")
    assert password not in caught.value.reason


@pytest.fixture
def known(locked, tmp_path, monkeypatch):
    """Return an index of which uv has kept what it says of ``one`` and ``two``, which requires ``three``."""
    with index_server(tmp_path / "served") as server:
        server.hashes = True
        make_wheel(server.folder, "one", "1.0")
        make_wheel(server.folder, "two", "1.0", requires=("three",))
        make_wheel(server.folder, "three", "1.0")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{server.host}/simple/")
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        locked("one==1.0")
        locked("two==1.0", kernel=[("three", "1.0")])
        server.sent.clear()
        yield server


def test_lock__all_given_and_here__asks_no_index(known, locked):
    """One more distribution, of which everything is known: the answer is that of an index, which is not asked."""
    packages = locked("one==1.0", "two==1.0", kernel=[("three", "1.0")], at_hand=lambda _: True)

    assert not known.sent
    asked = locked("one==1.0", "two==1.0", kernel=[("three", "1.0"), ("other", "2.0")])
    assert known.sent
    assert packages == asked


ASKED = {
    "a wheel is not here": ((("three", "1.0"),), lambda _: False),
    "a version is not given": ((), lambda _: True),
    "nobody knows what is here": ((("three", "1.0"),), None),
}


@pytest.mark.parametrize(("kernel", "at_hand"), ASKED.values(), ids=ASKED)
def test_lock__not_certain_without_an_index__asks_it(kernel, at_hand, known, locked):
    """What an index may answer otherwise by now is asked."""
    make_wheel(known.folder, "three", "1.1")

    packages = _pins(locked("one==1.0", "two==1.0", kernel=kernel, at_hand=at_hand))

    assert known.sent
    assert packages == ["one==1.0", f"three=={'1.0' if kernel else '1.1'}", "two==1.0"]


def test_lock__never_asked_before__asks_the_index(known, locked):
    """What uv has nothing of is asked for, whatever is here."""
    make_wheel(known.folder, "four", "1.0")

    assert _pins(locked("one==1.0", "four==1.0", at_hand=lambda _: True)) == ["four==1.0", "one==1.0"]


def test_lock__offline__is_unreachable(locked, monkeypatch):
    """Uv's own offline switch is honoured and said."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(IndexUnreachable) as caught:
        locked("mine==1.0")
    assert "offline" in caught.value.reason


def test_lock__cancelled__ends_uv(locked, tmp_path, monkeypatch):
    """A cancel ends the resolver's process."""
    cancel = CancelToken()
    slow = tmp_path / "uv"
    slow.write_text(f"#!/bin/sh\necho $$ > {tmp_path / 'pid'}\nexec sleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setattr(uv, "find_uv_bin", lambda: str(slow))
    cancel.cancel()
    with pytest.raises(Cancelled):
        locked("one==1.0", cancel=cancel)
    pid = (tmp_path / "pid").read_text().strip() if (tmp_path / "pid").exists() else "none"
    assert not Path(f"/proc/{pid}").exists()


SAYINGS = {
    "unknown": ("error: the moon is in the way", ResolverFailed),
    "tls": ("error: Failed to fetch: `https://u:p@h/`\n  cause: invalid peer certificate", IndexUnreachable),
    "older tree": (
        "  \u00d7 No solution found when resolving dependencies:\n  ╰─▶ Because there is no version of a==2\n      and",
        VersionNotOnIndex,
    ),
}


@pytest.mark.parametrize(("said", "kind"), SAYINGS.values(), ids=SAYINGS)
def test_lock__uv_says__becomes_a_typed_error(said, kind, locked, tmp_path, monkeypatch):
    """What uv writes is recognised in any layout, and never repeated with a password."""
    fake = tmp_path / "uv"
    (tmp_path / "said").write_text(said)
    fake.write_text(f"#!/bin/sh\ncat > /dev/null\ncat {tmp_path / 'said'} >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(uv, "find_uv_bin", lambda: str(fake))
    with pytest.raises(kind) as caught:
        locked("a==2")
    assert "u:p@" not in str(caught.value)


def test_lock__no_uv__says_so(locked, monkeypatch):
    """A resolver that is not there is an error with what the system said."""
    monkeypatch.setattr(uv, "find_uv_bin", lambda: "/no/such/uv")
    with pytest.raises(ResolverMissing):
        locked("a==2")


@pytest.mark.network
def test_lock__real_index__has_wheels_with_hashes(locked):
    """scikit-learn and all that it needs come from the real index, for the image and not for this machine."""
    packages = {item.name: item for item in locked("scikit-learn==1.7.2", kernel=[("numpy", "2.2.6")])}
    assert set(packages) >= {"scikit-learn", "numpy", "scipy", "joblib", "threadpoolctl"}
    assert packages["numpy"].version == "2.2.6"
    assert all(len(item.sha256) == 64 and item.size_bytes for item in packages.values())
    assert "cp311-cp311-manylinux" in packages["scikit-learn"].filename
    text = to_pylock(LockedEnvironment(python_minor="3.11", platform=PLATFORM, packages=tuple(packages.values())))
    assert from_pylock(text).packages == tuple(packages.values())
    assert len(Pylock.from_dict(tomllib.loads(text)).packages) == len(packages)
