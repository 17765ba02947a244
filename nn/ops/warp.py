"""A batch out of the data set as ``gather`` takes it, each image bent, moved, and its strokes made thicker or thinner.

With v the image that ``indices[b]`` names (bytes / 255) as a function of the plane, bilinear between its pixels and 0
outside, M = ``matrices[b]`` (2, 3), g = ``grids[b]`` (2, G, G) and t = ``thickness[b]``:

    p[y, x]   = M [x, y, 1]ᵀ + sum over i, j < G of  g[:, i, j] bump[i](y; H) bump[j](x; W)
    w[y, x]   = v(p[y, x])                                                     p: first to the right, then down
    out[y, x] = w[y, x] + |t| / 2 (extreme of w over [y, x] and its four neighbours - w[y, x])

The extreme is the maximum for t > 0, which moves every edge outwards by t / 2 pixels, and the minimum for t < 0. With
t = -1 a stroke one pixel wide still has half its ink, so thin strokes are not lost.

The bumps are Gaussians, one a grid point, evenly spaced over the image, and as wide (σ) as half the spacing. They are
scaled so that the squares of those at a pixel add up to 1: independent grid values of variance 1 displace each pixel
with variance 1, and near ones alike. This is the field of Simard, Steinkraus and Platt, "Best practices for
convolutional neural networks applied to visual document analysis", 2003, noise blurred by a Gaussian, but on a coarse
grid. Their σ was 4 pixels for MNIST; here it is 4.5.
"""

import functools
from typing import Any

import numpy as np

from nn.ops import backend
from nn.ops.backend import njit, prange
from nn.ops.memory import empty

if backend.compiled():
    from nn.ops.fast.micro_kernel import REGISTER_BYTES, lane_count, multiply_add, store_tile, zero_tile

#: Grid points a side, where there is a grid: as many as a tile has rows.
GRID = 4

#: Shares of the batch, each with scratch memory of its own.
SHARES = 8


def warp_numpy(
    images: np.ndarray,
    indices: np.ndarray,
    matrices: np.ndarray,
    grids: np.ndarray,
    thickness: np.ndarray,
    out: np.ndarray,
) -> None:
    """The equations."""
    _, h, w, _ = out.shape
    number = out.dtype.type
    down, across = (_bumps(size, grids.shape[2]).astype(out.dtype) for size in (h, w))
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
    """The images (B, H, W, C) at positions (B, H, W): between pixels, and 0 outside."""
    _, h, w, _ = images.shape
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2), (0, 0)))
    x, y = np.clip(x + 1, 0, w + 1), np.clip(y + 1, 0, h + 1)
    column, row = x.astype(np.intp), y.astype(np.intp)
    right, low = (x - column)[..., None], (y - row)[..., None]
    b = np.arange(len(images))[:, None, None]
    top = padded[b, row, column] * (1 - right) + padded[b, row, column + 1] * right
    bottom = padded[b, row + 1, column] * (1 - right) + padded[b, row + 1, column + 1] * right
    return top * (1 - low) + bottom * low


def _bumps(size: int, grid: int) -> np.ndarray:
    """The bump of each grid point at each pixel of a line, (grid, size) float64."""
    spacing = max(size - 1, 1) / max(grid - 1, 1)
    distance = np.arange(size) / spacing - np.arange(grid)[:, None]
    bumps = np.exp(-2 * distance**2)
    return bumps / np.sqrt((bumps**2).sum(axis=0))


# The positions are two matrix products: with Y (G + 2, H) and X (G + 2, W) the bumps, the coordinate and ones,
#
#     p = Rᵀ X,    R = [gᵀ bumps of Y; M[0]; M[1] y + M[2]]      for either coordinate of p
#
# in lines of L numbers, whole registers, so that the elastic part costs four multiply-adds more a number. The image is
# padded with zeros, so that sampling needs no more than positions that are clamped.
#
# Measured in us for a 28x28 image on one core with AVX2: positions 0.4, splitting them 0.2, padding 0.2, sampling 1.0,
# dilating 0.4; in all 2.3. Slower were: everything in one loop over the pixels, which is not vectorized (8.6); the
# elastic sum as a loop over the bumps (1.2 for the positions); pixels padded into vertical pairs that are loaded as one
# (3.0 in all); scratch memory made for each image (0.5 more). Four bytes packed into one integer would save some 0.2,
# but leave floats to another kernel.


