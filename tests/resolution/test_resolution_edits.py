"""What a notebook's metadata changes of its distributions, in a preview and in a build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import (
    DependencyEdits,
    Distribution,
    Edited,
    Evidence,
    KernelEnvironment,
    Requirement,
)
from jupyter_containerize.domain.notebook import Declared, Location, Manager
from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.explain import explain
from jupyter_containerize.resolution import PackageIndex, lock
from jupyter_containerize.resolution.edit_findings import edit_findings, without_server_needs
from jupyter_containerize.resolution.edits import (
    edited_requirements,
    edited_rows,
    is_version,
    pinned_constraints,
    unchanged,
)
from jupyter_containerize.resolution.errors import ResolutionConflict, VersionNotOnIndex

PATH = "a.ipynb"


def has(name: str, version: str, *requires: str, **fields: Any) -> Distribution:
    """Return an installed distribution."""
    return Distribution(name=name, version=version, import_names=(name,), requires=requires, size_bytes=7, **fields)


KERNEL = KernelEnvironment(
    kernel="python3",
    executable="python",
    python_version="3.11.7",
    implementation="cpython",
    platform="linux-x86_64",
    distributions=(
        has("pandas", "2.2.3", "numpy>=1.26", "python-dateutil"),
        has("numpy", "2.1.0"),
        has("python-dateutil", "2.9", "six"),
        has("six", "1.16.0"),
        has("torch", "2.3.0+cpu"),
        has("requests", "2.32.0"),
    ),
    stdlib=frozenset(),
)


def add(name: str, **fields: Any) -> Declared:
    """Return something that is added."""
    return Declared(manager=Manager.PIP, name=name, location=Location(path=PATH), rule="metadata", **fields)


def edits(**fields: Any) -> DependencyEdits:
    """Return edits of the notebook."""
    return DependencyEdits(path=PATH, **fields)


def row(name: str, version: str, *, serving: bool | None = True) -> Dependency:
    """Return a row of a preview."""
    return Dependency(
        distribution=name,
        version=version,
        source="kernel",
        import_names=(name,),
        evidence=(Evidence(rule="import", detail=name, location=Location(path=PATH, cell=1)),),
        specifier=f"=={version}",
        serving=serving,
        size_bytes=7,
    )


ROWS = (row("pandas", "2.2.3"), row("torch", "2.3.0+cpu", serving=None))
SHOWN: dict[str, tuple[DependencyEdits, list[tuple[str, str | None, str, str, int | None]]]] = {
    "nothing": (edits(), [("pandas", "2.2.3", "kernel", "", 7), ("torch", "2.3.0+cpu", "kernel", "", 7)]),
    "pinned to another": (
        edits(pin=(("pandas", "2.1.4"),)),
        [("pandas", "2.1.4", "metadata", "pinned", None), ("torch", "2.3.0+cpu", "kernel", "", 7)],
    ),
    "pinned to what is there": (
        edits(pin=(("torch", "2.3.0"),)),
        [("pandas", "2.2.3", "kernel", "", 7), ("torch", "2.3.0", "metadata", "pinned", 7)],
    ),
    "pinned and not needed": (
        edits(pin=(("flask", "3"),)),
        [("pandas", "2.2.3", "kernel", "", 7), ("torch", "2.3.0+cpu", "kernel", "", 7)],
    ),
    "excluded": (
        edits(exclude=("torch",)),
        [("pandas", "2.2.3", "kernel", "", 7), ("torch", "2.3.0+cpu", "kernel", "excluded", 7)],
    ),
    "added, and the kernel's version will do": (
        edits(add=(add("requests", specifier=">=2"),)),
        [
            ("pandas", "2.2.3", "kernel", "", 7),
            ("requests", "2.32.0", "kernel", "added", 7),
            ("torch", "2.3.0+cpu", "kernel", "", 7),
        ],
    ),
    "added, newer than the kernel's": (
        edits(add=(add("requests", specifier=">=3"),)),
        [
            ("pandas", "2.2.3", "kernel", "", 7),
            ("requests", None, "metadata", "added", None),
            ("torch", "2.3.0+cpu", "kernel", "", 7),
        ],
    ),
    "added and pinned": (
        edits(add=(add("flask"),), pin=(("flask", "3.0.1"),)),
        [
            ("flask", "3.0.1", "metadata", "added", None),
            ("pandas", "2.2.3", "kernel", "", 7),
            ("torch", "2.3.0+cpu", "kernel", "", 7),
        ],
    ),
    "added for another system": (
        edits(add=(add("flask", marker='sys_platform == "win32"'),)),
        [("pandas", "2.2.3", "kernel", "", 7), ("torch", "2.3.0+cpu", "kernel", "", 7)],
    ),
}


@pytest.mark.parametrize(("made", "shown"), SHOWN.values(), ids=SHOWN)
def test_edited_rows__edit__is_shown(made: DependencyEdits, shown: list[tuple[Any, ...]]) -> None:
    """Name, version, where it comes from, what was edited, and the size if it is the kernel's."""
    found = edited_rows(ROWS, made, KERNEL)
    assert [(item.distribution, item.version, item.source, item.edited, item.size_bytes) for item in found] == shown
    for item in found:
        if item.edited in (Edited.PINNED, Edited.ADDED):
            assert item.evidence[-1].rule == "metadata"
        if item.edited is Edited.ADDED:
            assert item.serving


