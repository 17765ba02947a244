"""Depthwise convolution over images."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nn import initializers
from nn.layers.base import Shape
from nn.layers.explanation import Explanation, Index, Window, weighted_sum
from nn.layers.options import Pair
from nn.layers.sliding import Sliding2D
from nn.ops import depthwise_conv2d
from nn.ops.memory import empty
from nn.parameter import Parameter

if TYPE_CHECKING:
    from nn.layers.program import Program


class DepthwiseConv2D(Sliding2D):
    """Slide a window of weights over each channel of an image: (N, H, W, C) to (N, OH, OW, C).

    A 1x1 ``Conv2D`` after it mixes the channels; both together are a depthwise-separable convolution. Chollet,
    "Xception: deep learning with depthwise separable convolutions", 2017. There is no bias, as the 1x1 convolution, or
    the batch normalization between the two, has one.

    Args:
        kernel_size, stride, padding, kernel_initializer: see ``Sliding2D``.

    Parameters: ``kernel`` (KH, KW, C).

    >>> from nn import Conv2D, Sequential
    >>> model = Sequential([DepthwiseConv2D(3), Conv2D(16, 1)], (28, 28, 8))
    >>> model.output_shape, [parameter.value.shape for parameter in model.parameters]
    ((26, 26, 16), [(3, 3, 8), (1, 1, 8, 16), (16,)])
    """

    kind = "depthwise_conv2d"
    config_keys = ("kernel_size", "stride", "padding", "kernel_initializer")
    export = Sliding2D.export

    def __init__(
        self,
        kernel_size: int | Pair = 3,
        stride: int | Pair = 1,
        padding: str = "valid",
        kernel_initializer: str = "glorot_uniform",
    ) -> None:
        super().__init__(kernel_size, stride, padding, kernel_initializer)

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Make the kernel; see ``Layer.build``."""
        size, channels = self._place_windows(input_shape)
        area = math.prod(self.kernel_size)
        shape = (*self.kernel_size, channels)
        kernel = initializers.draw(self.kernel_initializer, shape, area, area, rng, dtype)
        self.kernel = Parameter(f"{self.name}/kernel", kernel, output_axis=2)
        self.parameters = (self.kernel,)
        return self._set_shapes(input_shape, (*size, channels))

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, H, W, C) to (N, OH, OW, C)."""
        x = self.check_input(x)
        padded, y = self.pad(x), empty((len(x), *self.output_shape), x.dtype)
        depthwise_conv2d.forward(padded, self.kernel.value, self.stride, y)
        if training:
            self.save_for_backward(x, padded)
        return y

    def add_steps(self, program: "Program") -> None:
        """One pass."""
        program.convolve_depthwise(self.kernel, self.stride, self.offset, self.output_shape)

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Write the gradient of the kernel; return dx."""
        dy, padded = self.saved(dy)
        if self.kernel.trainable:
            depthwise_conv2d.backward_kernel(padded, dy, self.stride, self.kernel.grad)
        if not need_dx:
            return None
        dx = empty((len(dy), *self.input_shape), dy.dtype)
        depthwise_conv2d.backward_input(dy, self.kernel.value, self.stride, self.offset, dx)
        return dx

    def multiply_adds(self) -> int:
        """One for each weight of a channel at each of its output positions."""
        return math.prod(self.output_shape) * math.prod(self.kernel_size)

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """The products of the window and the channel's kernel, and their sum."""
        row, column, channel = index
        (x,), (top, left), kernel = inputs, self.offset, self.kernel.value[..., channel]
        origin = row * self.stride[0] - top, column * self.stride[1] - left, channel
        return weighted_sum(Window.cut(x, origin, (*kernel.shape, 1), kernel[..., None]), None)
