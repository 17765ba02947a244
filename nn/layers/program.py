"""The steps that compute a network for one image, which compiled code follows."""

import importlib
import math
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nn.layers.options import Pair
from nn.ops import backend
from nn.ops.memory import empty
from nn.parameter import Parameter

if TYPE_CHECKING:
    from nn.layers.base import Layer, Shape
    from nn.layers.batch_norm import BatchNorm

Array = np.ndarray | Parameter

#: Multiply-adds of the steps that one thread does above which all threads are faster layer by layer.
LARGEST_ALONE = 9 << 20

_value = operator.attrgetter("value")


class Program:
    """A network for one image in one call of compiled code; see ``nn/ops/fast/single_image.py``.

    Each layer adds its steps; see ``Layer.add_steps``. The program reads the arrays of the parameters, and shares its
    memory between calls: one thread at a time may call it.

    Args:
        layers: fused.
        shape: of an image.
        dtype: of the images and the weights.

    Attributes:
        has_threads: whether steps are shared between threads.

    Raises:
        NotImplementedError: compiled code can't compute one of the layers, or one thread would have to do too much.
    """

    def __init__(self, layers: "Sequence[Layer]", shape: "Shape", dtype: Any) -> None:
        self._kernels = importlib.import_module("nn.ops.fast.single_image")
        self.shape, self.dtype = tuple(shape), np.dtype(dtype)
        self._rows: list[list[int]] = []
        self._arrays: list[np.ndarray] = []  # whose addresses are in the rows
        self._parameters: list[Parameter] = []
        self._epsilons: list[tuple[BatchNorm, float]] = []
        self._source, self._shared = 0, 0
        for layer in layers:
            layer.add_steps(self)
        alone = sum(layer.multiply_adds() for layer in layers) - self._shared
        self.has_threads = self._shared > 0
        if not self._rows or alone > LARGEST_ALONE:
            raise NotImplementedError
        self._table = np.array(self._rows)
        self._parameter_values = list(map(_value, self._parameters))
        self._run, self._out_shape = self._kernels.run, (1, *self.shape)
        largest = max(math.prod(row[self._kernels.OUT : self._kernels.WINDOW]) for row in self._rows)
        self._places = np.empty((1, 1, 1, largest), np.uint8)

    def is_current(self) -> bool:
        """Whether the parameters still have the same arrays, and batch normalization the same epsilon."""
        return all(map(operator.is_, map(_value, self._parameters), self._parameter_values)) and (
            not self._epsilons or all(norm.epsilon == epsilon for norm, epsilon in self._epsilons)
        )

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The outputs (1, units) for an image (1, ...), C-contiguous and of the program's dtype."""
        return self._outputs(x, False, 0)[0]  # a whole number, as ``predict`` gives: compiled once

    def probabilities(self, x: np.ndarray, largest: float) -> np.ndarray | None:
        """The softmax of the outputs; None if it has a NaN, or if values are above ``largest`` and none is negative."""
        outputs, is_trusted = self._outputs(x, True, largest)
        return outputs if is_trusted else None

    def _outputs(self, x: np.ndarray, probabilities: bool, largest: float) -> tuple[np.ndarray, bool]:
        if not x.flags.writeable:  # another type, for which everything would be compiled again
            x = x.copy()
        out = np.empty(self._out_shape, self.dtype)
        threads = backend.thread_count() if self.has_threads else None
        return out, self._run(self._table, x, self._places, out, probabilities, largest, threads)

    def _values(self, *arrays: Array) -> list[np.ndarray]:
        """The arrays; of parameters, their values."""
        parameters = [array for array in arrays if isinstance(array, Parameter)]
        if any(parameter.value.shape != parameter.grad.shape for parameter in parameters):
            raise NotImplementedError
        self._parameters += parameters
        return [array.value if isinstance(array, Parameter) else array for array in arrays]

    def _address(self, array: np.ndarray) -> int:
        """The address of an array, which the program keeps."""
        if array.dtype not in (self.dtype, np.int64) or not array.flags.c_contiguous:
            raise NotImplementedError
        self._arrays.append(array)
        return array.ctypes.data

    def _add(
        self,
        kind: str,
        shape: "Shape",
        arrays: Sequence[np.ndarray] = (),
        window: Sequence[int] = (),
        numbers: Sequence[int] = (),
    ) -> None:
        """Add a row of the table: a step whose output has this shape."""
        kernels = self._kernels
        target = empty((max(1 << 14, math.prod(shape)),), self.dtype)
        row = np.zeros(kernels.END, np.int64)
        row[kernels.KIND], row[kernels.SOURCE] = getattr(kernels, kind), self._source
        row[kernels.TARGET] = self._source = self._address(target)
        for column, values in ((kernels.IN, (1, 1, 1, *self.shape)[-3:]), (kernels.OUT, (1, 1, 1, *shape)[-3:])):
            row[column : column + 3] = values
        row[kernels.WINDOW : kernels.WINDOW + len(window)] = window
        row[kernels.NUMBERS : kernels.NUMBERS + len(numbers)] = numbers
        row[kernels.ARRAYS : kernels.ARRAYS + len(arrays)] = [self._address(array) for array in arrays]
        self._rows.append(row.tolist())
        self.shape = tuple(shape)

    def _pad(self, window: Pair, stride: Pair, offset: Pair, out_size: Sequence[int]) -> None:
        """Pad the image to what windows cover, unless that is all of it."""
        height, width = ((out_size[axis] - 1) * stride[axis] + window[axis] for axis in (0, 1))
        h, w, channels = self.shape
        if offset != (0, 0) or height > h or width > w:
            self._add("PAD", (height, width, channels), numbers=(0, *offset))

    def fold(self, norm: "BatchNorm", kernel: Array, bias: Array) -> tuple[np.ndarray, np.ndarray]:
        """The weights of a layer with the normalization after it, which a step computes at each call."""
        self._epsilons.append((norm, norm.epsilon))
        epsilon = np.full(1, norm.epsilon, self.dtype)
        arrays = self._values(norm.gamma, norm.beta, norm.mean, norm.variance, epsilon, kernel, bias)
        kernel, bias = arrays[5:]
        folded = np.empty_like(kernel), np.empty_like(bias)
        source, shape = self._source, self.shape
        self._add("FOLD", (), (*arrays, *folded), (bias.size, kernel.size))
        self._source, self.shape = source, shape
        return folded

    def convolve(
        self,
        kernel: Parameter,
        bias: Parameter,
        norm: "BatchNorm | None",
        stride: Pair,
        offset: Pair,
        relu: bool,
        shape: "Shape",
    ) -> None:
        """Convolution, and the normalization after it."""
        window = kernel.value.shape[:3]
        self._pad(window[:2], stride, offset, shape)
        _, w, channels = self.shape
        x, out = np.empty((1, *self.shape), self.dtype), np.empty((1, *shape), self.dtype)
        if self._kernels.winograd.is_faster(x, kernel.value, stride, out, keeps_weights=True):
            scale, kept = np.ones_like(bias.value), self._kernels.winograd.kept_arrays(kernel.value)
            weights = self._values(scale, bias) if norm is None else self.fold(norm, scale, bias)
            self._add("WINOGRAD", shape, (*self._values(kernel), *weights, *kept), window, (relu,))
            self._shared += math.prod(shape) * math.prod(window)
            return
        weights = self._values(kernel, bias) if norm is None else self.fold(norm, kernel, bias)
        tables = (
            self._kernels.conv2d.window_starts(w, channels, stride, *shape[:2]),
            self._kernels.conv2d.window_terms(w, channels, *window[:2]),
        )
        self._add("CONVOLVE", shape, (*weights, *tables), window, (relu,))

    def convolve_and_pool(self, kernel: Array, bias: Array, offset: Pair, pool: Pair, shape: "Shape") -> None:
        """Convolution, ReLU and max-pooling."""
        if pool != (2, 2) or shape[1] < 2:
            raise NotImplementedError
        kernel, bias = self._values(kernel, bias)
        self._pad(kernel.shape[:2], (1, 1), offset, (2 * shape[0], 2 * shape[1]))
        _, w, channels = self.shape
        windows = self._kernels.conv2d.window_terms(w, channels, 2, 4)[::channels].copy()
        terms = self._kernels.conv2d.window_terms(w, channels, *kernel.shape[:2])
        self._add("CONVOLVE_AND_POOL", shape, (kernel, bias, windows, terms), kernel.shape[:3])

    def convolve_depthwise(self, kernel: Array, stride: Pair, offset: Pair, shape: "Shape") -> None:
        """Depthwise convolution."""
        (kernel,) = self._values(kernel)
        self._pad(kernel.shape[:2], stride, offset, shape)
        self._add("DEPTHWISE", shape, (kernel,), kernel.shape[:2], (0, *stride))

    def max_pool(self, window: Pair, stride: Pair, shape: "Shape") -> None:
        """Max-pooling."""
        self._add("MAX_POOL", shape, (), window, (0, *stride))

    def dense(self, kernel: Array, bias: Array, relu: bool) -> None:
        """A fully connected layer."""
        kernel, bias = self._values(kernel, bias)
        kind = "LARGE_DENSE" if self._shared and kernel.size >= self._kernels.dense.SMALL else "DENSE"
        self._add(kind, bias.shape, (kernel, bias), numbers=(relu,))

    def normalize(self, norm: "BatchNorm", relu: bool) -> None:
        """Batch normalization."""
        channels = norm.mean.value.shape
        weights = self.fold(norm, np.ones(channels, self.dtype), np.zeros(channels, self.dtype))
        self._add("NORMALIZE", self.shape, weights, numbers=(relu,))

    def flatten(self) -> None:
        """From an image to a vector: the same numbers in the same order."""
        self.shape = (math.prod(self.shape),)
