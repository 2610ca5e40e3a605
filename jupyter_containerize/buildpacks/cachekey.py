"""What a layer's bytes depend on, by name, and the one digest of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from jupyter_containerize.domain.image import Bytecode, LayerOptions
from jupyter_containerize.oci.layer import layer_format

# How .pyc files are written, in `compile_script.py`: raised when it writes others.
_COMPILE_MODE = "unchecked-hash without tests"


def layer_inputs(options: LayerOptions, own: Mapping[str, str], *, compiled_by: str = "") -> dict[str, str]:
    """Return what a layer depends on: ``layer format``, ``bytecode`` and ``python`` if it has .pyc files, and ``own``.

    ``compiled_by`` is the version of the Python that compiles, as ``BuildInputs.compiled_by`` has it; empty for
    a layer without Python files. ``own`` is what else the buildpack put into it (``numpy`` -> ``numpy-2.3.1-...whl
    sha256...``); a name of ours in it is an error of the caller.
    """
    common = {"layer format": layer_format(options.compression)}
    if compiled_by:
        mode = options.bytecode if options.bytecode is Bytecode.OMIT else f"{options.bytecode}: {_COMPILE_MODE}"
        common |= {"bytecode": mode, "python": compiled_by}
    twice = common.keys() & own.keys()
    if twice:
        raise ValueError(f"named twice: {sorted(twice)}")
    return common | dict(own)


def keyed(buildpack: str, inputs: Mapping[str, str]) -> str:
    """Return the sha256 hex of ``inputs`` and the buildpack's id: the same whatever the order of the names."""
    return hashlib.sha256(json.dumps([buildpack, sorted(inputs.items())]).encode()).hexdigest()
