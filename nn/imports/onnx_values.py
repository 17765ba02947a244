"""Activations in an ONNX file, as indices into the outputs of our layers; see ``nn.imports.onnx``."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nn.imports import elementwise
from nn.imports.builder import Builder
from nn.imports.elementwise import GRID


@dataclass(frozen=True, slots=True)
class Value:
    """An activation in the file, for one image.

    Attributes:
        node: the node of our graph whose output it holds.
        indices: of the activation's shape: for each element, its index in our flattened output; -1 for a zero of
            padding.
        function: the elementwise function that is still to be applied, as values on ``GRID``.
        is_softmax: whether a softmax is still to be applied; only outputs of the network may have one.
        used_once: whether only one operator uses it, so that an affine function can be folded into ``node``.
    """

    node: str
    indices: np.ndarray
    function: np.ndarray = field(default_factory=lambda: GRID)
    is_softmax: bool = False
    used_once: bool = False


class Network:
    """The part of the network that has been read.

    Args:
        input_shape: of our graph.
        uses: the number of uses of each name in the file.

    Attributes:
        builder: of our graph.
    """

    def __init__(self, input_shape: tuple[int, ...], uses: Mapping[str, int]) -> None:
        self.builder = Builder(input_shape)
        self._uses = uses
        self._resolved: dict[tuple[str, bytes], str] = {}

    def is_used_once(self, name: str) -> bool:
        """Whether only one operator uses ``name`` of the file."""
        return self._uses[name] == 1

    def resolve(self, value: Value) -> Value:
        """``value`` with its function applied, by a layer."""
        if value.function is GRID:
            return value
        key = value.node, value.function.tobytes()
        if key not in self._resolved:
            function = elementwise.identify(value.function)
            if function is None:
                raise ValueError("no layer of nn computes the function of the operators before it")
            if function.operation == "identity":
                self._resolved[key] = value.node
            elif function.operation == "affine":
                channels = self.builder.shape(value.node)[-1]
                scale, shift = (np.full(channels, number) for number in function.attributes.values())
                self._resolved[key] = self.builder.affine(value.node, scale, shift, fold=False)
            else:
                self._resolved[key] = self.builder.activation(function.operation, value.node, **function.attributes)
        return replace(value, node=self._resolved[key], function=GRID)

    def image(self, value: Any) -> tuple[str, tuple[int, int, int, int]]:
        """The node of an image (C, H, W) and the zeros around it (top, left, bottom, right)."""
        value = self.resolve(expect_value(value))
        shape = self.builder.shape(value.node)
        indices = value.indices
        if len(shape) != 3 or indices.ndim != 3:
            raise ValueError(f"expected images (N, C, H, W), got (N, {', '.join(map(str, indices.shape))})")
        rows, columns = (np.flatnonzero((indices >= 0).any(axis=axes)) for axes in ((0, 2), (0, 1)))
        if not len(rows):
            raise ValueError("expected images, got zeros")
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        if not np.array_equal(indices[:, top:bottom, left:right], channels_first_indices(shape)):
            raise ValueError("expected images (N, C, H, W), got another order of axes")
        zeros = top, left, indices.shape[1] - bottom, indices.shape[2] - right
        return value.node, (int(zeros[0]), int(zeros[1]), int(zeros[2]), int(zeros[3]))

    def value(self, name: str, node: str, indices: np.ndarray | None = None) -> Value:
        """The activation ``name`` of the file, which is the output of ``node``; by default with the channels first."""
        if indices is None:
            indices = channels_first_indices(self.builder.shape(node))
        return Value(node, indices, used_once=self.is_used_once(name))

    def per_channel(self, value: Value, *arrays: np.ndarray) -> tuple[Value, list[np.ndarray]]:
        """``value``, flattened if needed, and the ``arrays`` of its shape as one number for each of our channels."""
        for flat in (False, True):
            node = self.builder.flatten(value.node) if flat else value.node
            shape = self.builder.shape(node)
            result = []
            for array in arrays:
                ours = np.empty(math.prod(shape), np.float64)
                ours[value.indices.ravel()] = array.ravel()
                rows = ours.reshape(-1, shape[-1])
                if (rows == rows[0]).all():
                    result.append(rows[0])
            if len(result) == len(arrays):
                return replace(value, node=node, function=GRID), result
        raise ValueError("expected one number for each channel")


def channels_first_indices(shape: tuple[int, ...]) -> np.ndarray:
    """The indices (C, H, W) of a flattened output (H, W, C); of a vector, those in order."""
    return np.moveaxis(np.arange(math.prod(shape)).reshape(shape), -1, 0)


def input_indices(name: str, shape: tuple[int, ...]) -> tuple[tuple[int, ...], np.ndarray]:
    """The shape of our input for an input of the file of ``shape``, and its indices; see ``Value``.

    In images (C, H, W) or (H, W, C), the shorter one of the first and the last axis is the channels. (H, W), and a
    vector whose length is a square, such as 784, are images of one channel. Other vectors stay vectors.

    >>> [input_indices("x", shape)[0] for shape in ((1, 28, 28), (28, 28, 3), (28, 28), (784,), (10,))]
    [(28, 28, 1), (28, 28, 3), (28, 28, 1), (28, 28, 1), (10,)]
    """
    size = math.prod(shape)
    side = math.isqrt(size)
    if len(shape) == 3 and shape[0] <= shape[2]:
        ours: tuple[int, ...] = (*shape[1:], shape[0])
        Builder(ours)
        return ours, channels_first_indices(ours)
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
    """``value``; ValueError if it is not a ``Value`` but an array of the file."""
    if not isinstance(value, Value):
        raise ValueError("expected images, got an array of the file")
    return value
