"""The fully connected layer."""

from typing import Any

import numpy as np

from nn import initializers
from nn.kernels import dense
from nn.kernels.memory import empty
from nn.layers.base import Layer, Shape, batch_of
from nn.layers.options import whole
from nn.parameter import Parameter


class Dense(Layer):
    """Every input to every output: y = x wᵀ + bias, (N, I) to (N, units).

    Args:
        units: how many outputs.
        kernel_initializer: a name from ``nn.initializers``.

    Parameters: ``kernel`` (units, I), a row for each output, and ``bias`` (units,).
    """

    kind = "dense"

    def __init__(self, units: int, kernel_initializer: str = "glorot_uniform") -> None:
        super().__init__()
        self.units = whole("Dense: units", units)
        self.kernel_initializer = initializers.check(kernel_initializer)

    def config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"units": self.units, "kernel_initializer": self.kernel_initializer}

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Make the kernel and the bias; see ``Layer.build``."""
        if len(input_shape) != 1 or input_shape[0] < 1:
            raise ValueError(f"{self.name}: expected vectors (N, I), got {batch_of(input_shape)}; put a Flatten before")
        (inputs,) = self.input_shape = tuple(input_shape)
        self.output_shape = (self.units,)
        kernel = initializers.draw(self.kernel_initializer, (self.units, inputs), inputs, self.units, rng, dtype)
        self.kernel = Parameter(f"{self.name}/kernel", kernel, output_axis=0)
        self.bias = Parameter(f"{self.name}/bias", np.zeros(self.units, dtype))
        self.parameters = (self.kernel, self.bias)
        return self.output_shape

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, I) to (N, units)."""
        x = self._check_input(x)
        if training:
            self._keep(x, x)
        return self.infer(x)

    def infer(self, x: np.ndarray) -> np.ndarray:
        """``forward`` without checks."""
        y = np.empty((len(x), self.units), x.dtype)
        dense.forward(x, self.kernel.value, self.bias.value, y)
        return y

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Write the gradients of kernel and bias; return dx."""
        dy, x = self._take(dy)
        dense.backward_weights(x, dy, self.kernel.grad, self.bias.grad)
        if not need_dx:
            return None
        dx = empty(x.shape, x.dtype)
        dense.backward_input(dy, self.kernel.value, dx)
        return dx

    def multiply_adds(self) -> int:
        """One for each weight."""
        return self.units * self.input_shape[0]
