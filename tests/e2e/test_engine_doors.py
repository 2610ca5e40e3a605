"""The engine by its terminal door: platforms, signatures, plans, project.toml and newer bases."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from jupyter_containerize import cnb
from jupyter_containerize.attestations import read_inventory
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, Reference, Tag
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.registries import client_for, push_image, read_remote
from jupyter_containerize.registry import referrers
from tests.e2e.older_base import on_an_older_base
from tests.notebooks.made import content_of

pytestmark = [pytest.mark.slow, pytest.mark.network]

CELLS = (
    "import os\nimport packaging.version",
    "limit = int(os.environ.get('LIMIT', '1'))",
    "def predict(version: str) -> bool:\n    return packaging.version.Version(version).major > limit",
    "predict('2.1')",
)
PYTHON3 = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
CYCLONEDX = "application/vnd.cyclonedx+json"


def written(folder: Path, *cells: str) -> Path:
    """Write a notebook of these cells."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "versions.ipynb"
    path.write_text(json.dumps(content_of(*cells, metadata=PYTHON3, minor=4)), encoding="utf-8")
    return path


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, Path]:
    """Return a private key that only its owner may read, and its public half, as openssl makes them."""
    private, public = tmp_path / "key.pem", tmp_path / "key.pub"
    curve = ("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", private)
    subprocess.run(curve, check=True, capture_output=True)
    private.chmod(0o600)
    subprocess.run(("openssl", "pkey", "-in", private, "-pubout", "-out", public), check=True, capture_output=True)
    return private, public


@pytest.mark.registry
def test_build__two_platforms_signed__registry_has_all_that_belongs_to_them(
    containerize, registry, tmp_path: Path, key: tuple[Path, Path]
) -> None:
    """Index, images, their base, bills of materials and signatures; another key is told from the right one."""
    private, public = key
    name = f"{registry}/signed/versions:v1"
    platforms = ("--platform", "linux/amd64,linux/arm64")
    notebook = written(tmp_path / "work", *CELLS)
    ran = containerize("build", notebook, "--json", *platforms, "--to", name, "--sign-key", private)
    assert ran.code == 0, ran.err[-3000:]
    assert [image["platform"] for image in ran.closing["images"]] == ["linux/amd64", "linux/arm64"]
    verified = containerize("verify", name, "--key", public, "--json")
    assert verified.code == 0, verified.err
    assert verified.closing["digest"] == ran.closing["digest"]
    reference = Reference.parse(name)
    base = Reference(host=registry, repository="signed/versions-run", tag=Tag(debian_tag(reference)))
    client = client_for(reference)
    for platform in (Platform(architecture="amd64"), Platform(architecture="arm64")):
        image, below = read_remote(reference, platform), read_remote(base, platform)
        assert image is not None
        assert below is not None
        assert image.layers[: len(below.layers)] == below.layers
        kinds = [item.artifact_type for item in referrers(client, reference.repository, image.manifest_digest)]
        assert CYCLONEDX in kinds
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "key.pub"
    wrong = subprocess.run(
        "openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout",
        shell=True,
        check=True,
        capture_output=True,
    )
    other.write_bytes(wrong.stdout)
    refused = containerize("verify", name, "--key", other)
    assert refused.code == 50
    assert "Traceback" not in refused.err


def debian_tag(reference: Reference) -> str:
    """Return the tag of the base that an image at a registry names."""
    image = read_remote(reference, Platform(architecture="amd64"))
    assert image is not None
    return cnb.base_of(image).run_image.image.rpartition(":")[2]


def test_plan__after_a_change_of_code__names_the_one_reason(containerize, tmp_path: Path) -> None:
    """Everything else is in the store; nothing is named by a plan."""
    notebook = written(tmp_path, *CELLS)
    built = containerize("build", notebook, "--json", "--tag", "planned")
    assert built.code == 0, built.err[-3000:]
    written(tmp_path, *CELLS[:2], CELLS[2].replace("> limit", ">= limit"), CELLS[3])
    ran = containerize("plan", notebook, "--json", "--tag", "planned", "--diff", "planned")
    assert ran.code == 0, ran.err[-3000:]
    (image,) = ran.closing["images"]
    new = {
        layer["slot"]: [reason["text"] for reason in layer["reasons"]]
        for layer in image["layers"]
        if layer["state"] == "new"
    }
    assert list(new) == ["app/code"]
    assert "file serving.py has changed" in new["app/code"]
    (comparison,) = ran.closing["comparison"]
    assert comparison["changes"] == []
    listed = containerize("images", "--json").out.splitlines()
    assert [json.loads(line)["digest"] for line in listed if "planned:latest" in line] == [built.closing["digest"]]


