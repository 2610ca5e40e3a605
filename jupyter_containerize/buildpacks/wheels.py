"""The distributions of the locked environment, installed and byte-compiled into the image's venv."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Protocol, runtime_checkable

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import keyed, layer_inputs
from jupyter_containerize.buildpacks.errors import WheelBroken
from jupyter_containerize.buildpacks.protocol import VENV, BuildInputs, Contribution, Workbench
from jupyter_containerize.buildpacks.strip import leaving_out, rules_for
from jupyter_containerize.buildpacks.wheel_contents import WheelContents, read_wheel
from jupyter_containerize.buildpacks.wheel_slots import Slot, sliced, slots
from jupyter_containerize.domain.environment import LockedPackage
from jupyter_containerize.domain.image import (
    Bytecode,
    Download,
    LayerEntry,
    LayerPlan,
    LayerRole,
    PartPlan,
)

# Names of inputs that are names of distributions as well.
_OURS = frozenset({"bytecode", "python"})


@runtime_checkable
class NotesLeftOut(Protocol):
    """A workbench that wants to know what a part is made without."""

    def leave_out(self, left_out: Mapping[str, int]) -> None:
        """Take note of bytes by strip rule."""


class WheelsBuildpack:
    """One part for each wheel; large distributions get layers of their own, small ones share some."""

    id = "wheels"

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the layers, largest wheel first and the shared ones last."""
        packages = inputs.environment.packages
        if not packages:
            return None
        return Contribution(layers=tuple(_plan(slot, inputs) for slot in slots(packages, inputs.options)))

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Make all parts of one layer, and list them as one."""
        together: dict[str, LayerEntry] = {}
        for part in plan.parts:
            for entry in self.build_part(part, plan, inputs, workbench):
                if _differ(together.setdefault(entry.path, entry), entry):
                    raise WheelBroken(part.title, f"{entry.path} is in another wheel, with other content")
        return [together[path] for path in sorted(together)]

    def build_part(
        self, part: PartPlan, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench
    ) -> Iterable[LayerEntry]:
        """List what one wheel installs, with the .pyc files of its modules.

        Raises:
            WheelBroken: also while the entries are read.
        """
        slot, package = _place_of(part, plan, inputs)
        site_packages = str(site_packages_of(inputs.environment.python_minor))
        workbench.cancel.check()
        path = workbench.fetch(package.url, sha256=package.sha256, size_bytes=package.size_bytes)
        rule_of = leaving_out(inputs.options.strip, package.name)
        contents = read_wheel(path, package, site_packages=site_packages, rule_of=rule_of)
        _note(contents, slot, workbench)
        entries = sliced(contents.entries, slot.slice_number, slot.slice_count)
        if inputs.options.bytecode is not Bytecode.OMIT:
            entries += workbench.compile(entries, below=f"{VENV}/{site_packages}")
        return tree.complete(entries)


def site_packages_of(python_minor: str) -> PurePosixPath:
    """Return where a venv of that Python keeps distributions, relative to the venv."""
    return PurePosixPath("lib", f"python{python_minor}", "site-packages")


def _differ(one: LayerEntry, other: LayerEntry) -> bool:
    if one is other or one.open is None or other.open is None:
        return one.kind is not other.kind
    # Bytecode follows its source, and may differ by what was compiled beside it: any of them will do.
    if "/__pycache__/" in one.path:
        return False
    with one.open() as first, other.open() as second:
        return first.read() != second.read()


def _plan(slot: Slot, inputs: BuildInputs) -> LayerPlan:
    names = [package.name for package in slot.packages]
    wheels = {package.name: _wheel(package, slot) for package in slot.packages}
    own = _common(inputs, names)
    for package in slot.packages:
        own |= wheels[package.name]
    layer = layer_inputs(inputs.options, own, compiled_by=inputs.compiled_by)
    return LayerPlan(
        role=LayerRole.DEPENDENCIES,
        title=slot.title,
        buildpack=WheelsBuildpack.id,
        cache_key=keyed(WheelsBuildpack.id, layer),
        size_bytes=sum(_size(package, slot) for package in slot.packages),
        sources=tuple(package.name for package in slot.packages),
        slot=slot.name,
        inputs=layer,
        downloads=tuple(map(_download, slot.packages)),
        parts=tuple(
            PartPlan(
                # A layer of one part and its part are made of the same; their keys say which of the two they are of.
                key=keyed(
                    f"{WheelsBuildpack.id} part",
                    layer_inputs(
                        inputs.options,
                        _common(inputs, [package.name]) | wheels[package.name],
                        compiled_by=inputs.compiled_by,
                    ),
                ),
                title=f"{package.name} {package.version}",
                size_bytes=_size(package, slot),
                sources=(package.name,),
                downloads=(_download(package),),
            )
            for package in slot.packages
        ),
    )


def _common(inputs: BuildInputs, distributions: Iterable[str]) -> dict[str, str]:
    """Return what all wheels' layers depend on. The names have characters that no distribution's has."""
    rules = rules_for(inputs.options.strip, distributions)
    return {"venv (path)": f"/{VENV}"} | ({"left out (rules)": " ".join(rules)} if rules else {})


def _wheel(package: LockedPackage, slot: Slot) -> dict[str, str]:
    """Return the wheel by its distribution's name; by a longer one where ours would be in the way."""
    name = f"{package.name} (wheel)" if package.name in _OURS else package.name
    part = f" part {slot.slice_number} of {slot.slice_count}" if slot.slice_count > 1 else ""
    return {name: f"{package.filename} sha256:{package.sha256}{part}"}


def _size(package: LockedPackage, slot: Slot) -> int:
    return (package.size_bytes or 0) // slot.slice_count


def _download(package: LockedPackage) -> Download:
    return Download(url=package.url, sha256=package.sha256, size_bytes=package.size_bytes)


def _place_of(part: PartPlan, plan: LayerPlan, inputs: BuildInputs) -> tuple[Slot, LockedPackage]:
    """Return the slot that the plan was made for, and the package of the part."""
    (name,) = part.sources
    slot = next(slot for slot in slots(inputs.environment.packages, inputs.options) if slot.name == plan.slot)
    return slot, next(package for package in slot.packages if package.name == name)


def _note(contents: WheelContents, slot: Slot, workbench: Workbench) -> None:
    # A wheel in several layers is told of once.
    if slot.slice_number == 1 and isinstance(workbench, NotesLeftOut):
        workbench.leave_out(contents.left_out)
