"""The Python that compiles for a target whose own cannot run here."""

from __future__ import annotations

from dataclasses import replace

from jupyter_containerize.buildpacks.protocol import BuildInputs
from jupyter_containerize.domain.image import Bytecode, ImageConfig, LayerPlan
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.plan import TargetPlan


def compiler_of(target: TargetPlan) -> TargetPlan | None:
    """Return the plan of the layers with that Python: a base for this machine's processor, and nothing on it.

    ``None`` where the target's own Python runs here, and where nothing is compiled. The layers are those of any other
    image with that base: most often they are in the store.
    """
    base = target.base.compiler
    if base is None or target.inputs.options.bytecode is Bytecode.OMIT:
        return None
    platform = Platform.here()
    inputs: BuildInputs = replace(
        target.inputs,
        python=base.python,
        platform=platform,
        environment=replace(
            target.inputs.environment, platform=base.wheel_platform, system_packages=base.system_packages
        ),
    )
    layers: list[LayerPlan] = []
    for buildpack in base.buildpacks:
        contribution = buildpack.detect(inputs)
        layers += () if contribution is None else contribution.layers
    return TargetPlan(
        platform=platform,
        base=base,
        inputs=inputs,
        layers=tuple(layers),
        config=ImageConfig(entrypoint=()),
        buildpacks={buildpack.id: buildpack for buildpack in base.buildpacks},
    )