@njit()
def _positions(matrices, grids, bases, b, rows, x, y):
    """Both coordinates of p in the padded image, in lines as long as those of ``bases`` (Y, X); ``rows`` is for R."""
    line = bases.shape[2]
    step = 2 * lane_count(rows)
    for axis in range(matrices.shape[1]):
        for j in range(0, line, step):
            tile = zero_tile(4, 2, rows)
            if grids.shape[2] > 0:
                tile = multiply_add(tile, grids, (2 * b + axis) * 16, 1, 4, bases, j, line, 4, step)
            store_tile(tile, rows, j, line, step)
        across, down, start = matrices[b, axis]
        for i in range(line):
            rows[4 * line + i] = across
            rows[5 * line + i] = down * bases[0, 4, i] + (start + bases[0, 5, i])
        target = y if axis else x
        for i in range(0, len(target) // line, 4):
            for j in range(0, line, step):
                tile = multiply_add(zero_tile(4, 2, rows), rows, i, 1, line, bases, 6 * line + j, line, 6, step)
                store_tile(tile, target, i * line + j, line, step)


@njit(fastmath=True)
def _split(x, y, stride, right, bottom, corner):
    """Positions into the index of the pixel up and left of each, and how far from it they are; NaN counts as 0."""
    number = x.dtype.type
    for i in range(len(x)):
        u = x[i] if x[i] > number(0) else number(0)
        v = y[i] if y[i] > number(0) else number(0)
        u = u if u < right else right
        v = v if v < bottom else bottom
        column, row = np.int32(u), np.int32(v)
        x[i] = u - number(column)
        y[i] = v - number(row)
        corner[i] = row * stride + column


@njit(fastmath=True)
def _pad(image, c, scale, padded):
    """A channel of an image, with a margin: one pixel above and to the left, two below and to the right."""
    height, width, _ = image.shape
    for i in range(height):
        row = padded[(i + 1) * (width + 3) + 1 :]
        for j in range(width):
            row[j] = scale * image[i, j, c]


@njit(fastmath=True)
def _sample(padded, corner, x, y, line, height, width, warped):
    """Bilinear. In views that begin at each of the four pixels all have the same index."""
    right, below, opposite = padded[1:], padded[width + 3 :], padded[width + 4 :]
    for i in range(height):
        row, at, t, u = warped[(i + 1) * (width + 3) + 1 :], corner[i * line :], x[i * line :], y[i * line :]
        for j in range(width):
            k = at[j]
            top = padded[k] + t[j] * (right[k] - padded[k])
            bottom = below[k] + t[j] * (opposite[k] - below[k])
            row[j] = top + u[j] * (bottom - top)


@njit(fastmath=True)
def _dilate(warped, amount, sign, out, c):
    height, width, _ = out.shape
    stride = width + 3
    if amount == 0:
        for i in range(height):
            row = warped[(i + 1) * stride + 1 :]
            for j in range(width):
                out[i, j, c] = sign * row[j]
        return
    for i in range(height):
        above, row, below = warped[i * stride :], warped[(i + 1) * stride :], warped[(i + 2) * stride :]
        for j in range(width):
            here = row[j + 1]
            largest = max(max(max(row[j], row[j + 2]), max(above[j + 1], below[j + 1])), here)
            out[i, j, c] = sign * (here + amount * (largest - here))


@njit()
def _warp_share(images, indices, matrices, grids, thickness, bases, scale, scratch, share, out):
    """Every image from number ``share`` on, in steps of ``SHARES``."""
    _, height, width, channels = out.shape
    number = out.dtype.type
    line = bases.shape[2]
    size = (height + 3) // 4 * 4 * line
    plane = (len(scratch) - 6 * line - 3 * size) // 2
    # In this order no store is soon followed by a load whose address has the same last 12 bits, which takes the
    # processor for a load of what was stored: for 28x28, sampling took 1.4 times as long.
    rows, padded = scratch[: 6 * line], scratch[6 * line : 6 * line + plane]
    places = scratch[6 * line + plane :]
    x, y, corner, warped = places[:size], places[size : 2 * size], places[2 * size : 3 * size], places[3 * size :]
    corner = corner.view(np.uint32)
    for i in range(plane):
        padded[i] = 0
        warped[i] = 0
    for b in range(share, len(indices), SHARES):
        _positions(matrices, grids, bases, b, rows, x, y)
        _split(x, y, np.int32(width + 3), number(width + 1), number(height + 1), corner)
        # Thinner ink is a thicker background: the negative is dilated, and turned back.
        sign = number(-1) if thickness[b] < 0 else number(1)
        for c in range(channels):
            _pad(images[indices[b]], c, sign * scale, padded)
            _sample(padded, corner, x, y, line, height, width, warped)
            _dilate(warped, number(0.5) * abs(thickness[b]), sign, out[b], c)


@njit(parallel=True)
def _warp_numba(images, indices, matrices, grids, thickness, bases, scale, scratch, out):
    for share in prange(SHARES):
        _warp_share(images, indices, matrices, grids, thickness, bases, scale, scratch[share], np.int64(share), out)


@functools.cache
def _bases(height: int, width: int, dtype: Any) -> np.ndarray:
    """Y and X, (2, GRID + 2, L); L, the same for both, is whole registers."""
    step = 2 * REGISTER_BYTES // dtype.itemsize
    bases = np.zeros((2, GRID + 2, -(-max(height, width) // step) * step), dtype)
    for basis, size in zip(bases, (height, width), strict=True):
        basis[:GRID, :size] = _bumps(size, GRID)
        basis[GRID] = np.arange(bases.shape[2])
        basis[GRID + 1] = 1
    return bases


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
        indices: (B,), which image each is made of.
        matrices: (B, 2, 3), from [x, y, 1] to where the pixel comes from.
        grids: (B, 2, GRID, GRID), displacements in x and y; or (B, 2, 0, 0).
        thickness: (B,), how much wider strokes become, in pixels, -2 to 2.
        out: what is written.
    """
    if not backend.compiled():
        return warp_numpy(images, indices, matrices, grids, thickness, out)
    dtype, (_, height, width, _) = out.dtype, out.shape
    bases = _bases(height, width, dtype)
    line = bases.shape[2]
    plane = -(-(height + 3) * (width + 3) // line) * line
    scratch = empty((SHARES, 6 * line + 3 * ((height + 3) // 4 * 4 * line) + 2 * plane), dtype)
    warps = (array if array.dtype == dtype else array.astype(dtype) for array in (matrices, grids, thickness))
    scale = dtype.type(1 / 255) if images.dtype == np.uint8 else dtype.type(1)
    _warp_numba(images.reshape(len(images), *out.shape[1:]), indices, *warps, bases, scale, scratch, out)
