"""The rectifier."""

import numpy as np

from nn.layers.base import Layer
from nn.ops import relu
from nn.ops.memory import empty


class ReLU(Layer):
    """y = max(x, 0), element by element; any shape."""

    kind = "relu"

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Negative values become 0."""
        x = self._check_input(x)
        y = empty(x.shape, x.dtype)
        relu.forward(x, y)
        if training:
            self.save_for_backward(x, y)
        return y

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """dy where the input was positive, else 0."""
        dy, y = self.saved(dy)
        dx = empty(y.shape, y.dtype)
        relu.backward(dy, y, dx)
        return dx
