"""Convolution, ReLU and max-pooling in one pass."""

from typing import TYPE_CHECKING

import numpy as np

from nn.layers.base import Layer
from nn.layers.options import Pair
from nn.ops import conv_relu_pool
from nn.ops.memory import empty
from nn.parameter import Parameter

if TYPE_CHECKING:
    from nn.layers.conv2d import Conv2D
    from nn.layers.program import Program


class ConvReLUPool(Layer):
    """``Conv2D``, ``ReLU`` and ``MaxPool2D`` without overlaps in one pass; ``Conv2D.fuse_with`` makes it.

    Attributes:
        convolution: the layer whose weights it shares.
        pool_size: the windows of the pooling.
    """

    convolution: "Conv2D"
    pool_size: Pair
    kernel: Parameter
    bias: Parameter

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, H, W, C) to (N, OH, OW, filters)."""
        x = self.check_input(x)
        padded, y, max_index = self._run(x)
        if training:
            self.save_for_backward(x, padded, max_index)
        return y

    def infer(self, x: np.ndarray) -> np.ndarray:
        """``forward`` without checks."""
        return self._run(x)[1]

    def add_steps(self, program: "Program") -> None:
        """One pass, and the folding of the normalization."""
        weights = self.convolution.weights_in(program)
        program.convolve_and_pool(*weights, self.convolution.offset, self.pool_size, self.output_shape)

    def _run(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The padded input, the output, and where the maxima are."""
        padded = self.convolution.pad(x)
        y = empty((len(x), *self.output_shape), x.dtype)
        max_index = empty(y.shape, np.uint8)
        conv_relu_pool.forward(padded, *self.convolution.weights(), self.pool_size, y, max_index)
        return padded, y, max_index

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Write the gradients of kernel and bias; return dx."""
        dy, padded, max_index = self.saved(dy)
        of_weights = self.kernel.trainable or self.bias.trainable
        d_kernel, d_bias = (self.kernel.grad, self.bias.grad) if of_weights else (None, None)
        dx = empty((len(dy), *self.input_shape), dy.dtype) if need_dx else None
        pool, offset = self.pool_size, self.convolution.offset
        conv_relu_pool.backward(padded, self.kernel.value, dy, max_index, pool, offset, d_kernel, d_bias, dx)
        return dx

    def multiply_adds(self) -> int:
        """The number of the convolution."""
        return self.convolution.multiply_adds()

    def masks_gradient_at_zero(self, input_masked: bool) -> bool:
        """The same as ReLU and max-pooling."""
        return True
