"""Average pooling."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nn.layers.explanation import Explanation, Index, mean
from nn.layers.pool import Pool2D
from nn.ops import avg_pool
from nn.ops.memory import empty

if TYPE_CHECKING:
    from nn.layers.program import Program


class AvgPool2D(Pool2D):
    """The mean of each window; see ``Pool2D`` for shapes and arguments.

    >>> import numpy as np
    >>> layer = AvgPool2D(2)
    >>> layer.build((4, 4, 1), np.random.default_rng(0))
    (2, 2, 1)
    >>> layer.forward(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """

    kind = "avg_pool2d"
    is_operation = True

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, H, W, C) to (N, OH, OW, C)."""
        x = self.check_input(x)
        y = empty((len(x), *self.output_shape), x.dtype)
        avg_pool.forward(x, self.pool_size, self.stride, y)
        if training:
            self.save_for_backward(x)
        return y

    def add_steps(self, program: "Program") -> None:
        """A depthwise convolution whose weights are equal."""
        *_, channels = self.output_shape
        weights = np.full((*self.pool_size, channels), 1 / math.prod(self.pool_size), program.dtype)
        program.convolve_depthwise(weights, self.stride, (0, 0), self.output_shape)

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Divide each dy equally among the pixels of its window."""
        (dy,) = self.saved(dy)
        dx = empty((len(dy), *self.input_shape), dy.dtype)
        avg_pool.backward(dy, self.pool_size, self.stride, dx)
        return dx

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """The mean of the window."""
        return mean(self._window(inputs, index))
