"""The list of the local store's images, as people see it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_containerize.cli import main
from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.publishing.store import STORE_VARIABLE, LocalStore
from tests.publishing.stored import stored_image


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """Give the user's store, which has no images."""
    monkeypatch.setenv(STORE_VARIABLE, str(tmp_path / "store"))
    return LocalStore.default()


def named(store: LocalStore) -> Image:
    """Make an image with a name."""
    image = stored_image(store)
    store.tag(Reference.parse("iris:latest"), image.manifest_digest)
    return image


def test_images__one__is_listed(store: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    """Its name and the beginning of its digest are there."""
    image = named(store)
    assert main(["images"]) == 0
    out = capsys.readouterr().out
    assert "iris:latest" in out
    assert image.manifest_digest.hex[:12] in out


def _garbage(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"{")


# What was done to the store; what is said of it.
DAMAGES: dict[str, tuple[Callable[[LocalStore, Image], None], str]] = {
    "list of garbage": (lambda store, _: _garbage(store.root / "index.json"), "JC-STORE-04"),
    "no list": (lambda store, _: (store.root / "index.json").unlink(), "JC-STORE-04"),
    "manifest of garbage": (lambda store, image: _garbage(store.blob_path(image.manifest_digest)), "JC-OCI-01"),
}


@pytest.mark.parametrize(("harm", "code"), DAMAGES.values(), ids=DAMAGES)
def test_images__damaged__says_so_and_what_to_do(
    store: LocalStore,
    capsys: pytest.CaptureFixture[str],
    harm: Callable[[LocalStore, Image], None],
    code: str,
) -> None:
    """Nothing is thrown at the user, and the way out is named."""
    harm(store, named(store))
    assert main(["images"]) == 40
    said = " ".join(capsys.readouterr().err.split())
    assert code in said
    assert "store verify" in said
