"""What a notebook's metadata adds for one processor alone is in the image for that processor alone."""

from __future__ import annotations

import platform as this_machine
import sys

import pytest
from small_wheels import make_wheel

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import (
    DependencyEdits,
    Distribution,
    Evidence,
    KernelEnvironment,
    Requirement,
)
from jupyter_containerize.domain.notebook import Declared, Location, Manager
from jupyter_containerize.resolution import PackageIndex, edited_requirements, edits_on, lock
from jupyter_containerize.resolution.versions import counts

ARM, INTEL = 'platform_machine == "aarch64"', 'platform_machine == "x86_64"'


def declared(name: str, specifier: str = "", marker: str = "") -> Declared:
    """Return a line of the metadata."""
    place = Location(path="a.ipynb")
    return Declared(manager=Manager.PIP, name=name, specifier=specifier, marker=marker, location=place, rule="metadata")


ADDED = (
    declared("for-arm", marker=ARM),
    declared("for-intel", marker=INTEL),
    declared("for-both"),
    declared("both", "==2.0", ARM),
)
ENVIRONMENT = KernelEnvironment(
    kernel="python3",
    executable=sys.executable,
    python_version="3.11.2",
    implementation="cpython",
    platform="linux-x86_64",
    distributions=(Distribution(name="both", version="1.0", import_names=("both",)),),
    stdlib=frozenset(),
)
TARGETS: dict[str, tuple[str, set[str]]] = {
    "Intel": ("x86_64", {"for-intel 1.0", "for-both 1.0", "both 1.0"}),
    "ARM": ("aarch64", {"for-arm 1.0", "for-both 1.0", "both 2.0"}),
}


@pytest.mark.parametrize("case", TARGETS)
def test_lock__added_for_one_processor__is_locked_for_that_one(case, tmp_path, monkeypatch):
    """What the other target alone gets leaves the kernel's version as it is."""
    machine, expected = TARGETS[case]
    folder = tmp_path / "links"
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for name, version in (
        ("for-arm", "1.0"),
        ("for-intel", "1.0"),
        ("for-both", "1.0"),
        ("both", "1.0"),
        ("both", "2.0"),
    ):
        make_wheel(folder, name, version)
    edits = edits_on(machine, DependencyEdits(add=ADDED, path="a.ipynb"), ENVIRONMENT)
    needed = Requirement(
        distribution="both", specifier="==1.0", import_names=("both",), evidence=(Evidence(rule="import", detail=""),)
    )
    packages = lock(
        edited_requirements([needed], edits, ENVIRONMENT),
        environment=ENVIRONMENT,
        runtime_requirements=(),
        python_minor="3.11",
        platform=f"{machine}-manylinux_2_36",
        index=PackageIndex.from_environment(),
        cache=tmp_path / "locks",
        cancel=CancelToken(),
        edits=edits,
    )
    assert {f"{item.name} {item.version}" for item in packages} == expected


@pytest.mark.parametrize("here", ["x86_64", "aarch64", "riscv64"])
def test_counts__other_machine_builds__says_the_same(here, monkeypatch):
    """A preview names what any target gets; a target's own processor decides for that one, never this machine's."""
    monkeypatch.setattr(this_machine, "machine", lambda: here)
    monkeypatch.setattr(this_machine, "release", lambda: "1.0")
    said = [counts(item, "3.11.2", machine) for machine in ("aarch64", "x86_64", None) for item in ADDED[:3]]
    assert said == [True, False, True, False, True, True, True, True, True]
    assert not counts(declared("a", marker='platform_machine == "s390x"'), None)
    assert not counts(declared("a", marker='platform_release == "1.0"'), None)
