"""A batch from the data set, like ``gather``, with each image transformed: affine, elastic, and stroke thickness.

With v the image at ``indices[b]`` (bytes / 255) as a function of the plane, bilinear between its pixels and 0 outside,
M = ``matrices[b]`` (2, 3), g = ``grids[b]`` (2, G, G) and t = ``thickness[b]``:

    p[y, x]   = M [x, y, 1]ᵀ + sum over i, j < G of  g[:, i, j] bump[i](y; H) bump[j](x; W)
    w[y, x]   = v(p[y, x])                                                     p: first x, to the right, then y, down
    out[y, x] = w[y, x] + |t| / 2 (extreme of w over [y, x] and its four neighbours - w[y, x])

The extreme is the maximum for t > 0, which moves every edge outwards by t / 2 pixels, and the minimum for t < 0. With
t = -1 a stroke one pixel wide keeps half its ink, so thin strokes are not lost.

The bumps are Gaussians, one for each grid point, evenly spaced over the image, with a σ of half the spacing. They are
scaled so that their squares at a pixel add up to 1: independent grid values of variance 1 displace each pixel with
variance 1, and pixels near each other alike. This is the field of Simard, Steinkraus and Platt, "Best practices for
convolutional neural networks applied to visual document analysis", 2003, noise blurred by a Gaussian, but on a coarse
grid. Their σ was 4 pixels for MNIST; here it is 4.5.
"""

import math

import numpy as np

from nn.ops.backend import njit, operation, prange

#: Grid points a side, where there is a grid.
GRID = 4


@operation(fast=True)
def warp(
    images: np.ndarray,
    indices: np.ndarray,
    matrices: np.ndarray,
    grids: np.ndarray,
    thickness: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill ``out`` (B, H, W, C) with warped images.

    Args:
        images: (N, H, W) or (N, H, W, C), uint8 or floats.
        indices: (B,), the source of each image.
        matrices: (B, 2, 3), from [x, y, 1] to where the pixel comes from.
        grids: (B, 2, GRID, GRID), displacements in x and y; or (B, 2, 0, 0).
        thickness: (B,), by how many pixels strokes become wider, -2 to 2.
        out: filled.
    """
    _, h, w, _ = out.shape
    number = out.dtype.type
    down, across = (bumps(size, grids.shape[2]).astype(out.dtype) for size in (h, w))
    y, x = np.arange(h, dtype=out.dtype)[:, None], np.arange(w, dtype=out.dtype)
    p = np.einsum("iy,baij,jx->bayx", down, grids.astype(out.dtype), across)
    m = matrices.astype(out.dtype)[..., None, None]
    p += m[:, :, 0] * x + m[:, :, 1] * y + m[:, :, 2]
    chosen = images[indices].reshape(out.shape) * number(1 / 255 if images.dtype == np.uint8 else 1)
    warped = _bilinear(chosen, p[:, 0], p[:, 1])
    padded = np.pad(warped, ((0, 0), (1, 1), (1, 1), (0, 0)))
    cross = (warped, padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:])
    t = thickness.astype(out.dtype)[:, None, None, None]
    extreme = np.where(t > 0, np.maximum.reduce(cross), np.minimum.reduce(cross))
    out[...] = warped + abs(t) / 2 * (extreme - warped)


def _bilinear(images: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The images (B, H, W, C) at positions (B, H, W), interpolated; 0 outside."""
    _, h, w, _ = images.shape
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2), (0, 0)))
    x, y = np.clip(x + 1, 0, w + 1), np.clip(y + 1, 0, h + 1)
    column, row = x.astype(np.intp), y.astype(np.intp)
    right, low = (x - column)[..., None], (y - row)[..., None]
    b = np.arange(len(images))[:, None, None]
    top = padded[b, row, column] * (1 - right) + padded[b, row, column + 1] * right
    bottom = padded[b, row + 1, column] * (1 - right) + padded[b, row + 1, column + 1] * right
    return top * (1 - low) + bottom * low


def bumps(size: int, grid: int) -> np.ndarray:
    """The bump of each grid point at each pixel of a line, (grid, size) float64."""
    spacing = max(size - 1, 1) / max(grid - 1, 1)
    distance = np.arange(size) / spacing - np.arange(grid)[:, None]
    gaussians = np.exp(-2 * distance**2)
    return gaussians / np.sqrt((gaussians**2).sum(axis=0))


@warp.loops
def _warp_loops(images, indices, matrices, grids, thickness, out):
    dtype, (_, h, w, _) = out.dtype, out.shape
    down, across = (bumps(size, grids.shape[2]).astype(dtype) for size in (h, w))
    warps = (array.astype(dtype) for array in (matrices, grids, thickness))
    scale = dtype.type(1 / 255 if images.dtype == np.uint8 else 1)
    _warp_images(images.reshape(len(images), *out.shape[1:]), indices, *warps, down, across, scale, out)


@njit(parallel=True)
def _warp_images(images, indices, matrices, grids, thickness, down, across, scale, out):
    batch, height, width, channels = out.shape
    points = len(down)
    for b in prange(batch):
        image, m, t = images[indices[b]], matrices[b], thickness[b]
        warped = np.empty((height, width, channels), out.dtype)
        for y in range(height):
            for x in range(width):
                source_x = m[0, 0] * x + m[0, 1] * y + m[0, 2]
                source_y = m[1, 0] * x + m[1, 1] * y + m[1, 2]
                for i in range(points):
                    for j in range(points):
                        bump = down[i, y] * across[j, x]
                        source_x += grids[b, 0, i, j] * bump
                        source_y += grids[b, 1, i, j] * bump
                for c in range(channels):
                    warped[y, x, c] = scale * _interpolate(image, source_x, source_y, c)
        for y in range(height):
            for x in range(width):
                for c in range(channels):
                    extreme = warped[y, x, c]
                    for i, j in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                        value = _pixel(warped, i, j, c)
                        if (t > 0 and value > extreme) or (t < 0 and value < extreme):
                            extreme = value
                    out[b, y, x, c] = warped[y, x, c] + abs(t) / 2 * (extreme - warped[y, x, c])


@njit()
def _interpolate(image, x, y, c):
    """A channel of an image at a position, bilinear; 0 outside, and where the position is NaN."""
    height, width, _ = image.shape
    if not (-1 < x < width and -1 < y < height):
        return 0.0
    column, row = math.floor(x), math.floor(y)
    right, low = x - column, y - row
    top = _pixel(image, row, column, c) * (1 - right) + _pixel(image, row, column + 1, c) * right
    bottom = _pixel(image, row + 1, column, c) * (1 - right) + _pixel(image, row + 1, column + 1, c) * right
    return top * (1 - low) + bottom * low


@njit()
def _pixel(image, row, column, c):
    """A pixel, or 0 outside the image."""
    inside = 0 <= row < image.shape[0] and 0 <= column < image.shape[1]
    return image[row, column, c] if inside else image.dtype.type(0)
