"""The arrays in an ONNX file, and the operators on them, by which exporters compute shapes, for example."""

import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nn.imports.builder import MAX_SIZE

#: The maximum number of elements of an array.
MAX_ELEMENTS = 1 << 27

#: Types of elements by their numbers in the file, and the field for numbers that are not in ``raw_data``.
_TYPES = {
    1: ("<f4", "float_data"),
    2: ("u1", "int32_data"),
    3: ("i1", "int32_data"),
    6: ("<i4", "int32_data"),
    7: ("<i8", "int64_data"),
    9: ("?", "int32_data"),
    10: ("<f2", ""),
    11: ("<f8", "double_data"),
}


def dtype(number: int) -> np.dtype:
    """The type of elements of the number ``number``; ValueError for one that networks of these layers do not have."""
    if number not in _TYPES:
        raise ValueError(f"elements of the unknown type {number}")
    return np.dtype(_TYPES[number][0])


def read_tensor(tensor: Mapping[str, list[Any]], folder: Path) -> np.ndarray:
    """An array, from the file itself or from the file beside it in ``folder`` that it names.

    Raises:
        ValueError: the array is not complete, too large, or in a file elsewhere.
    """
    kind = dtype(tensor.get("data_type", [0])[-1])
    shape = tuple(tensor.get("dims", []))
    count = math.prod(shape)
    if any(size < 0 for size in shape) or count > MAX_ELEMENTS:
        raise ValueError(f"expected at most {MAX_ELEMENTS} elements, got {shape}")
    if tensor.get("data_location", [0])[-1]:
        data = _external(tensor, folder, count * kind.itemsize)
    elif "raw_data" in tensor:
        data = tensor["raw_data"][-1]
    else:
        values = tensor.get(_TYPES[tensor["data_type"][-1]][1], [])
        if len(values) != count:
            raise ValueError(f"expected {count} elements, found {len(values)}")
        return np.array(values).astype(kind).reshape(shape)
    if len(data) != count * kind.itemsize:
        raise ValueError(f"expected {count * kind.itemsize} bytes of weights, found {len(data)}")
    return np.frombuffer(data, kind).reshape(shape)


def _external(tensor: Mapping[str, list[Any]], folder: Path, length: int) -> bytes:
    """The bytes of an array in another file, as PyTorch writes it."""
    entries = {entry["key"][-1]: entry["value"][-1] for entry in tensor.get("external_data", [])}
    location = entries.get("location", "")
    if not location or location != os.path.basename(location) or location in (".", ".."):  # noqa: PTH119
        raise ValueError(f"expected the weights in a file of the same folder, found {location!r}")
    path = folder / location
    if not path.is_file() or path.is_symlink():
        raise ValueError(f"expected the weights in the file {path}, found none")
    try:
        with path.open("rb") as file:
            file.seek(int(entries.get("offset", 0)))
            return file.read(length)
    except OSError as error:  # a negative offset, too
        raise ValueError(f"the weights in the file {path} can't be read: {error.strerror or error}") from None


def evaluate(operator: str, inputs: list[Any], attributes: Mapping[str, Any]) -> np.ndarray:
    """The result of an operator on arrays; ``inputs`` may hold None for one that is left out.

    Raises:
        ValueError: the operator is not one of ``OPERATORS``, or can't take the arrays.
    """
    if operator not in OPERATORS:
        raise ValueError("on weights alone is not supported")
    if operator in _ARITHMETIC and math.prod(np.broadcast_shapes(*(each.shape for each in inputs))) > MAX_SIZE:
        raise ValueError("gives too large an array")
    try:
        with np.errstate(all="ignore"):
            return np.asarray(OPERATORS[operator](attributes, *inputs))
    except (TypeError, IndexError, KeyError, OverflowError) as error:
        raise ValueError(str(error)) from None


def axes_of(attributes: Mapping[str, Any], given: np.ndarray | None) -> tuple[int, ...] | None:
    """The axes, which are an attribute in earlier versions of an operator and an input in later ones."""
    axes = attributes.get("axes") if given is None else given.ravel().tolist()
    return None if axes is None else tuple(int(axis) for axis in axes)