NEEDED = (
    Requirement(distribution="pandas", specifier="==2.2.3", import_names=("pandas",), evidence=()),
    Requirement(distribution="torch", specifier="==2.3.0+cpu", import_names=("torch",), evidence=()),
)
INSTALLED: dict[str, tuple[DependencyEdits, list[str]]] = {
    "nothing": (edits(), ["pandas==2.2.3", "torch==2.3.0+cpu"]),
    "pinned": (edits(pin=(("pandas", "2.1.4"),)), ["pandas==2.1.4", "torch==2.3.0+cpu"]),
    "only others need it": (edits(pin=(("numpy", "1.26.4"),)), ["pandas==2.2.3", "torch==2.3.0+cpu"]),
    "excluded": (edits(exclude=("torch",)), ["pandas==2.2.3"]),
    "added with an extra": (
        edits(add=(add("requests", specifier=">=2", extras=("socks",)),)),
        ["pandas==2.2.3", "requests[socks]==2.32.0", "torch==2.3.0+cpu"],
    ),
    "added by its address": (
        edits(add=(add("demo", url="https://example.org/demo-1-py3-none-any.whl"),)),
        ["demo @ https://example.org/demo-1-py3-none-any.whl", "pandas==2.2.3", "torch==2.3.0+cpu"],
    ),
}


@pytest.mark.parametrize(("made", "lines"), INSTALLED.values(), ids=INSTALLED)
def test_edited_requirements__edit__is_installed(made: DependencyEdits, lines: list[str]) -> None:
    """What is handed to the resolver."""
    assert list(map(str, edited_requirements(NEEDED, made, KERNEL))) == lines


def test_edited_requirements__pin_and_addition__say_so_as_evidence() -> None:
    """The lock tells that it was the notebook's metadata, beside the code that asks."""
    made = edits(pin=(("pandas", "2.1.4"),), add=(add("six"),))
    found = {item.distribution: item for item in edited_requirements(NEEDED, made, KERNEL)}
    where = Location(path=PATH)
    assert found["pandas"].evidence == (Evidence(rule="metadata", detail="pandas==2.1.4", location=where),)
    assert found["six"].evidence == (Evidence(rule="metadata", detail="six", location=where),)


def test_pinned_constraints__what_only_others_need__is_bound_all_the_same() -> None:
    """A pin of numpy holds though only pandas asks for it."""
    made = edits(pin=(("numpy", "1.26.4"), ("pandas", "2.1.4")))
    assert pinned_constraints(made, NEEDED) == {"numpy": "1.26.4"}


def test_unchanged__edited_distributions__bind_no_more() -> None:
    """Neither what is pinned or excluded, nor what is added in another version; what is added as it is stays."""
    made = edits(
        pin=(("numpy", "1.26.4"),),
        add=(add("requests", specifier=">=3"), add("pandas")),
        exclude=("torch",),
    )
    assert [item.name for item in unchanged(KERNEL, made).distributions] == ["pandas", "python-dateutil", "six"]


TOLD: dict[str, tuple[DependencyEdits, list[tuple[str, str]]]] = {
    "nothing": (edits(), []),
    "another version": (
        edits(pin=(("pandas", "2.1.4"),)),
        [("JC-RESOLUTION-49", "2.1.4, the kernel python3 has 2.2.3")],
    ),
    "the same version": (edits(pin=(("pandas", "2.2.3"), ("torch", "2.3.0"))), []),
    "added in another version": (
        edits(add=(add("requests", specifier=">=3"),)),
        [("JC-RESOLUTION-49", "asks for >=3, the kernel python3 has 2.32.0")],
    ),
    "needed by the code": (edits(exclude=("pandas",)), [("JC-RESOLUTION-50", "the serving code or its objects need")]),
    "needed by another": (edits(exclude=("six",)), [("JC-RESOLUTION-50", "six is excluded, and pandas requires it")]),
    "needed by one that goes too": (
        edits(exclude=("pandas", "six")),
        [("JC-RESOLUTION-50", "pandas is excluded")],
    ),
    "needed by nobody": (edits(exclude=("requests",)), []),
    "not there at all": (
        edits(exclude=("flask",), pin=(("fastapi", "1"),)),
        [("JC-RESOLUTION-51", "pin names fastapi"), ("JC-RESOLUTION-51", "exclude names flask")],
    ),
}


