"""Builds the graph of an imported network."""

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn import limits
from nn.export.graph import INPUT, Graph
from nn.layers.base import Shape

#: The maximum number of elements of an output, for one image.
MAX_SIZE = 1 << 24

#: A network that first multiplies its images by less than this expects pixels of 0 to 255.
MAX_SCALE_OF_BYTES = 1 / 50


class Builder:
    """Appends operations to a graph; see ``nn.export.graph`` for what they are. Each method returns the output's name.

    Args:
        input_shape: of one image, (H, W, C), or of a vector.

    Attributes:
        notes: what was assumed, for the user.
    """

    def __init__(self, input_shape: Shape) -> None:
        self.graph = Graph(input_shape)
        self._counts: Counter[str] = Counter()
        self._flat: dict[str, str] = {}
        self.notes: list[str] = []
        _check_size(input_shape)

    def shape(self, x: str) -> Shape:
        """The shape of an output."""
        return self.graph.shape(x)

    def conv2d(
        self, x: str, kernel: np.ndarray, bias: np.ndarray | None = None, *, stride: Sequence[int], pads: Any
    ) -> str:
        """A convolution; ``pads`` are "valid", "same", or (top, left, bottom, right)."""
        filters = kernel.shape[3] if kernel.ndim == 4 else 0
        out, attributes = self._place_windows(x, kernel, stride, pads)
        arrays = {"kernel": kernel, "bias": np.zeros(filters) if bias is None else bias}
        attributes |= {"filters": filters, "use_bias": bias is not None}
        return self._add("conv2d", (x,), (*out, filters), attributes, arrays)

    def depthwise_conv2d(
        self, x: str, kernel: np.ndarray, bias: np.ndarray | None = None, *, stride: Sequence[int], pads: Any
    ) -> str:
        """A depthwise convolution, with an ``affine`` after it if there is a bias; ``pads`` as for ``conv2d``."""
        out, attributes = self._place_windows(x, kernel, stride, pads)
        if bias is not None and bias.shape != kernel.shape[2:]:
            raise ValueError(f"expected a bias for each of the {kernel.shape[2:]} channels, got {bias.shape}")
        y = self._add("depthwise_conv2d", (x,), (*out, kernel.shape[2]), attributes, {"kernel": kernel})
        return y if bias is None else self.affine(y, np.ones(len(bias)), bias, fold=False)

    def _place_windows(
        self, x: str, kernel: np.ndarray, stride: Sequence[int], pads: Any
    ) -> tuple[list[int], dict[str, Any]]:
        """The height and width of the output of a convolution, and the attributes of its windows."""
        if len(self.shape(x)) != 3 or kernel.ndim < 3 or kernel.shape[2] != self.shape(x)[2]:
            raise ValueError(f"expected images of the {kernel.shape[2:3]} channels of the kernel, got {self.shape(x)}")
        size, window = self.shape(x)[:2], kernel.shape[:2]
        same = same_pads(size, window, stride)
        if pads not in ("valid", "same"):
            pads = tuple(pads)
            if pads not in ((0, 0, 0, 0), same):
                raise ValueError(
                    f"padding {pads} (top, left, bottom, right): Conv2D pads by nothing or, as 'same', by {same} here"
                )
            pads = "same" if any(pads) else "valid"
        zeros = same if pads == "same" else (0, 0, 0, 0)
        out = [
            (size[axis] + zeros[axis] + zeros[axis + 2] - window[axis]) // stride[axis] + 1 if pads == "valid"
            else -(-size[axis] // stride[axis])
            for axis in (0, 1)
        ]  # fmt: skip
        return out, {"kernel_size": window, "stride": tuple(stride), "padding": pads, "pads": zeros}

    def dense(self, x: str, kernel: np.ndarray, bias: np.ndarray | None = None) -> str:
        """A dense layer, with a ``flatten`` before it where needed."""
        x = self.flatten(x)
        if kernel.ndim != 2 or self.shape(x) != kernel.shape[:1]:
            raise ValueError(f"expected a kernel for vectors of {self.shape(x)}, got {kernel.shape}")
        arrays = {"kernel": kernel, "bias": np.zeros(kernel.shape[1]) if bias is None else bias}
        return self._add("dense", (x,), kernel.shape[1:], {"units": kernel.shape[1]}, arrays)

    def batch_norm(self, x: str, epsilon: float, momentum: float, *, scale: bool = True, **arrays: np.ndarray) -> str:
        """Batch normalization."""
        attributes = {"epsilon": epsilon, "momentum": momentum, "scale": scale}
        return self._add("batch_norm", (x,), self.shape(x), attributes, arrays)

    def affine(self, x: str, scale: np.ndarray, shift: np.ndarray, *, fold: bool) -> str:
        """``x scale + shift``, one scale and shift a channel.

        Args:
            x: an output.
            scale, shift: (C,).
            fold: whether to fold it into the layer before, as nothing else uses ``x``; otherwise it becomes a
                ``batch_norm``.

        If a network begins by scaling pixels of 0 to 255, the scale is changed to pixels of 0 to 1; see ``notes``.
        """
        if x == INPUT and np.abs(scale).max() < MAX_SCALE_OF_BYTES:
            self.notes.append("it expected pixels of 0 to 255; the imported network expects 0 to 1")
            scale = scale * 255
        if np.allclose(scale, 1, rtol=1e-6, atol=0) and np.allclose(shift, 0, rtol=0, atol=1e-7):
            return x
        if fold and x in self.graph and (before := self.graph[x]).arrays:
            factor, offset = ("kernel", "bias") if "kernel" in before.arrays else ("gamma", "beta")
            changed = {factor: before.arrays[factor] * scale, offset: before.arrays[offset] * scale + shift}
            attributes = {key: value for key, value in before.attributes.items() if key not in ("use_bias", "scale")}
            self.graph.replace(dataclasses.replace(before, attributes=attributes, arrays={**before.arrays, **changed}))
            return x
        epsilon = 1e-5
        ones = np.ones(len(scale))
        return self.batch_norm(
            x, epsilon, 0.9, gamma=scale, beta=shift, mean=np.zeros(len(scale)), variance=ones - epsilon
        )

    def pool(self, operation: str, x: str, window: Sequence[int], stride: Sequence[int]) -> str:
        """``max_pool2d`` or ``avg_pool2d``, without padding."""
        if len(self.shape(x)) != 3:
            raise ValueError(f"expected images, got {self.shape(x)}")
        check_window(window, stride)
        h, w, channels = self.shape(x)
        shape = (h - window[0]) // stride[0] + 1, (w - window[1]) // stride[1] + 1, channels
        return self._add(operation, (x,), shape, {"pool_size": tuple(window), "stride": tuple(stride)})

    def global_avg_pool2d(self, x: str) -> str:
        """The mean of each channel."""
        if len(self.shape(x)) != 3:
            raise ValueError(f"expected images, got {self.shape(x)}")
        return self._add("global_avg_pool2d", (x,), self.shape(x)[2:])

    def flatten(self, x: str) -> str:
        """``x`` as a vector; ``x`` itself if it is one. Flattening the same output again returns the same node."""
        if len(self.shape(x)) == 1:
            return x
        if x not in self._flat:
            self._flat[x] = self._add("flatten", (x,), (math.prod(self.shape(x)),))
        return self._flat[x]

    def activation(self, operation: str, x: str, **attributes: Any) -> str:
        """An activation such as ``relu``, or ``dropout``."""
        return self._add(operation, (x,), self.shape(x), attributes)

    def add(self, a: str, b: str) -> str:
        """The sum."""
        if self.shape(a) != self.shape(b):
            raise ValueError(f"expected a sum of outputs of one shape, got {self.shape(a)} and {self.shape(b)}")
        return self._add("add", (a, b), self.shape(a))

    def _add(
        self,
        operation: str,
        inputs: tuple[str, ...],
        shape: Sequence[int],
        attributes: Mapping[str, Any] | None = None,
        arrays: Mapping[str, np.ndarray] | None = None,
    ) -> str:
        _check_size(shape)
        self._counts[operation] += 1
        limits.check_count(self._counts.total())
        name = f"{operation}_{self._counts[operation]}"
        return self.graph.add(name, operation, inputs, tuple(shape), attributes, arrays)


def same_pads(size: Sequence[int], window: Sequence[int], stride: Sequence[int]) -> tuple[int, int, int, int]:
    """The zeros (top, left, bottom, right) of the padding "same".

    >>> same_pads((28, 28), (5, 4), (1, 1)), same_pads((28, 28), (3, 3), (2, 2))
    ((2, 1, 2, 2), (0, 0, 1, 1))
    """
    check_window(window, stride)
    totals = [max((-(-n // s) - 1) * s + w - n, 0) for n, w, s in zip(size, window, stride, strict=True)]
    return totals[0] // 2, totals[1] // 2, totals[0] - totals[0] // 2, totals[1] - totals[1] // 2


def check_window(window: Sequence[int], stride: Sequence[int]) -> None:
    """Raise ValueError if the window of a convolution or a pooling, or its stride, is not two sizes of at least 1."""
    for what, sizes in (("window", window), ("stride", stride)):
        if len(sizes) != 2 or not all(isinstance(size, int) and size >= 1 for size in sizes):
            raise ValueError(f"{what}: expected two sizes of at least 1, got {sizes}")


def _check_size(shape: Sequence[int]) -> None:
    if not shape or min(shape) < 1 or math.prod(shape) > MAX_SIZE:
        raise ValueError(f"expected outputs of 1 to {MAX_SIZE} numbers, got the shape {tuple(shape)}")
