"""The store's commands as people and programs use them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from jupyter_containerize.cli import main
from jupyter_containerize.cli.store import size_of
from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.publishing.errors import IllegalSize
from jupyter_containerize.publishing.store import STORE_VARIABLE, LocalStore
from tests.publishing.stored import stored_image

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store(tmp_path, monkeypatch) -> LocalStore:
    """Give the user's store, with an image of a name and one without."""
    monkeypatch.setenv(STORE_VARIABLE, str(tmp_path / "store"))
    opened = LocalStore.default()
    stored_image(opened, b"untagged")
    return opened


@pytest.fixture
def image(store) -> Image:
    """Give the image with a name."""
    made = stored_image(store, b"tagged")
    store.tag(Reference.parse("iris:latest"), made.manifest_digest)
    return made


@pytest.fixture
def run(capsys) -> Command:
    """Return a function that runs ``jupyter containerize store`` and gives exit code, stdout and stderr."""

    def typed(*words: str) -> tuple[int, str, str]:
        code = main(["store", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


def test_store_usage__json__adds_up(store, image, run):
    """A program reads how large each kind is."""
    code, out, _ = run("usage", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["root"] == str(store.root)
    assert told["size_bytes"] == sum(share["size_bytes"] for share in told["kinds"].values())
    assert told["kinds"]["tagged images"]["count"] == 1
    assert "untagged images" in run("usage")[1]


def test_store_verify__sound__is_zero(store, image, run):
    """A sound store is said to be."""
    code, out, _ = run("verify")
    assert code == 0
    assert out.startswith("Everything is sound: 7 files, ")


def test_store_verify__damaged__says_what_to_do_and_repairs(store, image, run):
    """A person reads what is damaged, which image needs it and what to do; a program reads the same."""
    blob = store.blob_path(image.layers[1].digest)
    blob.write_bytes(b"x")
    code, out, _ = run("verify")
    assert code == 40
    assert f"blob blobs/sha256/{blob.name}: its content is another (needed by iris:latest)\n" in out
    assert "build the notebooks of iris:latest again" in out
    assert blob.exists()
    code, out, _ = run("verify", "--repair", "--json")
    assert code == 40
    (damage,) = json.loads(out)["damages"]
    assert (damage["done"], damage["repaired"], damage["tags"]) == ("removed", False, ["iris:latest"])
    assert not blob.exists()
    stored_image(store, b"tagged")
    assert run("verify")[0] == 0


def test_store_verify__only_caches_damaged__is_zero_once_repaired(store, image, run):
    """What nobody misses is removed, and all is well."""
    (store.downloads / ("0" * 64)).write_bytes(b"x")
    assert run("verify")[0] == 40
    assert run("verify", "--repair")[0] == 0
    assert run("verify")[0] == 0


def test_store_gc__dry_run_then_really__leaves_the_tagged_image(store, image, run):
    """The dry run lists what goes; afterwards it has gone, and the named image is there."""
    code, out, _ = run("gc", "--keep", "0", "--dry-run")
    assert code == 0
    assert "untagged images: sha256:" in out
    assert "would be removed" in out
    assert len(store.images()) == 2
    told = json.loads(run("gc", "--keep", "0", "--json")[1])
    assert told["freed_bytes"] == told["before_bytes"] - told["after_bytes"] > 0
    assert [stored.tags for stored in store.images()] == [("iris:latest",)]
    assert "The rest is of tagged images" in run("gc", "--keep", "0")[1]


def test_store_prune__nothing_old__removes_nothing(store, image, run):
    """What was used today stays; ``--days 0`` says that today is long ago."""
    assert json.loads(run("prune", "--json")[1])["removed"] == []
    kinds = {piece["kind"] for piece in json.loads(run("prune", "--days", "0", "--json")[1])["removed"]}
    assert "untagged images" in kinds


def test_store_gc__no_size__is_the_users_error(store, run):
    """A size that cannot be read is said, and nothing is removed."""
    code, _, err = run("gc", "--keep", "much")
    assert code == 2
    assert "This is not a size" in err
    assert len(store.images()) == 1


def test_store__index_damaged__is_explained(store, image, run):
    """What cannot be counted is told as a problem; the verification tells it as damage and mends it."""
    (store.root / "index.json").write_bytes(b"x")
    code, _, err = run("usage")
    assert code == 40
    assert "The list of images in the local store is damaged" in err
    assert "store verify --repair" in err
    assert run("verify", "--repair")[0] == 0
    assert run("usage")[0] == 0


SIZES = {
    "20GB": 20 * 1000**3,
    "20 gb": 20 * 1000**3,
    "1.5T": 1_500_000_000_000,
    "512MiB": 512 << 20,
    "4KiB": 4096,
    "1000": 1000,
    "0": 0,
    "7B": 7,
}


@pytest.mark.parametrize(("text", "size"), SIZES.items(), ids=SIZES)
def test_size_of__a_size__is_bytes(text, size):
    """Units are powers of 1000, those with an i of 1024."""
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1", "1e3", "20 bytes", "5iB", "1,5GB"])
def test_size_of__no_size__is_refused(text):
    """What could be misread is not read."""
    with pytest.raises(IllegalSize):
        size_of(text)
