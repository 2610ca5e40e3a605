"""An application unpacked as a buildpack's output."""

from __future__ import annotations

import tomllib

import pytest

from jupyter_containerize import cnb
from jupyter_containerize.buildpacks.protocol import VENV
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.publishing import LocalStore, parse_destination
from jupyter_containerize.publishing.cnb_layers import CnbLayersDestination
from jupyter_containerize.publishing.errors import DestinationUnwritable, UnknownDestination
from tests.cnb.made_images import SBOM, Blobs, base_of_packages, made_image, made_run_image
from tests.publishing.stored import stored_image

BASE = base_of_packages({"libc6": "2.36-9"})


@pytest.fixture
def store(tmp_path):
    """Give an empty store."""
    return LocalStore(tmp_path / "store")


def publish(destination, image, store):
    """Publish, and return what was counted."""
    counted = []
    destination.publish(image, store, reference=Reference.parse("iris"), on_bytes=counted.append, cancel=CancelToken())
    return sum(counted)


def test_publish__an_image_of_ours__gives_layers_with_their_types_and_the_application(tmp_path, store):
    """What the lifecycle makes itself is not there: launcher, process table and links."""
    blobs = Blobs()
    image = made_image(tmp_path, blobs, BASE, made_run_image(blobs, BASE), name="x-run:t")
    for digest, blob in blobs.by_digest.items():
        store.blob_path(digest).write_bytes(blob)
    made = tmp_path / "made"
    destination = CnbLayersDestination(made)
    destination.check()
    counted = publish(destination, image, store)
    assert counted == sum(layer.size_bytes for layer in cnb.base_of(image).above)
    assert {path.name for path in made.iterdir()} == {"layers", "workspace"}
    assert {path.name for path in (made / "layers").iterdir()} == {
        "settings",
        "settings.toml",
        "venv",
        "venv.toml",
        "launch.toml",
        "launch.sbom.cdx.json",
        "launch.sbom.spdx.json",
    }
    assert (made / "layers/launch.sbom.cdx.json").read_bytes() == SBOM["cdx"]
    assert tomllib.loads((made / "layers/venv.toml").read_text())["types"]["launch"]
    assert (made / "layers/venv/bin/python").stat().st_mode & 0o777 == 0o755
    assert (made / "workspace/serving.py").read_text() == "x = 1\n"
    launch = tomllib.loads((made / "layers/launch.toml").read_text())
    (process,) = launch["processes"]
    command = [f"/{VENV}/bin/python", "-m", "jupyter_containerize_runtime"]
    assert process == {"type": "web", "command": command, "args": [], "default": True}
    assert {"key": "io.jupyter-containerize.notebook", "value": "a.ipynb"} in launch["labels"]


def test_publish__an_image_of_another_maker__is_refused(tmp_path, store):
    """It does not say where its base ends; nothing is left behind."""
    made = tmp_path / "made"
    with pytest.raises(cnb.NotRebasable):
        publish(CnbLayersDestination(made), stored_image(store), store)
    assert list(made.iterdir()) == []


def test_check__a_folder_with_something_in_it__is_refused(tmp_path):
    """Nothing of the user's is mixed with ours."""
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DestinationUnwritable):
        CnbLayersDestination(tmp_path).check()


def test_parse__the_text_of_the_buildpack__is_this_destination(tmp_path):
    """A folder must be named."""
    assert isinstance(parse_destination(f"cnb-layers:{tmp_path}"), CnbLayersDestination)
    with pytest.raises(UnknownDestination):
        parse_destination("cnb-layers:")
