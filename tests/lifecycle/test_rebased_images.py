"""What is said of an image that stands on another base than the one it was built on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_containerize import cnb
from jupyter_containerize.attestations import cyclonedx, read_inventory, spdx, steady
from jupyter_containerize.buildpacks.cnb import sbom_entries, sbom_layer
from jupyter_containerize.domain.build import BuildRequest, CancelToken
from jupyter_containerize.domain.image import ImageConfig, LayerOptions, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.comparing import compare_images
from jupyter_containerize.lifecycle.contained import documents_in, inventory_in
from jupyter_containerize.lifecycle.detect import plan_base
from jupyter_containerize.lifecycle.inspecting import details_of
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import ChosenBase
from jupyter_containerize.lifecycle.restating import Moved, attachments_on, bills_on
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.oci import assemble
from jupyter_containerize.publishing import LocalStore
from tests.attestations.made_contents import SYSTEM, small_contents
from tests.cnb.made_images import CREATED, base_of_packages
from tests.oci.small import file, folder

RUN = Reference.parse("reg.example/iris-run:debian-12-python-3.11")
IRIS = Reference.parse("reg.example/iris:1")
NEWER = tuple(replace(item, version=f"{item.version}+deb12u9", sha256="99" * 32) for item in SYSTEM)
PYTHON = replace(SYSTEM[0], name="python3.11-minimal", version="3.11.2-6", source="")
OLD, NEW = (*SYSTEM, PYTHON), (*NEWER, PYTHON)


def versions(packages):
    """Return the versions by name."""
    return {item.name: item.version for item in packages}


class Bench:
    """A store with an image on an old base, and a newer base."""

    def __init__(self, folder_: Path) -> None:
        self.store = LocalStore(folder_)
        watch = Watch(lambda _event: None, CancelToken())
        self.job = Job(request=BuildRequest(notebook=Path()), store=self.store, watch=watch)
        self.image = self._image(OLD)

    def base(self, packages):
        """Return a base of these packages as an image."""
        layers = [(self._layer(f"{versions(packages)}"), "os: Debian 12")]
        return cnb.run_image(layers, base_of_packages(versions(packages)), created=CREATED, architecture="amd64")

    def _layer(self, text: str):
        entries = [folder("etc"), file("etc/made", text.encode())]
        return self.store.make_layer(text.encode().hex()[:40] + "ab", entries, cancel=CancelToken())

    def _image(self, packages):
        base = self.base(packages)
        kept = steady(small_contents(system_packages=tuple(sorted(packages, key=lambda item: item.name))))
        plan, entries = sbom_layer(sbom_entries({"cdx": cyclonedx(kept), "spdx": spdx(kept)}), LayerOptions())
        sbom = self.store.make_layer(plan.cache_key, entries, cancel=CancelToken())
        run = {"topLayer": base.layers[-1].diff_id, "image": str(RUN), "reference": f"reg.example/iris-run@{'0' * 8}"}
        labels = {
            **cnb.base_labels(base_of_packages(versions(packages))),
            "io.buildpacks.lifecycle.metadata": json.dumps({"runImage": run, "sbom": {"sha": sbom.diff_id}}),
        }
        layers = [(base.layers[0], "os: Debian 12"), (sbom, "Software Bill-of-Materials")]
        image = assemble(layers, ImageConfig(entrypoint=("/x",), labels=labels), created=CREATED)
        self.store.add_image(image)
        return image

    def rebased_by_another_tool(self):
        """Return the image on the newer base, as a tool leaves it that knows nothing of our documents."""
        moved = cnb.rebased(self.image, self.base(NEW), name=str(RUN), reference="x")
        self.store.add_image(moved)
        return moved

    def plan(self, packages):
        """Return the plan of a base of these packages."""
        about = base_of_packages(versions(packages))
        base = ChosenBase(
            python=about.python, wheel_platform="linux", buildpacks=(), system_packages=tuple(packages), about=about
        )
        return plan_base(base, Platform(architecture="amd64"), LayerOptions(), "3.11")

    def moved(self, image):
        """Return the image on the newer base, as our own rebase leaves it."""
        plan, base = self.plan(NEW), self.base(NEW)
        bills = bills_on(image, plan, self.job)
        by_digest = f"reg.example/iris-run@{base.manifest_digest}"
        after = cnb.rebased(image, base, name=str(RUN), reference=by_digest, sbom=bills.layer)
        self.store.add_image(after)
        return Moved(plan=plan, before=image, image=after, base=base, base_name=RUN, bills=bills)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Give such a store."""
    return Bench(tmp_path / "store")


def test_readers__rebased_by_another_tool__tell_what_the_base_has_now(bench):
    """The document in the image still lists the old packages, the labels the new ones."""
    image = bench.rebased_by_another_tool()
    assert read_inventory(documents_in(image, bench.store).cyclonedx).system["libgomp1"][0] == SYSTEM[1].version
    assert dict(details_of(image, bench.store).system_packages) == versions(NEW)
    found = inventory_in(image, RUN, bench.job)
    assert {name: version for name, (version, _) in found.system.items()} == versions(NEW)
    assert found.system[PYTHON.name] == (PYTHON.version, PYTHON.size_bytes)
    changes = {item.name: (item.before, item.after) for item in compare_images(bench.image, image, bench.store).changes}
    assert changes == {old.name: (old.version, new.version) for old, new in zip(SYSTEM, NEWER, strict=True)}


@pytest.mark.parametrize("by_another", [False, True], ids=("built", "rebased by another tool"))
def test_bills_on__newer_packages__documents_are_those_of_the_new_base(bench, by_another):
    """Also of an image whose base is the newest already, and whose documents are not."""
    moved = bench.moved(bench.rebased_by_another_tool() if by_another else bench.image)
    held = documents_in(moved.image, bench.store)
    assert moved.bills.documents == {"cdx": held.cyclonedx, "spdx": held.spdx}
    bill = read_inventory(held.cyclonedx)
    assert {name: version for name, (version, _) in bill.system.items()} == versions(NEW)
    assert bill.distributions == read_inventory(documents_in(bench.image, bench.store).cyclonedx).distributions
    gone = [item["versionInfo"] for item in json.loads(held.spdx)["packages"] if item["name"] == "libgomp1"]
    assert gone == [NEWER[1].version]
    assert len(moved.image.layers) == len(bench.image.layers)


def test_bills_on__the_same_packages__layer_stays(bench):
    """A rebase that changes nothing gives the same image, whichever version of ours built it."""
    bills = bills_on(bench.image, bench.plan(OLD), bench.job)
    assert bills.layer is None
    assert set(bills.documents) == {"cdx", "spdx"}


def test_attachments_on__rebased_image__both_documents_and_where_it_came_from(bench):
    """The documents are those in the image; the statement names the image before by its digest."""
    moved = bench.moved(bench.image)
    found = {item.file_name: item.content for item in attachments_on(moved, IRIS, IRIS, None)}
    assert set(found) == {"sbom.cdx.json", "sbom.spdx.json", "provenance.json"}
    assert found["sbom.cdx.json"] == documents_in(moved.image, bench.store).cyclonedx
    told = json.loads(found["provenance.json"])
    assert told["subject"][0]["digest"]["sha256"] == moved.image.manifest_digest.hex
    given = told["predicate"]["buildDefinition"]["externalParameters"]["image"]
    assert given["digest"]["sha256"] == bench.image.manifest_digest.hex


def test_attachments_on__same_image__nothing_new_beside_it(bench):
    """What its build said of it is still true."""
    moved = replace(bench.moved(bench.image), image=bench.image)
    assert attachments_on(moved, IRIS, IRIS, None) == ()