def _unsqueeze(attributes: Mapping[str, Any], x: np.ndarray, axes: np.ndarray | None = None) -> np.ndarray:
    return np.expand_dims(x, axes_of(attributes, axes) or ())


def _slice(attributes: Mapping[str, Any], x: np.ndarray, *bounds: np.ndarray | None) -> np.ndarray:
    starts, ends, axes, steps = (*bounds, None, None, None, None)[:4]
    starts = np.array(attributes["starts"]) if starts is None else starts
    ends = np.array(attributes["ends"]) if ends is None else ends
    chosen = axes_of(attributes, axes) or range(len(starts))
    index = [slice(None)] * x.ndim
    for number, axis in enumerate(chosen):
        index[axis] = slice(int(starts[number]), int(ends[number]), 1 if steps is None else int(steps[number]))
    return x[tuple(index)]


def _constant_of_shape(attributes: Mapping[str, Any], shape: np.ndarray) -> np.ndarray:
    sizes = [int(size) for size in shape]
    if any(size < 0 for size in sizes) or math.prod(sizes) > MAX_SIZE:
        raise ValueError("gives too large an array")
    value = read_tensor(attributes["value"], Path()) if "value" in attributes else np.zeros(1, np.float32)
    return np.full(sizes, value.ravel()[0])


def _integer_division(attributes: Mapping[str, Any], a: np.ndarray, b: np.ndarray) -> np.ndarray:
    kind = np.result_type(a, b)
    return a / b if np.issubdtype(kind, np.floating) else np.trunc(a / b).astype(kind)


def _dequantize(
    attributes: Mapping[str, Any], x: np.ndarray, scale: np.ndarray, zero: np.ndarray | None = None
) -> np.ndarray:
    def aligned(array: np.ndarray) -> np.ndarray:
        sides = [1] * x.ndim
        if array.ndim:
            sides[attributes.get("axis", 1)] = -1
        return array.reshape(sides)

    return (x.astype(np.float32) - (0 if zero is None else aligned(zero).astype(np.float32))) * aligned(scale)


_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "Add": lambda attributes, a, b: a + b,
    "Sub": lambda attributes, a, b: a - b,
    "Mul": lambda attributes, a, b: a * b,
    "Div": _integer_division,
    "Pow": lambda attributes, a, b: a**b,
}

#: The operators, as functions of the attributes and the inputs.
OPERATORS: dict[str, Callable[..., Any]] = {
    **_ARITHMETIC,
    "ConstantOfShape": _constant_of_shape,
    "Identity": lambda attributes, x: x,
    "Cast": lambda attributes, x: x.astype(dtype(attributes["to"])),
    "Neg": lambda attributes, x: -x,
    "Sqrt": lambda attributes, x: np.sqrt(x),
    "Reciprocal": lambda attributes, x: 1 / x,
    "Concat": lambda attributes, *arrays: np.concatenate(arrays, attributes["axis"]),
    "Gather": lambda attributes, x, index: np.take(x, index, attributes.get("axis", 0)),
    "Shape": lambda attributes, x: np.array(x.shape, np.int64),
    "Unsqueeze": _unsqueeze,
    "Squeeze": lambda attributes, x, axes=None: np.squeeze(x, axes_of(attributes, axes)),
    "Reshape": lambda attributes, x, shape: x.reshape([int(size) for size in shape]),
    "Transpose": lambda attributes, x: x.transpose(attributes.get("perm")),
    "Flatten": lambda attributes, x: x.reshape(math.prod(x.shape[: attributes.get("axis", 1)]), -1),
    "Slice": _slice,
    "DequantizeLinear": _dequantize,
    "ReduceProd": lambda attributes, x, axes=None: np.prod(
        x, axes_of(attributes, axes), keepdims=bool(attributes.get("keepdims", 1))
    ),
}