def test_build__project_file__variables_and_platforms_count(containerize, tmp_path: Path) -> None:
    """What it sets is there while the notebook runs, and in no image."""
    notebook = written(tmp_path, *CELLS)
    (tmp_path / "project.toml").write_text(
        '[_]\nschema-version = "0.2"\n'
        '[[io.buildpacks.build.env]]\nname = "LIMIT"\nvalue = "7"\n'
        '[io.jupyter-containerize]\nplatforms = ["linux/arm64"]\n'
    )
    ran = containerize("build", notebook, "--json", "--tag", "projected", "--to", f"oci:{tmp_path}/layout")
    assert ran.code == 0, ran.err[-3000:]
    assert [image["platform"] for image in ran.closing["images"]] == ["linux/arm64"]
    assert not ran.closing["selftest"]["ran"]
    blobs = b"".join(path.read_bytes() for path in (tmp_path / "layout" / "blobs" / "sha256").iterdir())
    assert b"LIMIT=7" not in blobs
    captured = [item["name"] for item in ran.closing["objects"]]
    assert captured == ["limit"]


@pytest.mark.parametrize("stale", [{"stale": False}, {"stale": True}], ids=("by us", "by another tool"))
def test_rebase__image_on_an_older_base__is_the_image_that_a_build_makes(
    containerize, store: Path, tmp_path: Path, stale: dict[str, bool]
) -> None:
    """An image that was built and one that is rebased onto the same packages are one, bill of materials and all."""
    built = containerize("build", written(tmp_path, *CELLS), "--json", "--tag", "rebased")
    assert built.code == 0, built.err[-3000:]
    local = LocalStore(store)
    image = local.load(Digest(built.closing["digest"]))
    older = on_an_older_base(image, local, **stale)
    local.tag(Reference.parse("rebased"), older.manifest_digest)
    ran = containerize("rebase", "rebased", "--json")
    assert ran.code == 0, ran.err[-3000:]
    assert ran.closing["digest"] == built.closing["digest"]
    assert ran.closing["changes"]["libc6"]["before"] == "0"
    found = local.find(Reference.parse("rebased"))
    assert found is not None
    before, after = cnb.base_of(older), cnb.base_of(found)
    kept = [layer for layer in before.above if layer != before.sbom]
    assert [layer for layer in after.above if layer != after.sbom] == kept
    again = containerize("rebase", "rebased", "--json")
    assert again.closing["changes"] == {}
    refused = containerize("rebase", "nothing-of-that-name")
    assert refused.code != 0
    assert "Traceback" not in refused.err


@pytest.mark.registry
def test_rebase__signed_at_a_registry__has_beside_it_what_a_build_puts_there(
    containerize, registry, store: Path, tmp_path: Path, key: tuple[Path, Path]
) -> None:
    """Bills of materials with the new versions, provenance that names what was rebased, and signatures."""
    private, public = key
    name = f"{registry}/renewed/versions:v1"
    built = containerize("build", written(tmp_path / "work", *CELLS), "--json", "--to", name, "--selftest", "skip")
    assert built.code == 0, built.err[-3000:]
    local, reference = LocalStore(store), Reference.parse(name)
    image = local.load(Digest(built.closing["digest"]))
    older = on_an_older_base(image, local)
    push_image(reference, older, local, on_bytes=lambda _: None, cancel=CancelToken())
    listed = containerize("plan", tmp_path / "work" / "versions.ipynb", "--json", "--to", name, "--diff", name)
    assert {item["before"] for item in listed.closing["comparison"][0]["changes"]} == {"0"}
    elsewhere = f"{registry}/moved-on/versions:v1"
    ran = containerize("rebase", name, "--to", elsewhere, "--json", "--sign-key", private)
    assert ran.code == 0, ran.err[-3000:]
    assert containerize("verify", elsewhere, "--key", public).code == 0
    there = Reference.parse(elsewhere)
    held = beside(there, Digest(ran.closing["digest"]))
    (bill,) = held[CYCLONEDX]
    versions = {item: version for item, (version, _) in read_inventory(bill).system.items()}
    assert versions == cnb.base_of(image).base.packages
    assert "application/spdx+json" in held
    (statement,) = held["application/vnd.in-toto+json"]
    told = json.loads(statement)["predicate"]["buildDefinition"]
    assert told["externalParameters"]["image"] == {"name": name, "digest": {"sha256": older.manifest_digest.hex}}
    assert told["internalParameters"]["base"]["before"] == cnb.base_of(older).run_image.reference
    diff = containerize("plan", tmp_path / "work" / "versions.ipynb", "--json", "--to", name, "--diff", elsewhere)
    assert diff.closing["comparison"][0]["changes"] == []
    again = containerize("rebase", elsewhere, "--json")
    assert again.closing["digest"] == ran.closing["digest"]
    assert beside(there, Digest(ran.closing["digest"])) == held


