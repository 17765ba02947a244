"""Global average pooling."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.layers.base import Layer, Shape
from nn.layers.explanation import Explanation, Index, Window, mean
from nn.layers.options import image_shape
from nn.ops import avg_pool
from nn.ops.memory import empty


class GlobalAvgPool2D(Layer):
    """The mean of each channel over the whole image: (N, H, W, C) to (N, C).

    Lin, Chen and Yan, "Network in network", 2014, section 3.2.
    """

    kind = "global_avg_pool2d"
    role = "pooling"
    is_operation = True

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Fix the shapes; see ``Layer.build``."""
        _, _, channels = image_shape(self.name, input_shape)
        return self._set_shapes(input_shape, (channels,))

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, H, W, C) to (N, C)."""
        x = self.check_input(x)
        window = x.shape[1], x.shape[2]
        y = empty((len(x), 1, 1, *self.output_shape), x.dtype)
        avg_pool.forward(x, window, window, y)
        if training:
            self.save_for_backward(x)
        return y[:, 0, 0]

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Divide each dy equally among the pixels of its channel."""
        (dy,) = self.saved(dy)
        window = self.input_shape[0], self.input_shape[1]
        dx = empty((len(dy), *self.input_shape), dy.dtype)
        avg_pool.backward(dy[:, None, None], window, window, dx)
        return dx

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """The mean of a channel."""
        (x,), (channel,) = inputs, index
        return mean(Window.cut(x, (0, 0, channel), (*x.shape[:2], 1)))
