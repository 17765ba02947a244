"""Max-pooling."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nn.layers.explanation import Explanation, Index, Step
from nn.layers.pool import Pool2D
from nn.ops import max_pool
from nn.ops.memory import empty

if TYPE_CHECKING:
    from nn.layers.program import Program


class MaxPool2D(Pool2D):
    """The largest value of each window; see ``Pool2D`` for shapes and arguments.

    If several values are the largest, the first in reading order gets the whole gradient.

    >>> import numpy as np
    >>> layer = MaxPool2D(2)
    >>> layer.build((4, 4, 1), np.random.default_rng(0))
    (2, 2, 1)
    >>> layer.forward(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """

    kind = "max_pool2d"
    is_operation = True

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, H, W, C) to (N, OH, OW, C)."""
        x = self.check_input(x)
        y = empty((len(x), *self.output_shape), x.dtype)
        max_index = empty(y.shape, np.int32)
        max_pool.forward(x, self.pool_size, self.stride, y, max_index)
        if training:
            self.save_for_backward(x, max_index)
        return y

    def add_steps(self, program: "Program") -> None:
        """One pass."""
        program.max_pool(self.pool_size, self.stride, self.output_shape)

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Add each dy at the place of its maximum."""
        dy, max_index = self.saved(dy)
        dx = empty((len(dy), *self.input_shape), dy.dtype)
        max_pool.backward(dy, max_index, self.pool_size, self.stride, dx)
        return dx

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """The largest value of the window."""
        window = self._window(inputs, index)
        largest = float(window.values.max())
        return Explanation((window,), (Step(f"largest of {window.values.size}", None, largest),), selects=True)

    def masks_gradient_at_zero(self, input_masked: bool) -> bool:
        """Each output is one of the inputs, and only that input gets its gradient."""
        return input_masked
