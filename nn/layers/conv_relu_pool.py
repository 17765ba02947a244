"""Convolution, ReLU and max-pooling in one pass."""

import numpy as np

from nn.layers.base import Layer
from nn.ops import conv2d, conv_relu_pool
from nn.ops.memory import empty
from nn.parameter import Parameter


class ConvReLUPool(Layer):
    """``Conv2D`` 3x3 over one channel, ``ReLU`` and ``MaxPool2D`` 2x2 in one pass; ``Conv2D.fuse_with`` makes it."""

    kernel: Parameter
    bias: Parameter
    work: int

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, H, W, 1) to (N, (H - 2) // 2, (W - 2) // 2, filters)."""
        x = self.check_input(x)
        y, max_index = self._run(x)
        if training:
            self.save_for_backward(x, x, max_index)
        return y

    def infer(self, x: np.ndarray) -> np.ndarray:
        """``forward`` without checks."""
        return self._run(x)[0]

    def _run(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        y = empty((len(x), *self.output_shape), x.dtype)
        max_index = empty(y.shape, np.uint8)
        conv_relu_pool.forward(x, self.kernel.value, self.bias.value, y, max_index)
        return y, max_index

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Write the gradients of kernel and bias; return dx."""
        dy, x, max_index = self.saved(dy)
        if self.kernel.trainable or self.bias.trainable:
            conv_relu_pool.backward(x, dy, max_index, self.kernel.grad, self.bias.grad)
        if not need_dx:
            return None
        dx = empty(x.shape, x.dtype)
        conv2d.backward_input(conv_relu_pool.unpool(dy, max_index, x.shape), self.kernel.value, (1, 1), (0, 0), dx)
        return dx

    def multiply_adds(self) -> int:
        """The number of the convolution."""
        return self.work

    def masks_gradient_at_zero(self, input_masked: bool) -> bool:
        """The same as ReLU and max-pooling."""
        return True
