"""The base class of the layers that slide windows of weights over an image."""

from typing import TYPE_CHECKING

import numpy as np

from nn import checks, initializers
from nn.layers.base import Layer, Shape
from nn.layers.options import Pair, image_shape, pair
from nn.ops import conv2d

if TYPE_CHECKING:
    from nn.export.graph import Graph


class Sliding2D(Layer):
    """A layer whose windows of weights slide over an image: (N, H, W, C) to (N, OH, OW, ...).

    Args:
        kernel_size: height and width of the window, or one number for both.
        stride: rows and columns from one window to the next, or one number for both.
        padding: ``"valid"``: windows stay inside, OH = (H - KH) // SH + 1; ``"same"``: zeros around the image
            so that OH = ceil(H / SH); an odd row or column of zeros is at the bottom or the right, as in Keras.
        kernel_initializer: a name from ``nn.initializers``.
    """

    role = "convolution"

    def __init__(self, kernel_size: int | Pair, stride: int | Pair, padding: str, kernel_initializer: str) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size = pair(f"{name}: kernel_size", kernel_size)
        self.stride = pair(f"{name}: stride", stride)
        self.padding = checks.choice(f"{name}: padding", padding, ("valid", "same"))
        self.kernel_initializer = initializers.check(name, kernel_initializer)
        self.offset = (0, 0)  # the zeros before the image

    def _place_windows(self, input_shape: Shape) -> tuple[Pair, int]:
        """Set ``offset``; return the height and width of the output, and the channels of the input."""
        h, w, channels = image_shape(self.name, input_shape)
        (height, top), (width, left) = self._side(h, 0), self._side(w, 1)
        if min(height, width) < 1:
            kh, kw = self.kernel_size
            raise ValueError(f"{self.name}: expected images of at least {kh}x{kw}, the window, got {h}x{w}")
        self.offset = top, left
        return (height, width), channels

    def _side(self, length: int, axis: int) -> tuple[int, int]:
        """The output size along one axis, and the number of zeros before the image."""
        window, stride = self.kernel_size[axis], self.stride[axis]
        if self.padding == "valid":
            return (length - window) // stride + 1, 0
        size = -(-length // stride)
        return size, max((size - 1) * stride + window - length, 0) // 2

    def pad(self, x: np.ndarray) -> np.ndarray:
        """``x`` with the zeros around it, or without what no window covers."""
        out_h, out_w, _ = self.output_shape
        return conv2d.pad(x, self.kernel_size, self.stride, self.offset, (out_h, out_w))

    def export(self, graph: "Graph", x: str) -> str:
        """One operation, with the rows and columns of zeros that ``padding`` means."""
        (h, w, _), (oh, ow, _), (top, left) = self.input_shape, self.output_shape, self.offset
        bottom = max(0, (oh - 1) * self.stride[0] + self.kernel_size[0] - h - top)
        right = max(0, (ow - 1) * self.stride[1] + self.kernel_size[1] - w - left)
        return graph.add_layer(self, x, pads=(top, left, bottom, right))
