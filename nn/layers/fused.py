"""Runs of layers as one pass. ``nn.fuse`` makes these out of built layers, whose parameters they share."""

import numpy as np

from nn.layers.base import Layer
from nn.layers.batch_norm import BatchNorm
from nn.layers.conv2d import Conv2D
from nn.layers.dense import Dense
from nn.layers.max_pool import MaxPool2D
from nn.ops import conv2d
from nn.ops import conv_relu_pool as fused
from nn.ops.memory import empty


class ConvReLUPool(Layer):
    """``Conv2D`` 3x3 over one channel, ``ReLU`` and ``MaxPool2D`` 2x2 in one."""

    def __init__(self, conv: Conv2D, pool: MaxPool2D) -> None:
        super().__init__()
        self.name = conv.name
        self.kernel, self.bias = self.parameters = conv.kernel, conv.bias
        self.multiply_adds = conv.multiply_adds  # type: ignore[method-assign]
        self.input_shape = conv.input_shape
        self.output_shape = pool.output_shape

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, H, W, 1) to (N, (H - 2) // 2, (W - 2) // 2, filters)."""
        x = self._check_input(x)
        y, winner = self._run(x)
        if training:
            self.save_for_backward(x, x, winner)
        return y

    def infer(self, x: np.ndarray) -> np.ndarray:
        """``forward`` without checks."""
        return self._run(x)[0]

    def _run(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        y = empty((len(x), *self.output_shape), x.dtype)
        winner = empty(y.shape, np.uint8)
        fused.conv_relu_pool(x, self.kernel.value, self.bias.value, y, winner)
        return y, winner

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Write the gradients of kernel and bias; return dx."""
        dy, x, winner = self.saved(dy)
        fused.conv_relu_pool_backward(x, dy, winner, self.kernel.grad, self.bias.grad)
        if not need_dx:
            return None
        dx = empty(x.shape, x.dtype)
        conv2d.backward_input(fused.spread(dy, winner, x.shape), self.kernel.value, (1, 1), (0, 0), dx)
        return dx


class ConvReLU(Conv2D):
    """``Conv2D`` and ``ReLU`` in one."""

    _relu = True

    def __init__(self, layer: Conv2D) -> None:
        self.__dict__.update(layer.__dict__)


class FusedDense(Dense):
    """``Dense`` and the ``ReLU`` behind it in one; or ``Dense`` that knows of the ``ReLU`` before it; or both.

    Args:
        layer: the dense layer.
        relu: whether a ReLU behind it becomes part of it.
        behind_relu: whether gradients are stopped wherever the input is zero, as by a ReLU that made it so.
    """

    def __init__(self, layer: Dense, relu: bool, behind_relu: bool) -> None:
        self.__dict__.update(layer.__dict__)
        self.has_relu = relu
        self._behind_relu = behind_relu


class BatchNormReLU(BatchNorm):
    """``BatchNorm`` and ``ReLU`` in one."""

    _relu = True

    def __init__(self, layer: BatchNorm) -> None:
        super().__init__(layer.momentum, layer.epsilon)
        self.name = layer.name
        self.gamma, self.beta = self.parameters = layer.gamma, layer.beta
        self.mean, self.variance = self.buffers = layer.mean, layer.variance
        self.input_shape = layer.input_shape
        self.output_shape = layer.output_shape
