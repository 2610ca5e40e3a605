"""Builds that are killed, and builds beside each other: whatever moment it is, the store is sound afterwards.

A killed build is a fork of a program that counts what it asks of the system (Python's audit events: each file that is
opened, renamed, linked, removed) and kills itself at the Nth; so every step of a build is the last one once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from jupyter_containerize.publishing.store import STORE_VARIABLE, LocalStore
from jupyter_containerize.publishing.verifying import verify

NOTEBOOK = Path(__file__).parents[2] / "examples" / "iris.ipynb"

pytestmark = [pytest.mark.slow]

KILLED = """
import gc, json, os, pathlib, signal, sys
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.verifying import verify
from tests.oci.small import SMALL, file, folder
from tests.publishing.stored import stored_image

EVENTS = {"open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.chmod", "os.utime", "os.symlink"}
root, first, step = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
name = Reference.parse("iris:latest")


def build(number):
    store = LocalStore(root)
    with store.in_use():
        code = b"code %d" % number
        # A base that every build finds, a layer of its own, an image, and its name at the end.
        image = stored_image(store, code)
        with store.root_of(image.layers) as found:
            assert (found / "app" / "main").read_bytes() == code
        (store.downloads / ".new-x").write_bytes(b"")
        store.tag(name, image.manifest_digest)
        return image


def killed_at(number, event):
    child = os.fork()
    if child == 0:
        left = event
        def count(what, arguments):
            nonlocal left
            if what in EVENTS:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(count)
        build(number)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


before = build(0)
moments, finished = 0, False
event = first
while not finished:
    finished = killed_at(event, event)
    moments += 1
    store = LocalStore(root)
    damages = verify(store).damages
    assert damages == (), (event, damages)
    now = store.find(name)
    assert all(map(store.has_layer, now.layers)), event
    if now != before:
        # Only a whole new image takes the name.
        with store.root_of(now.layers) as found:
            assert (found / "app" / "main").read_bytes() == b"code %d" % event, event
    if event % 10 == 0:
        # The next build works.
        now = build(-event)
        assert store.find(name) == now
    before = now
    event += step
store = LocalStore(root)
with store.scratch():
    pass
left = [path.name for path in (*(root / "scratch").iterdir(), *(root / "leases").glob("work-*"))]
print(json.dumps({"moments": moments, "left": [name for name in left if not name.endswith(".lock")]}))
"""


def run(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program with the tests on its path."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize("first", [1, 2, 3])
def test_build__killed_at_any_step__leaves_a_sound_store(tmp_path: Path, first: int) -> None:
    """Killed at each thing that it asks of the system, a build loses nothing and hinders nobody."""
    done = run(KILLED, tmp_path / "store", first, 3)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["moments"] > 15
    assert told["left"] == []


BESIDE = """
import pathlib, sys, time
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.publishing.collecting import collect
from jupyter_containerize.publishing.store import LocalStore
from tests.oci.small import file, folder
from tests.publishing.stored import stored_image

root, who, rounds = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = LocalStore(root)
if who == "collector":
    removed = 0
    while not (root / "done").exists():
        removed += len(collect(store, 0).removed)
    print(removed)
    sys.exit()
for number in range(rounds):
    with store.in_use():
        # Every second layer is one that the other builds make as well.
        code = b"shared %d" % number if number % 2 else b"%s %d" % (who.encode(), number)
        image = stored_image(store, code)
        for layer in image.layers:
            assert store.has_layer(layer), (who, number, layer.digest)
            store.check_blob(layer.digest)
        with store.root_of(image.layers) as found:
            assert (found / "app" / "main").read_bytes() == code
        store.tag(Reference.parse(f"{who}:v{number % 3}"), image.manifest_digest)
