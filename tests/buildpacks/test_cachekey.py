"""The names and the digest of what a layer depends on."""

from __future__ import annotations

import pytest

from jupyter_containerize.buildpacks.cachekey import keyed, layer_inputs
from jupyter_containerize.domain.image import Bytecode, Compression, LayerOptions

OWN = {"numpy": "numpy-2.3.1.whl sha256 00"}

DIFFERENT = {
    "another compression": (LayerOptions(compression=Compression.ZSTD), OWN, "3.11"),
    "no bytecode": (LayerOptions(bytecode=Bytecode.OMIT), OWN, "3.11"),
    "another Python": (LayerOptions(), OWN, "3.12"),
    "another wheel": (LayerOptions(), {"numpy": "numpy-2.3.2.whl sha256 00"}, "3.11"),
    "another name": (LayerOptions(), {"numpy2": "numpy-2.3.1.whl sha256 00"}, "3.11"),
}


@pytest.mark.parametrize("case", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_keyed__something_differs__another_key(case: tuple[LayerOptions, dict[str, str], str]) -> None:
    """Every option and every input counts."""
    options, own, python = case
    assert keyed("wheels", layer_inputs(options, own, compiled_by=python)) != keyed(
        "wheels", layer_inputs(LayerOptions(), OWN, compiled_by="3.11")
    )


def test_keyed__names_in_another_order__the_same_key() -> None:
    """The order of names is no input."""
    assert keyed("wheels", {"a": "1", "b": "2"}) == keyed("wheels", {"b": "2", "a": "1"})


def test_layer_inputs__no_python_files__bytecode_and_python_are_not_named() -> None:
    """What has nothing to compile depends on no Python."""
    assert layer_inputs(LayerOptions(bytecode=Bytecode.OMIT), {}).keys() == {"layer format"}


def test_layer_inputs__with_python_files__all_three_are_named() -> None:
    """They come first, under names of their own."""
    inputs = layer_inputs(LayerOptions(), OWN, compiled_by="3.11")
    assert list(inputs) == ["layer format", "bytecode", "python", "numpy"]


def test_layer_inputs__a_name_of_ours__refused() -> None:
    """Two meanings of one name would be one input."""
    with pytest.raises(ValueError, match="layer format"):
        layer_inputs(LayerOptions(), {"layer format": "x"})
