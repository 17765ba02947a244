"""Max-pooling."""

from typing import Any

import numpy as np

from nn.layers.base import Layer, Shape
from nn.layers.options import Pair, images_only, pair
from nn.ops import max_pool
from nn.ops.memory import empty


class MaxPool2D(Layer):
    """Keep the largest value of each window: (N, H, W, C) to (N, OH, OW, C), OH = (H - PH) // SH + 1.

    Rows and columns at the end that fill no window are left out. Where values tie, the first in reading order wins
    and takes the whole gradient.

    Args:
        pool_size: height and width of the window, or one number for both.
        stride: from one window to the next; the window's size unless given. Smaller strides overlap.
    """

    kind = "max_pool2d"

    def __init__(self, pool_size: int | Pair = 2, stride: int | Pair | None = None) -> None:
        super().__init__()
        self.pool_size = pair("MaxPool2D: pool_size", pool_size)
        self.stride = pair("MaxPool2D: stride", pool_size if stride is None else stride)

    def config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"pool_size": list(self.pool_size), "stride": list(self.stride)}

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Fix the shapes; see ``Layer.build``."""
        h, w, channels = images_only(self.name, input_shape)
        (ph, pw), (sh, sw) = self.pool_size, self.stride
        if h < ph or w < pw:
            raise ValueError(f"{self.name}: expected images of at least {ph}x{pw}, the window, got {h}x{w}")
        self.input_shape = tuple(input_shape)
        self.output_shape = ((h - ph) // sh + 1, (w - pw) // sw + 1, channels)
        return self.output_shape

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, H, W, C) to (N, OH, OW, C)."""
        x = self._check_input(x)
        y = empty((len(x), *self.output_shape), x.dtype)
        winner = empty(y.shape, np.int32)
        max_pool.forward(x, self.pool_size, self.stride, y, winner)
        if training:
            self.save_for_backward(x, winner)
        return y

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Each dy to the place its maximum came from."""
        dy, winner = self.saved(dy)
        if not need_dx:
            return None
        dx = empty((len(dy), *self.input_shape), dy.dtype)
        max_pool.backward(dy, winner, self.pool_size, self.stride, dx)
        return dx
