"""What the corruptions share: the type of images, Gaussian blur, and interpolation."""

import math

import numpy as np

#: Images (N, SIDE, SIDE), float32 in [0, 1].
Images = np.ndarray

#: The size that the corruptions are defined for.
SIDE = 28


def gaussian_blur(images: Images, sigma: float, edge: str = "edge") -> Images:
    """Convolve with a Gaussian of this standard deviation, cut off at four of them.

    Args:
        edge: beyond the border: ``"edge"`` repeats its pixels, ``"constant"`` is 0.
    """
    radius = int(4 * sigma + 0.5)
    offsets = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (offsets / sigma) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    matrix = np.zeros((SIDE + 2 * radius, SIDE), np.float32)  # the convolution of a line with its margins
    for column in range(SIDE):
        matrix[column : column + len(kernel), column] = kernel
    if edge == "edge":
        matrix[radius] += matrix[:radius].sum(axis=0)
        matrix[-radius - 1] += matrix[SIDE + radius :].sum(axis=0)
    matrix = matrix[radius : SIDE + radius]
    return np.einsum("ry,nrc,cx->nyx", matrix, images, matrix, optimize=True)


def interpolate(images: Images, x: np.ndarray, y: np.ndarray) -> Images:
    """The images at positions (N, H, W), bilinear; 0 outside."""
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2)))
    x, y = np.clip(x + 1, 0, SIDE + 1), np.clip(y + 1, 0, SIDE + 1)
    column, row = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    right, low = (x - column).astype(np.float32), (y - row).astype(np.float32)
    n = np.arange(len(images))[:, None, None]
    top = padded[n, row, column] * (1 - right) + padded[n, row, column + 1] * right
    bottom = padded[n, row + 1, column] * (1 - right) + padded[n, row + 1, column + 1] * right
    return top * (1 - low) + bottom * low


def signs(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) random signs, -1 or 1."""
    return rng.choice((-1, 1), count)


def half_gaussian(radius: int, sigma: float) -> np.ndarray:
    """The weights of the pixels at distances of 0 to ``2 * radius`` on one side, which sum to 1."""
    weights = np.array([math.exp(-0.5 * (distance / sigma) ** 2) for distance in range(2 * radius + 1)])
    return weights / weights.sum()
