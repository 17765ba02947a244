"""The logistic sigmoid."""

import numpy as np

from nn.layers.activation import Activation
from nn.ops import sigmoid


class Sigmoid(Activation):
    """y = 1 / (1 + exp(-x)), element by element; any shape."""

    kind = "sigmoid"

    def _function(self, x: np.ndarray, y: np.ndarray) -> None:
        sigmoid.forward(x, y)

    def _gradient(self, dy: np.ndarray, saved: np.ndarray, dx: np.ndarray) -> None:
        sigmoid.backward(dy, saved, dx)
