"""The edges of the digit instead of its ink.

J. Canny, "A computational approach to edge detection", IEEE Transactions on Pattern Analysis and Machine Intelligence 8
(1986).
"""

import numpy as np

from nn.data.corruptions.images import SIDE, Images, gaussian_blur

#: The standard deviation of the blur, and the gradients where an edge may go on and where it may begin.
SIGMA, LOW, HIGH = 1.0, 0.1, 0.2


def canny_edges(images: Images, strength: None, rng: np.random.Generator) -> Images:
    """Canny's edge detector: white where the gradient has a local maximum along its own direction, black elsewhere."""
    weight = gaussian_blur(np.ones_like(images[:1]), SIGMA, "constant") + np.finfo(np.float32).eps
    padded = np.pad(gaussian_blur(images, SIGMA, "constant") / weight, ((0, 0), (1, 1), (1, 1)), mode="edge")
    down = _sobel(padded)
    right = _sobel(padded.swapaxes(1, 2)).swapaxes(1, 2)
    size = np.hypot(down, right)
    possible = _is_maximum(size, down, right) & (size >= LOW)
    possible[:, [0, -1]] = possible[:, :, [0, -1]] = False
    edges, before = possible & (size >= HIGH), -1
    while before != (before := int(np.count_nonzero(edges))):  # hysteresis: grow along what is possible
        edges = _dilated(edges) & possible
    return edges.astype(np.float32)


def _sobel(padded: np.ndarray) -> np.ndarray:
    """Sobel's derivative along the first axis of an image, from one pixel more at each side."""
    smooth = padded[:, :, :-2] + 2 * padded[:, :, 1:-1] + padded[:, :, 2:]
    return smooth[:, 2:] - smooth[:, :-2]


def _is_maximum(size: np.ndarray, down: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Whether the gradient is at least as large as at both neighbours along its direction, which are interpolated."""
    steep = np.abs(down) >= np.abs(right)
    larger, smaller = np.where(steep, np.abs((down, right)), np.abs((right, down)))
    share = np.divide(smaller, larger, out=np.zeros_like(larger), where=larger > 0)
    dy, dx = np.sign(down).astype(np.intp), np.sign(right).astype(np.intp)
    n, rows, columns = np.ogrid[: len(size), :SIDE, :SIDE]
    result = np.ones(size.shape, bool)
    for side in (-1, 1):
        y, x = rows + side * dy, columns + side * dx
        y_of_axis, x_of_axis = np.where(steep, y, rows), np.where(steep, columns, x)
        diagonal, axis = (
            size[n, at_y.clip(0, SIDE - 1), at_x.clip(0, SIDE - 1)] for at_y, at_x in ((y, x), (y_of_axis, x_of_axis))
        )
        result &= size >= share * diagonal + (1 - share) * axis
    return result


def _dilated(mask: np.ndarray) -> np.ndarray:
    """The mask with the eight neighbours of each pixel."""
    padded = np.pad(mask, ((0, 0), (1, 1), (1, 1)))
    across = padded[:, :, :-2] | padded[:, :, 1:-1] | padded[:, :, 2:]
    return across[:, :-2] | across[:, 1:-1] | across[:, 2:]
