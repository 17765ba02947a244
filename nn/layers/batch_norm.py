"""Batch normalization."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nn import checks, initializers
from nn.layers.base import ChannelAffine, Layer, Shape, batch_of
from nn.layers.explanation import Explanation, Index, Step, Window, with_relu
from nn.layers.relu import ReLU
from nn.ops import batch_norm
from nn.ops.memory import empty
from nn.parameter import Parameter

if TYPE_CHECKING:
    from nn.layers.program import Program


class BatchNorm(Layer):
    """Give each channel (the last axis) a learned mean ``beta`` and standard deviation ``gamma``; any shape.

    Training normalizes by the mean and variance of the batch, and moves the running mean and variance towards them.
    Inference normalizes by the running ones. So does a frozen layer (``trainable = False``), which does not change
    them. Ioffe and Szegedy, "Batch normalization", 2015.

    Args:
        momentum: weight of the previous running mean and variance in each update, in [0, 1).
        epsilon: added to the variance.
        scale: train ``gamma``. Without, it is a buffer of ones: the weights of a layer after it, also after a ReLU and
            a pooling between the two, learn any positive scale.

    Parameters: ``gamma`` and ``beta`` (C,). Buffers: ``mean`` and ``variance`` (C,).
    """

    kind = "batch_norm"
    config_keys = ("momentum", "epsilon", "scale")
    later_defaults: ClassVar[dict[str, Any]] = {"scale": True}
    is_elementwise = True
    is_operation = True
    _relu = False

    def __init__(self, momentum: float = 0.9, epsilon: float = 1e-5, scale: bool = True) -> None:
        super().__init__()
        self.momentum = checks.number("BatchNorm: momentum", momentum, 0, 1, "[)")
        self.epsilon = checks.number("BatchNorm: epsilon", epsilon, 0, ends="(]")
        self.scale = checks.boolean("BatchNorm: scale", scale)

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Make the parameters and the buffers; see ``Layer.build``."""
        if not input_shape or input_shape[-1] < 1:
            raise ValueError(f"{self.name}: expected channels (N, ..., C), got {batch_of(input_shape)}")
        channels = input_shape[-1]
        initializers.reserve((4, channels))
        self.gamma = Parameter(f"{self.name}/gamma", np.ones(channels, dtype))
        self.beta = Parameter(f"{self.name}/beta", np.zeros(channels, dtype))
        self.parameters = (self.gamma, self.beta) if self.scale else (self.beta,)
        self.mean = Parameter(f"{self.name}/mean", np.zeros(channels, dtype))
        self.variance = Parameter(f"{self.name}/variance", np.ones(channels, dtype))
        self.buffers = (self.mean, self.variance) if self.scale else (self.mean, self.variance, self.gamma)
        return super().build(input_shape, rng, dtype)

    def check(self) -> None:
        """Check that no variance is negative."""
        if (self.variance.value < 0).any():
            raise ValueError(f"{self.variance.name}: expected numbers of at least 0, found {self.variance.value.min()}")

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """The same shape, normalized."""
        x = self.check_input(x)
        rows = x.reshape(-1, x.shape[-1])
        mean, variance = self.mean.value, self.variance.value
        of_batch = training and (self.gamma.trainable or self.beta.trainable)
        if of_batch and len(rows):
            mean, variance = np.empty_like(mean), np.empty_like(variance)
            batch_norm.moments(rows, mean, variance)
            self._update_running(mean, variance, len(rows))
        rstd = 1 / np.sqrt(variance + x.dtype.type(self.epsilon))
        scale = self.gamma.value * rstd
        y = empty(x.shape, x.dtype)
        batch_norm.forward(rows, scale, self.beta.value - mean * scale, self._relu, y.reshape(rows.shape))
        if of_batch:
            self.save_for_backward(x, rows, mean, rstd)
        elif training:
            self.save_for_backward(x, None, y, None)
        return y

    def _update_running(self, mean: np.ndarray, variance: np.ndarray, count: int) -> None:
        """Move the running mean and variance towards those of a batch of ``count`` rows; the variance is unbiased."""
        rest = 1 - self.momentum
        self.mean.value += rest * (mean - self.mean.value)
        self.variance.value += rest * (variance * (count / max(1, count - 1)) - self.variance.value)

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Write the gradients of gamma and beta; return dx."""
        dy, x, mean_or_output, rstd = self.saved(dy)
        if x is None:  # normalized by the running mean and variance
            passed = dy * (mean_or_output > 0) if self._relu else dy
            return passed * self._running_scale()
        dx = empty(dy.shape, dy.dtype)
        rows, gamma, beta = (x, dy.reshape(x.shape), mean_or_output, rstd), self.gamma, self.beta
        gradients = dx.reshape(x.shape), gamma.grad, beta.grad
        batch_norm.backward(*rows, gamma.value, beta.value, self._relu, *gradients)
        return dx if need_dx else None

    def infer(self, x: np.ndarray) -> np.ndarray:
        """``forward`` without checks."""
        rows = x.reshape(-1, x.shape[-1])
        scale, shift = np.ones((1, 1, 1, rows.shape[1]), x.dtype), np.zeros(rows.shape[1], x.dtype)
        self.fold_into(scale, shift, scale, shift)
        y = empty(x.shape, x.dtype)
        batch_norm.forward(rows, scale.reshape(-1), shift, self._relu, y.reshape(rows.shape))
        return y

    def add_steps(self, program: "Program") -> None:
        """One pass."""
        program.normalize(self, self._relu)

    def fold_into(self, kernel: np.ndarray, bias: np.ndarray, out_kernel: np.ndarray, out_bias: np.ndarray) -> None:
        """Write the weights of a layer that computes that of ``kernel`` and ``bias``, and this one after it."""
        arrays = self.gamma.value, self.beta.value, self.mean.value, self.variance.value
        batch_norm.fold(kernel, bias, *arrays, self.epsilon, out_kernel, out_bias)

    def channel_affine(self) -> ChannelAffine:
        """The scale and shift of normalization by the running mean and variance."""
        return ChannelAffine(self.mean.value, self._running_scale(), self.beta.value)

    def _running_scale(self) -> np.ndarray:
        variance = self.variance.value
        return self.gamma.value / np.sqrt(variance + variance.dtype.type(self.epsilon))

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """The running mean, the running standard deviation, gamma and beta, one after another."""
        (x,), channel = inputs, index[-1]
        mean, variance, gamma, beta = (
            float(array.value[channel]) for array in (self.mean, self.variance, self.gamma, self.beta)
        )
        deviation = math.sqrt(variance + self.epsilon)
        centred = float(x[index]) - mean
        normalized = centred / deviation
        steps = (
            Step("− mean", mean, centred),
            Step("÷ deviation", deviation, normalized),
            Step("× gamma", gamma, normalized * gamma),
            Step("+ beta", beta, normalized * gamma + beta),
        )
        return Explanation((Window.point(x, index),), with_relu(steps, self._relu))

    def fuse_with(self, following: Sequence[Layer]) -> tuple[Layer, int] | None:
        """Fuse with a ReLU that follows."""
        return (BatchNormReLU.sharing(self), 1) if following and type(following[0]) is ReLU else None


class BatchNormReLU(BatchNorm):
    """``BatchNorm`` and ``ReLU`` in one pass."""

    _relu = True
    infer = BatchNorm.infer
    add_steps = BatchNorm.add_steps
    explain = BatchNorm.explain

    def masks_gradient_at_zero(self, input_masked: bool) -> bool:
        """The same as ReLU."""
        return True