@pytest.mark.parametrize(("made", "told"), TOLD.values(), ids=TOLD)
def test_edit_findings__edit__is_told(made: DependencyEdits, told: list[tuple[str, str]]) -> None:
    """What differs from where the notebook ran, or lacks what serving needs."""
    found = edit_findings(made, KERNEL, serving=["pandas"], known=["pandas", "torch"])
    assert [item.code for item in found] == [code for code, _ in told]
    assert all(text in item.message and item.hint for item, (_, text) in zip(found, told, strict=True))


def test_edit_findings__no_kernel_asked__versions_are_not_compared() -> None:
    """Only what can be known is told."""
    made = edits(pin=(("pandas", "2.1.4"),), exclude=("torch",))
    assert [item.code for item in edit_findings(made, None, serving=["torch"])] == ["JC-RESOLUTION-50"]


def test_without_server_needs__excluded_cloudpickle__stays_and_is_told() -> None:
    """The objects could not be loaded without it."""
    made, findings = without_server_needs(edits(exclude=("cloudpickle", "torch")), ["cloudpickle==3.1"])
    assert made.exclude == ("torch",)
    assert [item.code for item in findings] == ["JC-RESOLUTION-52"]


VERSIONS = {
    "alike": ("1.0", "1.0.0", True),
    "a build of it": ("2.3.0", "2.3.0+cpu", True),
    "another build": ("2.3.0+cu121", "2.3.0+cpu", False),
    "another": ("2.3", "2.3.1", False),
    "no version": ("unknown", "unknown", True),
}


@pytest.mark.parametrize(("asked", "installed", "same"), VERSIONS.values(), ids=VERSIONS)
def test_is_version__two_versions__are_told_apart(asked: str, installed: str, same: object) -> None:
    """Build labels count only where they are asked for."""
    assert is_version(asked, installed) is same


def locked(cache: Path, made: DependencyEdits) -> dict[str, str]:
    """Return what is installed for pandas, by name."""
    requirements = edited_requirements(NEEDED[:1], made, KERNEL)
    packages = lock(
        requirements,
        environment=KERNEL,
        runtime_requirements=(),
        python_minor="3.11",
        platform="x86_64-manylinux_2_36",
        index=PackageIndex.from_environment(),
        cache=cache,
        cancel=CancelToken(),
        edits=made,
    )
    return {item.name: item.version for item in packages}


@pytest.mark.network
def test_lock__edits__are_in_the_lock(tmp_path: Path) -> None:
    """Pins of what is needed at all, additions, and exclusions of what only others ask for."""
    plain = locked(tmp_path, edits())
    assert (plain["pandas"], plain["numpy"], plain["six"]) == ("2.2.3", "2.1.0", "1.16.0")
    made = edits(pin=(("numpy", "1.26.4"), ("pandas", "2.1.4")), add=(add("certifi"),), exclude=("tzdata",))
    found = locked(tmp_path, made)
    assert (found["pandas"], found["numpy"], found["six"]) == ("2.1.4", "1.26.4", "1.16.0")
    assert "certifi" in found
    assert "tzdata" in plain
    assert "tzdata" not in found


@pytest.mark.network
def test_lock__pin_against_the_kernels_other_versions__is_explained(tmp_path: Path) -> None:
    """The words name the notebook's metadata, not the kernel, as what to change."""
    with pytest.raises(ResolutionConflict) as caught:
        locked(tmp_path, edits(pin=(("pandas", "2.1.4"),)))
    problem = explain(caught.value)
    assert "pandas==2.1.4" in problem.saw
    assert "containerize.dependencies" in problem.todo


@pytest.mark.network
def test_lock__pin_that_the_index_lacks__is_explained(tmp_path: Path) -> None:
    """So is a version that does not exist."""
    with pytest.raises(VersionNotOnIndex) as caught:
        locked(tmp_path, edits(pin=(("pandas", "2.1.999"),)))
    assert "The notebook's metadata asks for it" in explain(caught.value).saw
