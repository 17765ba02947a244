"""The rectified linear unit."""

import numpy as np

from nn.layers.activation import Activation
from nn.ops import relu


class ReLU(Activation):
    """y = max(x, 0), element by element; any shape.

    >>> import numpy as np
    >>> layer = ReLU()
    >>> layer.build((3,), np.random.default_rng(0))
    (3,)
    >>> layer.forward(np.array([[-2.0, 0.0, 3.0]]))
    array([[0., 0., 3.]])
    """

    kind = "relu"

    def _function(self, x: np.ndarray, y: np.ndarray) -> None:
        relu.forward(x, y)

    def _gradient(self, dy: np.ndarray, saved: np.ndarray, dx: np.ndarray) -> None:
        relu.backward(dy, saved, dx)

    def masks_gradient_at_zero(self, input_masked: bool) -> bool:
        """The gradient of ReLU is 0 where its output is."""
        return True
