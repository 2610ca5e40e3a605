"""Bills of materials of an image that stands on a newer base."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jupyter_containerize.attestations import (
    PythonItem,
    cyclonedx,
    named_bill,
    read_inventory,
    restated,
    spdx,
    steady,
)
from jupyter_containerize.attestations.errors import InventoryUnreadable
from tests.attestations.made_contents import IMAGE, SYSTEM, small_contents

LIBSTDC, LIBGOMP = SYSTEM
NEWER = replace(LIBSTDC, version="12.2.0-14+deb12u2", url=f"{LIBSTDC.url}.newer", sha256="01" * 32, size_bytes=7)
# What finds packages for a rebase knows only that the image had them.
HAD = replace(LIBGOMP, needed_by=("the image had it",))
ANOTHER = replace(LIBSTDC, name="libc6", version="2.36-10", source="glibc")

BASES = {
    "the same": (SYSTEM, "3.11.2"),
    "a newer package": ((NEWER, LIBGOMP), "3.11.2"),
    "a newer Python": ((NEWER, LIBGOMP), "3.11.9"),
    "a package more": ((ANOTHER, *SYSTEM), "3.11.2"),
    "a package less": ((LIBGOMP,), "3.11.2"),
}


def documents(**changes):
    """Return what lies in an image."""
    kept = steady(small_contents(**changes))
    return {"cdx": cyclonedx(kept), "spdx": spdx(kept)}


@pytest.mark.parametrize(("system", "python"), BASES.values(), ids=BASES.keys())
def test_restated__another_base__is_what_a_build_on_it_writes(system, python):
    """To the byte, serial numbers and all: nobody can tell that the image was not built so."""
    ordered = tuple(sorted(system, key=lambda item: item.name))
    wanted = documents(system_packages=ordered, python=PythonItem(version=python))
    given = [HAD if item is LIBGOMP else item for item in reversed(ordered)]
    assert restated(documents(), given, python=python) == wanted


def test_restated__no_version_of_python__leaves_the_interpreter():
    """An interpreter that is not Debian's stays where it is."""
    own = PythonItem(version="3.12.9", url="https://pythons.example/3.12.9.tar.gz", sha256="56" * 32)
    changed = restated(documents(python=own), (NEWER, HAD))
    assert changed == documents(python=own, system_packages=(LIBGOMP, NEWER))


def test_restated__one_document_alone__is_enough():
    """An image of another version of ours may lack one."""
    bill = documents()["cdx"]
    found = restated({"cdx": bill}, (NEWER,))
    assert found.keys() == {"cdx"}
    assert read_inventory(found["cdx"]).system == {"libstdc++6": (NEWER.version, 7)}
    assert restated({}, (NEWER,)) == {}


def test_named_bill__of_an_image__is_what_lies_outside_of_it():
    """As a build writes it, but for what the image does not know: our version, and the notebook's digest."""
    contents = steady(small_contents())
    assert named_bill(cyclonedx(contents), IMAGE, "amd64") == cyclonedx(contents, image=IMAGE)


DAMAGED = {
    "no JSON": {"cdx": b"{"},
    "no components": {"cdx": json.dumps({"bomFormat": "CycloneDX", "components": 1}).encode()},
    "no object in components": {"cdx": json.dumps({"bomFormat": "CycloneDX", "components": [1]}).encode()},
    "another form": {"cdx": b"{}"},
    "no packages": {"spdx": b'{"spdxVersion":"SPDX-2.3"}'},
    "no object in packages": {"spdx": b'{"packages":[1],"relationships":[],"creationInfo":{},"name":"a"}'},
    "no creator": {"spdx": b'{"packages":[],"relationships":[],"creationInfo":{},"name":"a"}'},
}


@pytest.mark.parametrize("given", DAMAGED.values(), ids=DAMAGED.keys())
def test_restated__damaged_document__is_told(given):
    """Never a document that has half of what it had."""
    with pytest.raises(InventoryUnreadable):
        restated(given, SYSTEM)