"""


def test_builds__beside_each_other_and_a_collection__harm_nothing(tmp_path: Path) -> None:
    """Two programs build overlapping images into one store while a third removes all that may go."""
    root = tmp_path / "store"
    start = [sys.executable, "-W", "error", "-c", BESIDE, str(root)]
    place = Path(__file__).parents[2]

    def begin(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*start, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=place
        )

    collector, *builders = begin("collector", "0"), begin("one", "25"), begin("two", "25")
    try:
        told = [builder.communicate() for builder in builders]
    finally:
        root.mkdir(exist_ok=True)
        (root / "done").touch()
        removed, complaints = collector.communicate()
    assert [error for _, error in told] == ["", ""]
    assert complaints == ""
    assert int(removed) > 0
    checked = run(SOUND, root)
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout) == [f"{who}:v{number}" for who in ("one", "two") for number in range(3)]


SOUND = """
import json, pathlib, sys
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.verifying import verify
store = LocalStore(pathlib.Path(sys.argv[1]))
assert verify(store).damages == ()
print(json.dumps(sorted(tag for image in store.images() for tag in image.tags)))
"""


def _killed_build(root: Path, seconds: float) -> None:
    command = [sys.executable, "-m", "jupyter_containerize.cli", "build", str(NOTEBOOK), "--quiet"]
    build = subprocess.Popen(
        [*command, "--selftest", "skip"], env={**os.environ, STORE_VARIABLE: str(root)}, start_new_session=True
    )
    with suppress(subprocess.TimeoutExpired):
        build.wait(timeout=seconds)
    with suppress(ProcessLookupError):
        os.killpg(build.pid, signal.SIGKILL)
    build.wait()


@pytest.mark.network
def test_build__real_one_killed_at_many_moments__goes_on_where_it_was(tmp_path: Path) -> None:
    """A build of the iris example that is killed again and again leaves a sound store, and in the end an image."""
    root = tmp_path / "store"
    for seconds in (1.0, 3.0, 4.0, 6.0, 8.0, 3.5, 5.0):
        _killed_build(root, seconds)
        report = verify(LocalStore(root))
        assert report.damages == (), seconds
    _killed_build(root, 600.0)
    store = LocalStore(root)
    (image,) = store.images()
    assert "iris:latest" in image.tags
    assert verify(store).damages == ()
    found = store.load(image.digest)
    with store.root_of(found.layers) as unpacked:
        assert any(unpacked.iterdir())
    assert list((root / "scratch").iterdir()) == []


FULL = """
import pathlib, random, sys
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.publishing.collecting import collect
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.verifying import verify
from jupyter_containerize.transport import DiskFull
from jupyter_containerize.oci import assemble
from tests.oci.small import CONFIG, file, folder
from tests.publishing.stored import CREATED, stored_image

root = pathlib.Path(sys.argv[1])
name = Reference.parse("iris:latest")
store = LocalStore(root)
kept = stored_image(store, b"kept")
store.tag(name, kept.manifest_digest)
full = 0
for number in range(40):
    content = random.Random(number).randbytes(400_000)
    try:
        with store.in_use():
            entries = (folder("app"), file("app/main", content))
            layer = store.make_layer(f"key-{number}", entries, cancel=CancelToken())
            image = assemble([(layer, "app")], CONFIG, created=CREATED)
            store.add_image(image)
            with store.root_of(image.layers):
                store.tag(name, image.manifest_digest)
                kept = image
    except DiskFull:
        full += 1
    assert verify(store).damages == (), number
    assert store.find(name) == kept, number
assert full > 20, full
removed = collect(store, 0).removed
assert removed
with store.in_use():
    image = stored_image(store, b"room again")
    store.tag(name, image.manifest_digest)
assert verify(store).damages == ()
print("sound")
"""


def test_builds__disk_gets_full__lose_nothing(tmp_path: Path) -> None:
    """On a disk without room builds fail and names stay; a collection makes room, and builds work again."""
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
         'mount -t tmpfs -o size=6m tmpfs "$1" && shift && exec "$@"', "sh", tmp_path,
         sys.executable, "-W", "error", "-c", FULL, tmp_path],
        check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("sound\n", "")
