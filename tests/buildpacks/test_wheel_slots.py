"""Which wheels share a layer: stable, within the budget, and the same for notebooks with the same libraries."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.buildpacks.wheel_slots import OWN_LAYER_BYTES, RESERVED_LAYERS, Slot, sliced, slots
from jupyter_containerize.domain.environment import LockedPackage
from jupyter_containerize.domain.image import EntryKind, LayerEntry, LayerOptions

NAMES = st.text("abcdefghij-", min_size=1, max_size=12)
SMALL = st.integers(0, OWN_LAYER_BYTES - 1)
ANY = st.integers(0, 1_000_000_000) | SMALL


def package(name: str, size_bytes: int | None) -> LockedPackage:
    """Return a wheel of that size."""
    filename = f"{name}-1.0-py3-none-any.whl"
    return LockedPackage(
        name=name, version="1.0", filename=filename, url="", sha256=name.encode().hex(), size_bytes=size_bytes
    )


def packages(sizes: dict[str, int]) -> list[LockedPackage]:
    """Return wheels."""
    return [package(name, size) for name, size in sizes.items()]


def places(found: tuple[Slot, ...]) -> dict[str, set[str]]:
    """Return the slots of each distribution."""
    where: dict[str, set[str]] = {}
    for slot in found:
        for item in slot.packages:
            where.setdefault(item.name, set()).add(slot.name)
    return where


@given(st.dictionaries(NAMES, ANY, max_size=60), st.integers(1, 200), st.integers(1, 2_000_000_000))
def test_slots__any_wheels__each_has_a_place_within_the_budget(
    sizes: dict[str, int], most: int, split_bytes: int
) -> None:
    """No wheel is lost, no slot is empty or named twice, and the number of layers is what was allowed."""
    found = slots(packages(sizes), LayerOptions(most=most, split_bytes=split_bytes))
    assert places(found).keys() == sizes.keys()
    assert all(slot.packages for slot in found)
    assert len({slot.name for slot in found}) == len(found)
    assert len(found) <= max(1, min(most, 127) - RESERVED_LAYERS)


@given(st.dictionaries(NAMES, ANY, max_size=60))
def test_slots__in_another_order__the_same(sizes: dict[str, int]) -> None:
    """The order of the lock does not matter."""
    wheels = packages(sizes)
    assert slots(wheels, LayerOptions()) == slots(wheels[::-1], LayerOptions())


@given(st.dictionaries(NAMES, SMALL, max_size=60), NAMES, st.integers(0, 50_000_000))
def test_slots__one_more__moves_nobody_else(sizes: dict[str, int], name: str, size: int) -> None:
    """Adding a distribution, small or large, leaves the others where they were."""
    sizes.pop(name, None)
    sizes |= {"large": 5_000_000, "larger": 9_000_000}
    before = places(slots(packages(sizes), LayerOptions()))
    after = places(slots(packages(sizes | {name: size}), LayerOptions()))
    assert {other: where for other, where in after.items() if other != name} == {
        other: where for other, where in before.items() if other != name
    }


LARGE = {
    "of its own": (OWN_LAYER_BYTES, ("wheels/torch",)),
    "small": (OWN_LAYER_BYTES - 1, ("wheels/group-2",)),
    "of unknown size": (None, ("wheels/group-2",)),
    "split": (900_000_000, ("wheels/torch-1-of-3", "wheels/torch-2-of-3", "wheels/torch-3-of-3")),
}


@pytest.mark.parametrize(("size", "expected"), LARGE.values(), ids=LARGE)
def test_slots__one_wheel__by_its_size(size: int | None, expected: tuple[str, ...]) -> None:
    """A large wheel has a layer, a very large one several, any other is in a group."""
    assert tuple(slot.name for slot in slots([package("torch", size)], LayerOptions())) == expected


def test_slots__more_large_wheels_than_layers__the_smallest_join_the_groups() -> None:
    """What is left of the budget goes to the largest."""
    sizes = {f"w{number:02}": OWN_LAYER_BYTES + number for number in range(40)}
    found = slots(packages(sizes), LayerOptions())
    alone = [slot.packages[0].name for slot in found if "group" not in slot.name]
    assert alone == [f"w{number:02}" for number in range(39, 29, -1)]


@given(st.dictionaries(st.text("abc/", min_size=1, max_size=6), st.integers(0, 1000), max_size=30), st.integers(1, 6))
def test_sliced__any_files__each_in_one_slice(sizes: dict[str, int], count: int) -> None:
    """The slices are the files in the order of their paths, without gaps."""
    entries = [
        LayerEntry(path=path, kind=EntryKind.FILE, mode=0o644, size_bytes=size, open=BytesIO)
        for path, size in sizes.items()
    ]
    paths = [entry.path for number in range(1, count + 1) for entry in sliced(entries, number, count)]
    assert paths == sorted(sizes)
