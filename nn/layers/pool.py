"""The base class of the pooling layers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.layers.base import Layer, Shape
from nn.layers.explanation import Index, Window
from nn.layers.options import Pair, image_shape, pair


class Pool2D(Layer):
    """One number for each window and channel: (N, H, W, C) to (N, OH, OW, C), OH = (H - PH) // SH + 1.

    Rows and columns at the end that do not fill a window are left out.

    Args:
        pool_size: height and width of the window, or one number for both.
        stride: rows and columns from one window to the next, or one number for both; the window's size unless given.
    """

    role = "pooling"
    config_keys = ("pool_size", "stride")

    def __init__(self, pool_size: int | Pair = 2, stride: int | Pair | None = None) -> None:
        super().__init__()
        name = type(self).__name__
        self.pool_size = pair(f"{name}: pool_size", pool_size)
        self.stride = pair(f"{name}: stride", pool_size if stride is None else stride)

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Fix the shapes; see ``Layer.build``."""
        h, w, channels = image_shape(self.name, input_shape)
        (ph, pw), (sh, sw) = self.pool_size, self.stride
        if h < ph or w < pw:
            raise ValueError(f"{self.name}: expected images of at least {ph}x{pw}, the window, got {h}x{w}")
        return self._set_shapes(input_shape, ((h - ph) // sh + 1, (w - pw) // sw + 1, channels))

    def _window(self, inputs: Sequence[np.ndarray], index: Index) -> Window:
        """The values that an output depends on: those of its own channel."""
        (x,), (row, column, channel) = inputs, index
        return Window.cut(x, (row * self.stride[0], column * self.stride[1], channel), (*self.pool_size, 1))
