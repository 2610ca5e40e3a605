"""The statement says what went in, how, and nothing of the machine."""

from __future__ import annotations

import json
from pathlib import Path

from jupyter_containerize.attestations import ImageName, Rebase, provenance, rebase_provenance, request_options
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.image import Compression, Digest, LayerOptions, Reference
from jupyter_containerize.domain.platform import Platform
from tests.attestations.made_contents import IMAGE, SYSTEM, small_contents

REQUEST = BuildRequest(
    notebook=Path("/home/somebody/work/iris.ipynb"),
    destination="docker",
    tag="hidden",
    connection_file=Path("/home/somebody/kernel.json"),
    sign_key=Path("/home/somebody/cosign.key"),
    platforms=(Platform(architecture="arm64"),),
    keep=(2,),
    layers=LayerOptions(compression=Compression.ZSTD),
)


def made() -> dict[str, object]:
    """Return the statement."""
    return json.loads(
        provenance(
            small_contents(),
            IMAGE,
            symbols=("predict",),
            options=request_options(REQUEST),
            epoch=1704164645,
            versions={"uv": "0.13.0"},
        )
    )


def test_provenance__statement__has_the_fields_of_slsa():
    """Types, subject and builder are where the specifications want them."""
    found = made()
    assert found["_type"] == "https://in-toto.io/Statement/v1"
    assert found["predicateType"] == "https://slsa.dev/provenance/v1"
    assert found["subject"] == [{"name": "registry.example:5000/team/iris", "digest": {"sha256": "ab" * 32}}]
    definition = found["predicate"]["buildDefinition"]
    assert definition["externalParameters"] == {
        "notebook": {"name": "iris.ipynb", "digest": {"sha256": "12" * 32}},
        "options": {"compression": "zstd", "keep": [2], "platforms": ["linux/arm64"]},
        "symbols": ["predict"],
    }
    assert definition["internalParameters"]["epoch"] == 1704164645
    assert definition["internalParameters"]["versions"] == {"jupyter-containerize": "0.1.0", "uv": "0.13.0"}
    assert found["predicate"]["runDetails"]["builder"]["id"].startswith("pkg:pypi/")


def test_provenance__everything_that_went_in__has_a_hash_and_a_place():
    """Wheels and Debian packages each have a URL that is for everybody, or else a purl."""
    found = {item["name"]: item for item in made()["predicate"]["buildDefinition"]["resolvedDependencies"]}
    assert len(found) == 8
    assert all(len(item["digest"]["sha256"]) == 64 for item in found.values())
    assert found["pkg:pypi/torch@2.4.0%2Bcpu"]["uri"] == "https://wheels.example/t-2.4.0%2Bcpu.whl"
    assert found["pkg:pypi/mine@0.1"]["uri"] == "pkg:pypi/mine@0.1"


def test_provenance__machine_user_and_secrets__are_not_in_it():
    """No path, no login, no destination."""
    text = json.dumps(made())
    assert [word for word in ("somebody", "/home", "hidden", "cosign.key", "docker") if word in text] == []


def test_provenance__made_twice__is_the_same():
    """Nothing of it depends on when or where."""
    assert made() == made()


def test_request_options__plain_request__says_nothing():
    """Only what differs from the usual is told."""
    assert request_options(BuildRequest(notebook=Path("iris.ipynb"))) == {}


def test_rebase_provenance__statement__names_both_images_and_both_bases():
    """Whoever asks for the notebook finds the image before, whose own statement tells of it."""
    before = ImageName(reference=Reference.parse("iris:1"), digest=Digest(f"sha256:{'01' * 32}"))
    run = Reference.parse("registry.example:5000/team/iris-run:debian-12-python-3.11")
    base = ImageName(reference=run, digest=Digest(f"sha256:{'23' * 32}"))
    rebase = Rebase(
        before=before,
        base_before=f"registry.example:5000/team/iris-run@sha256:{'45' * 32}",
        base=base,
        platform=Platform(architecture="amd64"),
        distro="debian-12",
        system_packages=SYSTEM,
        epoch=1,
        tool_version="0.1.0",
    )
    found = json.loads(rebase_provenance(rebase, IMAGE))
    assert found["subject"] == [{"name": "registry.example:5000/team/iris", "digest": {"sha256": "ab" * 32}}]
    definition = found["predicate"]["buildDefinition"]
    assert definition["externalParameters"] == {"image": {"name": "iris:1", "digest": {"sha256": "01" * 32}}}
    assert definition["internalParameters"]["base"] == {
        "before": f"registry.example:5000/team/iris-run@sha256:{'45' * 32}",
        "after": f"registry.example:5000/team/iris-run@sha256:{'23' * 32}",
    }
    digests = [item["digest"]["sha256"] for item in definition["resolvedDependencies"]]
    assert digests == ["01" * 32, *(item.sha256 for item in SYSTEM)]
    (product,) = found["predicate"]["runDetails"]["byproducts"]
    assert (product["name"], product["digest"]) == ("registry.example:5000/team/iris-run", {"sha256": "23" * 32})
