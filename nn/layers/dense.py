"""The fully connected layer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nn import checks, initializers
from nn.layers.base import ChannelAffine, Layer, Shape, StepSource, batch_of
from nn.layers.explanation import Explanation, Index, Window, weighted_sum
from nn.layers.relu import ReLU
from nn.ops import dense
from nn.ops.memory import empty
from nn.parameter import Parameter

if TYPE_CHECKING:
    from nn.layers.program import Program


class Dense(Layer):
    """Connects every input to every output: y = x w + bias, (N, I) to (N, units).

    Args:
        units: how many outputs.
        kernel_initializer: a name from ``nn.initializers``.

    Parameters: ``kernel`` (I, units), a row for each input, and ``bias`` (units,).
    """

    kind = "dense"
    config_keys = ("units", "kernel_initializer")
    role = "dense"
    is_operation = True
    steps_in_backward = True
    _has_relu = _is_after_relu = False

    def __init__(self, units: int, kernel_initializer: str = "glorot_uniform") -> None:
        super().__init__()
        self.units = checks.integer("Dense: units", units, 1)
        self.kernel_initializer = initializers.check("Dense", kernel_initializer)

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Make the kernel and the bias; see ``Layer.build``."""
        if len(input_shape) != 1 or input_shape[0] < 1:
            raise ValueError(f"{self.name}: expected vectors (N, I), got {batch_of(input_shape)}; put a Flatten before")
        (inputs,) = input_shape
        kernel = initializers.draw(self.kernel_initializer, (inputs, self.units), inputs, self.units, rng, dtype)
        self.kernel = Parameter(f"{self.name}/kernel", kernel, output_axis=1)
        self.bias = Parameter(f"{self.name}/bias", np.zeros(self.units, dtype))
        self.parameters = (self.kernel, self.bias)
        return self._set_shapes(input_shape, (self.units,))

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, I) to (N, units)."""
        x = self.check_input(x)
        y = self._run(x)
        if training:
            self.save_for_backward(x, x, y if self._has_relu else None)
        return y

    def _run(self, x: np.ndarray) -> np.ndarray:
        y = np.empty((len(x), self.units), x.dtype)
        dense.forward(x, self.kernel.value, self.bias.value, y, self._has_relu)
        return y

    infer = _run

    def add_steps(self, program: "Program") -> None:
        """One product."""
        program.dense(self.kernel, self.bias, self._has_relu)

    def backward(self, dy: np.ndarray, need_dx: bool = True, optimizer: StepSource | None = None) -> np.ndarray | None:
        """Write the gradients of kernel and bias, or with an ``optimizer`` make the kernel's step; return dx."""
        dy, x, y = self.saved(dy)
        dx = empty(x.shape, x.dtype) if need_dx else None
        if not (self.kernel.trainable or self.bias.trainable):
            if dx is not None:
                dense.backward_input(dy if y is None else np.where(y > 0, dy, 0), self.kernel.value, dx)
            return dx
        arrays = x, dy, self.kernel.value, self.kernel.grad, self.bias.grad
        adam = None if optimizer is None else optimizer.step_for(self.kernel)
        dense.backward(*arrays, y=y, dx=dx, behind_relu=self._is_after_relu, adam=adam)
        return dx

    def multiply_adds(self) -> int:
        """One for each weight."""
        return self.units * self.input_shape[0]

    def absorb_affine(self, affine: ChannelAffine) -> bool:
        """Scale the last axis of the kernel, which counts the outputs."""
        affine.absorb_into(self.kernel.value, self.bias.value)
        return True

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """The products of all inputs and a column of the kernel, their sum, and the bias."""
        (x,), (unit,) = inputs, index
        window = Window.cut(x, (0,), x.shape, self.kernel.value[:, unit])
        return weighted_sum(window, self.bias.value[unit], relu=self._has_relu)

    def fuse_with(self, following: Sequence[Layer]) -> tuple[Layer, int] | None:
        """Fuse with a ReLU that follows."""
        return (FusedDense.sharing(self, _has_relu=True), 1) if following and type(following[0]) is ReLU else None

    def after_relu(self) -> Layer:
        """A layer that also skips zero inputs when it computes the gradient."""
        return FusedDense.sharing(self, _is_after_relu=True)


class FusedDense(Dense):
    """``Dense`` fused with the ReLU after it, or one that knows that its input comes from a ReLU, or both."""

    steps_in_backward = True
    infer = Dense._run
    add_steps = Dense.add_steps
    after_relu = Dense.after_relu
    explain = Dense.explain

    def masks_gradient_at_zero(self, input_masked: bool) -> bool:
        """With a fused ReLU, the same as ReLU."""
        return self._has_relu
