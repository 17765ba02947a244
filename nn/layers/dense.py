"""The fully connected layer."""

from typing import Any

import numpy as np

from nn import initializers
from nn.layers.base import Layer, Shape, batch_of
from nn.layers.options import whole
from nn.ops import dense
from nn.ops.memory import empty
from nn.parameter import Parameter


class Dense(Layer):
    """Every input to every output: y = x w + bias, (N, I) to (N, units).

    Args:
        units: how many outputs.
        kernel_initializer: a name from ``nn.initializers``.

    Parameters: ``kernel`` (I, units), a row for each input, and ``bias`` (units,).
    """

    kind = "dense"

    # What fusing adds: a ReLU behind the layer, and one before it, which stops dx where x is zero.
    has_relu = _behind_relu = False

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
        kernel = initializers.draw(self.kernel_initializer, (inputs, self.units), inputs, self.units, rng, dtype)
        self.kernel = Parameter(f"{self.name}/kernel", kernel, output_axis=1)
        self.bias = Parameter(f"{self.name}/bias", np.zeros(self.units, dtype))
        self.parameters = (self.kernel, self.bias)
        return self.output_shape

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, I) to (N, units)."""
        x = self._check_input(x)
        y = self.infer(x)
        if training:
            self.save_for_backward(x, x, y if self.has_relu else None)
        return y

    def infer(self, x: np.ndarray) -> np.ndarray:
        """``forward`` without checks."""
        y = np.empty((len(x), self.units), x.dtype)
        dense.forward(x, self.kernel.value, self.bias.value, y, self.has_relu)
        return y

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Write the gradients of kernel and bias, or make the kernel's step (``Parameter.step``); return dx."""
        dy, x, y = self.saved(dy)
        dx = empty(x.shape, x.dtype) if need_dx else None
        dense.backward(
            x,
            dy,
            self.kernel.value,
            self.kernel.grad,
            self.bias.grad,
            y=y,
            dx=dx,
            behind_relu=self._behind_relu,
            adam=self.kernel.take_step(),
        )
        return dx

    def multiply_adds(self) -> int:
        """One for each weight."""
        return self.units * self.input_shape[0]
