"""The hyperbolic tangent."""

import numpy as np

from nn.layers.activation import Activation
from nn.ops import tanh


class Tanh(Activation):
    """y = tanh(x), element by element; any shape."""

    kind = "tanh"

    def _function(self, x: np.ndarray, y: np.ndarray) -> None:
        tanh.forward(x, y)

    def _gradient(self, dy: np.ndarray, saved: np.ndarray, dx: np.ndarray) -> None:
        tanh.backward(dy, saved, dx)
