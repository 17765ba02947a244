"""Convolution over images."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nn import checks, initializers
from nn.layers.base import ChannelAffine, Layer, Shape
from nn.layers.batch_norm import BatchNorm
from nn.layers.conv_relu_pool import ConvReLUPool
from nn.layers.explanation import Explanation, Index, Window, weighted_sum
from nn.layers.max_pool import MaxPool2D
from nn.layers.options import Pair
from nn.layers.relu import ReLU
from nn.layers.sliding import Sliding2D
from nn.ops import conv2d, relu
from nn.ops.conv_relu_pool import FEW_FILTERS, MAX_PLACES
from nn.ops.memory import empty
from nn.parameter import Parameter

if TYPE_CHECKING:
    from nn.layers.program import Program


class Conv2D(Sliding2D):
    """Slide ``filters`` windows of weights over an image: (N, H, W, C) to (N, OH, OW, filters).

    Args:
        filters: how many output channels.
        kernel_size, stride, padding, kernel_initializer: see ``Sliding2D``.
        use_bias: train a bias. Without, ``bias`` is a buffer of zeros: batch normalization after the layer
            subtracts any bias again.

    Parameters: ``kernel`` (KH, KW, C, filters) and ``bias`` (filters,).
    """

    kind = "conv2d"
    config_keys = ("filters", "kernel_size", "stride", "padding", "kernel_initializer", "use_bias")
    later_defaults: ClassVar[dict[str, Any]] = {"use_bias": True}
    export = Sliding2D.export
    _relu = False
    _norm: BatchNorm | None = None
    _folded: tuple[np.ndarray, np.ndarray]

    def __init__(
        self,
        filters: int,
        kernel_size: int | Pair = 3,
        stride: int | Pair = 1,
        padding: str = "valid",
        kernel_initializer: str = "glorot_uniform",
        use_bias: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, kernel_initializer)
        self.use_bias = checks.boolean("Conv2D: use_bias", use_bias)
        self.filters = checks.integer("Conv2D: filters", filters, 1)

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Make the kernel and the bias; see ``Layer.build``."""
        size, channels = self._place_windows(input_shape)
        area = math.prod(self.kernel_size)
        shape = (*self.kernel_size, channels, self.filters)
        fans = area * channels, area * self.filters
        kernel = initializers.draw(self.kernel_initializer, shape, *fans, rng, dtype)
        self.kernel = Parameter(f"{self.name}/kernel", kernel, output_axis=3)
        self.bias = Parameter(f"{self.name}/bias", np.zeros(self.filters, dtype))
        self.parameters = (self.kernel, self.bias) if self.use_bias else (self.kernel,)
        self.buffers = () if self.use_bias else (self.bias,)
        return self._set_shapes(input_shape, (*size, self.filters))

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, H, W, C) to (N, OH, OW, filters)."""
        x = self.check_input(x)
        padded, y = self._run(x)
        if training:
            self.save_for_backward(x, padded, y if self._relu else None)
        return y

    def infer(self, x: np.ndarray) -> np.ndarray:
        """``forward`` without checks."""
        return self._run(x)[1]

    def _run(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The padded input, and the output."""
        padded = self.pad(x)
        y = empty((len(x), *self.output_shape), x.dtype)
        conv2d.forward(padded, *self.weights(), self.stride, y, self._relu)
        return padded, y

    def add_steps(self, program: "Program") -> None:
        """One pass, and the folding of the normalization."""
        program.convolve(self.kernel, self.bias, self._norm, self.stride, self.offset, self._relu, self.output_shape)

    def weights_in(self, program: "Program") -> tuple[Any, Any]:
        """``weights`` at each run of the program."""
        weights = self.kernel, self.bias
        return weights if self._norm is None else program.fold(self._norm, *weights)

    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """The kernel and the bias; with ``_norm``, that normalization folded into them."""
        weights = self.kernel.value, self.bias.value
        if self._norm is None:
            return weights
        self._norm.fold_into(*weights, *self._folded)
        return self._folded

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Write the gradients of kernel and bias; return dx."""
        dy, padded, y = self.saved(dy)
        if y is not None:
            dz = empty(dy.shape, dy.dtype)
            relu.backward(dy, y, dz)
            dy = dz
        if self.kernel.trainable or self.bias.trainable:
            conv2d.backward_kernel(padded, dy, self.stride, self.kernel.grad, self.bias.grad)
        if not need_dx:
            return None
        dx = empty((len(dy), *self.input_shape), dy.dtype)
        conv2d.backward_input(dy, self.kernel.value, self.stride, self.offset, dx)
        return dx

    def multiply_adds(self) -> int:
        """One for each weight at each output position."""
        oh, ow, filters = self.output_shape
        return oh * ow * filters * math.prod(self.kernel_size) * self.input_shape[2]

    def absorb_affine(self, affine: ChannelAffine) -> bool:
        """Scale the last axis of the kernel, which counts the outputs."""
        affine.absorb_into(self.kernel.value, self.bias.value)
        return True

    def fold_at_inference(self, following: Layer) -> Layer | None:
        """Fold batch normalization that follows."""
        if type(following) is not BatchNorm or self._norm is not None:
            return None
        folded = np.empty_like(self.kernel.value), np.empty_like(self.bias.value)
        return Conv2D.sharing(self, _norm=following, _folded=folded)

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """The products of the window and the kernel, their sum, and the bias."""
        row, column, filter_ = index
        (x,), (top, left), (kernel, bias) = inputs, self.offset, self.weights()
        origin = row * self.stride[0] - top, column * self.stride[1] - left, 0
        window = Window.cut(x, origin, kernel.shape[:3], kernel[..., filter_])
        return weighted_sum(window, bias[filter_], relu=self._relu)

    def fuse_with(self, following: Sequence[Layer]) -> tuple[Layer, int] | None:
        """Fuse with a ReLU that follows, and with the pooling after it if ``ConvReLUPool`` covers the three."""
        if not following or type(following[0]) is not ReLU:
            return None
        if len(following) > 1 and type(pool := following[1]) is MaxPool2D and self._fits_conv_relu_pool(pool):
            changes = {"output_shape": pool.output_shape, "convolution": self, "pool_size": pool.pool_size}
            return ConvReLUPool.sharing(self, **changes), 2
        return ConvReLU.sharing(self), 1

    def _fits_conv_relu_pool(self, pool: MaxPool2D) -> bool:
        """Whether there is a kernel for the three that is faster than one for two of them and the pooling."""
        if self.stride != (1, 1) or pool.stride != pool.pool_size or math.prod(pool.pool_size) > MAX_PLACES:
            return False
        is_first = (*self.kernel_size, self.input_shape[2], *pool.pool_size) == (3, 3, 1, 2, 2)
        return is_first or self.filters < FEW_FILTERS


class ConvReLU(Conv2D):
    """``Conv2D`` and ``ReLU`` in one pass."""

    _relu = True
    infer = Conv2D.infer
    add_steps = Conv2D.add_steps
    explain = Conv2D.explain

    def masks_gradient_at_zero(self, input_masked: bool) -> bool:
        """The same as ReLU."""
        return True
