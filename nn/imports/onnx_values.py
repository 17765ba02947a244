"""The arrays in an ONNX file, as places in the outputs of our layers; see ``nn.imports.onnx``."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.imports import elementwise
from nn.imports.builder import Builder
from nn.imports.elementwise import GRID


@dataclass(frozen=True, slots=True)
class Value:
    """An array in the file, for one image.

    Attributes:
        node: the output of ours whose numbers it holds.
        places: of the array's shape: the number's place in our flattened output; -1 for a zero of padding.
        function: what remains to be applied to each number, as values on ``GRID``.
        is_softmax: whether a softmax remains to be applied; only outputs of the network may have one.
        alone: whether nothing else uses the output.
    """

    node: str
    places: np.ndarray
    function: np.ndarray
    is_softmax: bool
    alone: bool


class Network:
    """The network so far.

    Args:
        input_shape: of ours.
        uses: how often each name of the file is used.

    Attributes:
        builder: makes our graph.
    """

    def __init__(self, input_shape: tuple[int, ...], uses: Mapping[str, int]) -> None:
        self.builder = Builder(input_shape)
        self._uses = uses
        self._resolved: dict[tuple[str, bytes], str] = {}

    def is_used_once(self, name: str) -> bool:
        """Whether one operator alone takes the array ``name`` of the file."""
        return self._uses[name] == 1

    def resolve(self, value: Value) -> Value:
        """``value`` with the layer that its function is."""
        if value.function is GRID:
            return value
        key = value.node, value.function.tobytes()
        if key not in self._resolved:
            function = elementwise.known(value.function)
            if function is None:
                raise ValueError("no layer of nn computes the function of the operators before it")
            if function.operation == "identity":
                self._resolved[key] = value.node
            elif function.operation == "affine":
                channels = self.builder.shape(value.node)[-1]
                scale, shift = (np.full(channels, number) for number in function.attributes.values())
                self._resolved[key] = self.builder.affine(value.node, scale, shift, alone=False)
            else:
                self._resolved[key] = self.builder.activation(function.operation, value.node, **function.attributes)
        return Value(self._resolved[key], value.places, GRID, value.is_softmax, value.alone)

    def image(self, value: Any) -> tuple[str, tuple[int, int, int, int]]:
        """The node of an image (C, H, W) and the zeros around it (top, left, bottom, right)."""
        value = self.resolve(expect_value(value))
        shape = self.builder.shape(value.node)
        places = value.places
        if len(shape) != 3 or places.ndim != 3:
            raise ValueError(f"expected images (N, C, H, W), got (N, {', '.join(map(str, places.shape))})")
        rows, columns = (np.flatnonzero((places >= 0).any(axis=axes)) for axes in ((0, 2), (0, 1)))
        if not len(rows):
            raise ValueError("expected images, got zeros")
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        expected = np.moveaxis(np.arange(math.prod(shape)).reshape(shape), -1, 0)
        if not np.array_equal(places[:, top:bottom, left:right], expected):
            raise ValueError("expected images (N, C, H, W), got another order of axes")
        zeros = top, left, places.shape[1] - bottom, places.shape[2] - right
        return value.node, (int(zeros[0]), int(zeros[1]), int(zeros[2]), int(zeros[3]))

    def made(self, name: str, node: str) -> Value:
        """An array of the file that is our output ``node``, images with the channels first."""
        shape = self.builder.shape(node)
        places = np.arange(math.prod(shape)).reshape(shape)
        return Value(node, np.moveaxis(places, -1, 0), GRID, False, self.is_used_once(name))

    def per_channel(self, value: Value, *arrays: np.ndarray) -> tuple[Value, list[np.ndarray]]:
        """``value``, flattened if need be, and for arrays of its places' shape one number for each of our channels."""
        for flat in (False, True):
            node = self.builder.flatten(value.node) if flat else value.node
            shape = self.builder.shape(node)
            result = []
            for array in arrays:
                ours = np.empty(math.prod(shape), np.float64)
                ours[value.places.ravel()] = array.ravel()
                rows = ours.reshape(-1, shape[-1])
                if (rows == rows[0]).all():
                    result.append(rows[0])
            if len(result) == len(arrays):
                return Value(node, value.places, GRID, value.is_softmax, value.alone), result
        raise ValueError("expected one number for each channel")


def input_places(name: str, shape: tuple[int, ...]) -> tuple[tuple[int, ...], np.ndarray]:
    """The shape of our input for one of the shape ``shape``, and the places of its numbers; see ``Value``.

    Images (C, H, W) or (H, W, C) have fewest channels; a plane (H, W) has one; so has a vector whose length is a
    square, such as 784. Other vectors stay vectors.

    >>> [input_places("x", shape)[0] for shape in ((1, 28, 28), (28, 28, 3), (28, 28), (784,), (10,))]
    [(28, 28, 1), (28, 28, 3), (28, 28, 1), (28, 28, 1), (10,)]
    """
    size = math.prod(shape)
    side = math.isqrt(size)
    if len(shape) == 3 and shape[0] <= shape[2]:
        ours: tuple[int, ...] = (*shape[1:], shape[0])
        Builder(ours)
        return ours, np.moveaxis(np.arange(size).reshape(ours), -1, 0)
    if len(shape) == 2:
        ours = (*shape, 1)
    elif len(shape) == 1 and side > 1 and side * side == size:
        ours = (side, side, 1)
    elif len(shape) in (1, 3):
        ours = shape
    else:
        raise ValueError(f"{name}: expected images or vectors, got (N, {', '.join(map(str, shape))})")
    Builder(ours)
    return ours, np.arange(size).reshape(shape)


def expect_value(value: Any) -> Value:
    """``value``, if it is one; ValueError if it is an array of the file."""
    if not isinstance(value, Value):
        raise ValueError("expected images, got an array of the file")
    return value
