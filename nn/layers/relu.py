"""The rectified linear unit."""

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
    operation = relu
    is_operation = True

    def masks_gradient_at_zero(self, input_masked: bool) -> bool:
        """Where the output of ReLU is 0, its gradient is 0."""
        return True
