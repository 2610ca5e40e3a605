"""The Python that compiles for a target whose own cannot run here."""

from __future__ import annotations

from jupyter_containerize.domain.image import Bytecode
from jupyter_containerize.lifecycle.plan import TargetPlan


def compiler_of(target: TargetPlan) -> TargetPlan | None:
    """Return the plan of the layers with that Python: a base for this machine's processor, and nothing on it.

    ``None`` where the target's own Python runs here, and where nothing is compiled. The layers are those of any other
    image with that base: most often they are in the store.
    """
    return None if target.inputs.options.bytecode is Bytecode.OMIT else target.tool