def beside(reference: Reference, digest: Digest) -> dict[str, list[bytes]]:
    """Return what lies beside an image, by type."""
    client, found = client_for(reference), {}
    for item in referrers(client, reference.repository, digest):
        manifest = client.find_manifest(reference.repository, item.digest)
        assert manifest is not None
        blob = Digest(json.loads(manifest.body)["layers"][0]["digest"])
        found.setdefault(item.artifact_type, []).append(client.pull_config(reference.repository, blob))
    return found


@pytest.mark.registry
def test_rebase__for_another_processor_on_another_machine__makes_the_base(
    containerize, registry, tmp_path: Path
) -> None:
    """A store that has no layer of the base makes it, whatever processor it is for."""
    name, elsewhere = f"{registry}/moved/versions:v1", {"JUPYTER_CONTAINERIZE_STORE": str(tmp_path / "elsewhere")}
    platforms = ("--platform", "linux/amd64,linux/arm64", "--selftest", "skip")
    built = containerize("build", written(tmp_path, *CELLS), "--json", *platforms, "--to", name)
    assert built.code == 0, built.err[-3000:]
    ran = containerize("rebase", name, "--json", env=elsewhere)
    assert ran.code == 0, ran.out[-3000:]
    assert (ran.closing["digest"], ran.closing["changes"]) == (built.closing["digest"], {})
    base = Reference(host=registry, repository="moved/versions-run", tag=Tag(debian_tag(Reference.parse(name))))
    for architecture in ("amd64", "arm64"):
        below = read_remote(base, Platform(architecture=architecture))
        assert below is not None
        assert json.loads(below.config_bytes)["architecture"] == architecture


def test_build__bill_of_materials__is_in_the_image(containerize, store: Path, tmp_path: Path) -> None:
    """It lists what was installed, with versions."""
    built = containerize("build", written(tmp_path, *CELLS), "--json", "--tag", "billed", "--selftest", "skip")
    assert built.code == 0, built.err[-3000:]
    local = LocalStore(store)
    image = local.load(Digest(built.closing["digest"]))
    with local.root_of(image.layers) as root:
        path = root / "layers/sbom/launch/jupyter-containerize_notebook/sbom.cdx.json"
        inventory = read_inventory(path.read_bytes())
    assert "packaging" in inventory.distributions
    assert "libc6" in inventory.system


@pytest.mark.parametrize(
    ("arguments", "said"),
    {
        "platform": (("--platform", "linux/sparc"), "linux/sparc"),
        "layers": (("--layers", "128"), "127"),
        "strip rule": (("--strip", "everything"), "tests"),
        "size": (("--split-size", "large"), "large"),
    }.values(),
    ids=("platform", "layers", "strip rule", "size"),
)
def test_build__option_of_no_meaning__exit_code_2(containerize, tmp_path: Path, arguments, said: str) -> None:
    """Nothing is read or run; the message names what was typed or what is allowed."""
    ran = containerize("build", tmp_path / "none.ipynb", *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_buildpack__written__is_one(containerize, tmp_path: Path) -> None:
    """A second time replaces it; a folder of something else is left alone."""
    for _ in range(2):
        assert containerize("buildpack", "--output", tmp_path / "bp").code == 0
    assert (tmp_path / "bp" / "buildpack.toml").is_file()
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "thesis.txt").write_text("text")
    refused = containerize("buildpack", "--output", tmp_path / "else")
    assert refused.code == 2
    assert (tmp_path / "else" / "thesis.txt").read_text() == "text"
