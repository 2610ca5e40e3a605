"""What an earlier image had is read back, and compared."""

from __future__ import annotations

import json

import pytest

from jupyter_containerize.attestations import Change, WheelItem, cyclonedx, differences, read_inventory
from jupyter_containerize.attestations.errors import InventoryUnreadable
from tests.attestations.made_contents import small_contents, wheel

DAMAGED: dict[str, bytes] = {
    "not JSON": b"{",
    "not an object": b"[]",
    "SPDX": b'{"spdxVersion": "SPDX-2.3"}',
    "components a number": b'{"bomFormat": "CycloneDX", "components": 3}',
    "a component a text": b'{"bomFormat": "CycloneDX", "components": ["numpy"]}',
}


def test_read_inventory__our_document__gives_back_what_was_in_the_image():
    """Names, versions and sizes survive."""
    contents = small_contents()
    found = inventory_of(contents)
    assert found.distributions == {
        item.package.name: (item.package.version, item.package.size_bytes) for item in contents.wheels
    }
    assert found.system == {item.name: (item.version, item.size_bytes) for item in contents.system_packages}
    assert found.python == contents.python.version


def test_read_inventory__other_tools_document__needs_no_sizes():
    """A scanner's document counts too; components that are no distributions are passed over."""
    components = [
        {"type": "library", "name": "numpy", "version": "1.0", "purl": "pkg:pypi/numpy@1.0", "properties": [3, {}]},
        {"type": "library", "name": "left-pad", "version": "1.0", "purl": "pkg:npm/left-pad@1.0"},
        {"type": "file", "name": "x"},
    ]
    found = read_inventory(json.dumps({"bomFormat": "CycloneDX", "components": components}).encode())
    assert dict(found.distributions) == {"numpy": ("1.0", None)}
    assert dict(found.system) == {}


@pytest.mark.parametrize("case", DAMAGED)
def test_read_inventory__damaged__is_said(case):
    """It is never an empty inventory, which would say that everything is new."""
    with pytest.raises(InventoryUnreadable):
        read_inventory(DAMAGED[case])


def test_differences__one_changed_added_and_removed__are_listed():
    """Each change has both versions and the bytes that it adds."""
    before = small_contents()
    kept = [item for item in before.wheels if item.package.name not in {"mine", "numpy"}]
    new = [small_item(wheel("numpy", "2.4.0", size=1500)), small_item(wheel("polars", "1.0", size=300))]
    after = small_contents(wheels=(*kept, *new), system_packages=before.system_packages[:1])
    assert differences(inventory_of(before), inventory_of(after)) == (
        Change(kind="distribution", name="mine", before="0.1", after=None, bytes_more=None),
        Change(kind="distribution", name="numpy", before="2.3.1", after="2.4.0", bytes_more=500),
        Change(kind="distribution", name="polars", before=None, after="1.0", bytes_more=300),
        Change(kind="system package", name="libstdc++6", before="12.2.0-14+deb12u1", after=None, bytes_more=-613000),
    )


def test_differences__same__are_none():
    """Nothing to say of the same image."""
    found = inventory_of(small_contents())
    assert differences(found, found) == ()


def small_item(package):
    """Return a wheel without facts."""
    return WheelItem(package=package)


def inventory_of(contents):
    """Return what the bill of materials of an image says again."""
    return read_inventory(cyclonedx(contents))
