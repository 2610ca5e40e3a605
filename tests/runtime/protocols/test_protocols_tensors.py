"""Tensors from JSON and bytes, and back; numpy says what the bytes are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from jupyter_containerize.runtime.errors import Refused
from jupyter_containerize.runtime.protocols.inference import tensor_of
from jupyter_containerize.runtime.protocols.tensors import checked_head, flat, from_bytes, from_json, packed

KINDS = {
    "BOOL": "bool",
    "INT8": "int8",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "UINT8": "uint8",
    "UINT16": "uint16",
    "UINT32": "uint32",
    "UINT64": "uint64",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
}


@pytest.mark.parametrize(("datatype", "kind"), KINDS.items(), ids=KINDS)
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_from_bytes__what_numpy_wrote__is_what_numpy_had(datatype: str, kind: str, data: st.DataObject) -> None:
    """Every datatype and shape comes out as numpy lists it, by its bytes and by its JSON."""
    shape = data.draw(arrays.array_shapes(min_dims=1, max_dims=4, max_side=4))
    elements: dict[str, Any] = {"allow_nan": False, "allow_infinity": False} if kind.startswith("float") else {}
    array = data.draw(arrays.arrays(kind, shape, elements=elements))
    little = array.astype(array.dtype.newbyteorder("<")).tobytes()
    tensor = from_bytes("x", datatype, shape, little, is_base64=False)
    assert list(tensor.rows) == array.tolist()
    assert list(from_json("x", datatype, shape, array.tolist()).rows) == array.tolist()
    assert list(from_json("x", datatype, shape, array.ravel().tolist()).rows) == array.tolist()
    if datatype in {"BOOL", "INT64", "FP64"}:
        assert packed(tensor) == little


TEXTS: dict[str, tuple[bytes, bool, list[str]]] = {
    "texts": (b"\x01\x00\x00\x00a\x02\x00\x00\x00\xc3\xa9", False, ["a", "é"]),
    "empty": (b"\x00\x00\x00\x00\x00\x00\x00\x00", False, ["", ""]),
    "bytes": (b"\x01\x00\x00\x00\xff\x01\x00\x00\x00a", False, ["/w==", "a"]),
    "bytes that are known to be": (b"\x01\x00\x00\x00\xff\x01\x00\x00\x00a", True, ["/w==", "YQ=="]),
}


@pytest.mark.parametrize(("content", "is_base64", "expected"), TEXTS.values(), ids=TEXTS)
def test_from_bytes__items_with_lengths__are_texts(content: bytes, is_base64: bool, expected: list[str]) -> None:  # noqa: FBT001
    """BYTES are UTF-8 where they can be, and base64 where they are not or stand for bytes."""
    tensor = from_bytes("x", "BYTES", (2,), content, is_base64=is_base64)
    assert list(tensor.rows) == expected
    if not is_base64 and expected != ["/w==", "a"]:
        assert packed(tensor) == content


def test_from_bytes__nan__is_null() -> None:
    """A number that is none is what JSON has for it; an infinity has nothing."""
    tensor = from_bytes("x", "FP32", (2,), np.array([1.0, math.nan], "<f4").tobytes(), is_base64=False)
    assert list(tensor.rows) == [1.0, None]
    huge = np.array([1e308, 1e308, 1e308]).tobytes()
    assert list(from_bytes("x", "FP64", (3,), huge, is_base64=False).rows) == [1e308] * 3
    with pytest.raises(Refused):
        from_bytes("x", "FP32", (2,), np.array([math.inf, -math.inf], "<f4").tobytes(), is_base64=False)


WRONG_HEADS: dict[str, tuple[Any, Any, Any]] = {
    "no name": (None, "FP64", [1]),
    "datatype of a list": ("x", ["FP64"], [1]),
    "datatype of others": ("x", "BF16", [1]),
    "no shape": ("x", "FP64", None),
    "scalar": ("x", "FP64", []),
    "boolean size": ("x", "FP64", [True]),
    "negative size": ("x", "FP64", [-1]),
    "rows of nothing": ("x", "FP64", [10**12, 0]),
    "too deep": ("x", "FP64", [1] * 17),
}


@pytest.mark.parametrize("head", WRONG_HEADS.values(), ids=WRONG_HEADS)
def test_checked_head__wrong__is_refused(head: tuple[Any, Any, Any]) -> None:
    """A head that says nothing clear is refused before any data is read."""
    with pytest.raises(Refused):
        checked_head(*head)


WRONG_DATA: dict[str, tuple[str, tuple[int, ...], Any]] = {
    "no array": ("FP64", (1,), 3),
    "nothing": ("FP64", (1,), None),
    "too few": ("FP64", (2, 2), [1, 2, 3]),
    "ragged": ("FP64", (2, 2), [[1, 2, 3], [4]]),
    "nested otherwise": ("FP64", (2, 2), [[[1, 2]], [[3, 4]]]),
    "more rows": ("FP64", (1, 2), [[1, 2], [3, 4]]),
    "half flat": ("FP64", (2, 2), [[1, 2], 3, 4]),
    "text for number": ("FP32", (1,), ["1"]),
    "boolean for number": ("INT8", (1,), [True]),
    "float for integer": ("INT8", (1,), [1.0]),
    "too large": ("UINT8", (1,), [256]),
    "too small": ("INT8", (1,), [-129]),
    "below zero": ("UINT64", (1,), [-1]),
    "number for text": ("BYTES", (1,), [1]),
    "number for boolean": ("BOOL", (1,), [1]),
    "null for integer": ("INT64", (1,), [None]),
}


@pytest.mark.parametrize(("datatype", "shape", "data"), WRONG_DATA.values(), ids=WRONG_DATA)
def test_from_json__data_that_does_not_fit__is_refused(datatype: str, shape: tuple[int, ...], data: Any) -> None:
    """Count, nesting and kind have to be what the head says."""
    with pytest.raises(Refused) as caught:
        from_json("x", datatype, shape, data)
    assert caught.value.status == 422


@given(
    datatype=st.sampled_from([*KINDS, "BYTES"]),
    shape=st.builds(lambda rows, sizes: (rows, *sizes), st.integers(0, 3), st.lists(st.integers(1, 3), max_size=2)),
    content=st.binary(max_size=64),
)
def test_from_bytes__any_bytes__are_a_tensor_or_refused(datatype: str, shape: tuple[int, ...], content: bytes) -> None:
    """No bytes break it."""
    try:
        tensor = from_bytes("x", datatype, shape, content, is_base64=False)
    except Refused:
        return
    assert len(flat(tensor)) == math.prod(shape)


MADE: dict[str, tuple[list[Any], str, str, tuple[int, ...]]] = {
    "integers": ([1, 2], "", "INT64", (2,)),
    "integers that are declared numbers": ([1, 2], "FP64", "FP64", (2,)),
    "numbers": ([1, 2.5], "", "FP64", (2,)),
    "numbers with gaps": ([None, 2.5], "", "FP64", (2,)),
    "nothing known": ([None, None], "", "BYTES", (2,)),
    "booleans": ([True], "INT64", "BOOL", (1,)),
    "texts": (["a"], "", "BYTES", (1,)),
    "rows": ([[1.0, 2.0], [3.0, 4.0]], "", "FP64", (2, 2)),
    "ragged rows": ([[1.0], [3.0, 4.0]], "", "BYTES", (2,)),
    "empty rows": ([[], []], "", "BYTES", (2,)),
    "objects": ([{"a": 1}], "", "BYTES", (1,)),
    "beyond 64 bits": ([2**64], "", "FP64", (1,)),
    "beyond every float": ([10**400], "", "BYTES", (1,)),
    "several kinds": ([1, "a"], "", "BYTES", (2,)),
    "no rows": ([], "INT64", "INT64", (0,)),
}


@pytest.mark.parametrize(("values", "declared", "datatype", "shape"), MADE.values(), ids=MADE)
def test_tensor_of__values__has_the_datatype_that_holds_all(
    values: list[Any], declared: str, datatype: str, shape: tuple[int, ...]
) -> None:
    """What is in no datatype goes as the text of its JSON."""
    tensor = tensor_of("x", values, declared)
    assert (tensor.datatype, tensor.shape) == (datatype, shape)
    assert len(flat(tensor)) == math.prod(shape)
    packed(tensor)
