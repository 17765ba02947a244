"""Warping in loops that vectorize; see ``nn.ops.warp`` for the equations."""

import functools

import numpy as np

from nn.ops import warp as ops
from nn.ops.backend import njit, prange
from nn.ops.fast.llvm import REGISTER_BYTES
from nn.ops.fast.products import multiply_add
from nn.ops.fast.tiles import lane_count, store_tile, zero_tile
from nn.ops.gather import gather
from nn.ops.memory import empty
from nn.ops.warp import GRID, bumps

#: Parts of the batch, each with its own scratch memory.
PARTS = 8

# The positions are two matrix products: with Y (G + 2, H) and X (G + 2, W) the bumps, the coordinate and ones,
#
#     p = Rᵀ X,    R = [gᵀ bumps of Y; M[0]; M[1] y + M[2]]      for either coordinate of p
#
# in lines of L numbers, whole registers, so that the elastic part costs four more multiply-adds a number. The image is
# padded with zeros, so that sampling only needs clamped positions.
#
# docs/ops/warp.md has times, also of what was slower.


@njit()
def _positions(matrices, grids, bases, b, rows, x, y):
    """Both coordinates of p in the padded image, in lines as long as those of ``bases`` (Y, X); ``rows`` holds R."""
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
    """Split positions into the index of the pixel up and left of each, and the distances from it; NaN counts as 0."""
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
def _pad(image, c, sign, padded):
    """Copy a channel of an image between margins: one pixel above and left, two below and right."""
    height, width, _ = image.shape
    for i in range(height):
        row = padded[(i + 1) * (width + 3) + 1 :]
        for j in range(width):
            row[j] = sign * image[i, j, c]


@njit(fastmath=True)
def _sample(padded, corner, x, y, line, height, width, warped):
    """Bilinear interpolation. The views begin at each of the four pixels, so all have the same index."""
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
def _warp_part(matrices, grids, thickness, bases, scratch, part, images):
    """Warp every image from number ``part`` on, in steps of ``PARTS``."""
    _, height, width, channels = images.shape
    number = images.dtype.type
    line = bases.shape[2]
    size = (height + 3) // 4 * 4 * line
    plane = (len(scratch) - 6 * line - 3 * size) // 2
    # In this order no store is soon followed by a load whose address has the same last 12 bits, which the processor
    # mistakes for a load of what was stored: for 28x28, sampling took 1.4 times as long.
    rows, padded = scratch[: 6 * line], scratch[6 * line : 6 * line + plane]
    places = scratch[6 * line + plane :]
    x, y, corner, warped = places[:size], places[size : 2 * size], places[2 * size : 3 * size], places[3 * size :]
    corner = corner.view(np.uint32)
    for i in range(plane):
        padded[i] = 0
        warped[i] = 0
    for b in range(part, len(images), PARTS):
        _positions(matrices, grids, bases, b, rows, x, y)
        _split(x, y, np.int32(width + 3), number(width + 1), number(height + 1), corner)
        # Thinner ink is a thicker background: the negative is dilated, and negated again.
        sign = number(-1) if thickness[b] < 0 else number(1)
        for c in range(channels):
            _pad(images[b], c, sign, padded)
            _sample(padded, corner, x, y, line, height, width, warped)
            _dilate(warped, number(0.5) * abs(thickness[b]), sign, images[b], c)


@njit(parallel=True)
def _warp(matrices, grids, thickness, bases, scratch, images):
    for part in prange(PARTS):
        _warp_part(matrices, grids, thickness, bases, scratch[part], np.int64(part), images)


@functools.cache
def _bases(height, width, dtype):
    """Y and X, (2, GRID + 2, L); L, the same for both, is a multiple of a register."""
    step = 2 * REGISTER_BYTES // dtype.itemsize
    bases = np.zeros((2, GRID + 2, -(-max(height, width) // step) * step), dtype)
    for basis, size in zip(bases, (height, width), strict=True):
        basis[:GRID, :size] = bumps(size, GRID)
        basis[GRID] = np.arange(bases.shape[2])
        basis[GRID + 1] = 1
    return bases


def warp(images, indices, matrices, grids, thickness, out):
    """See ``nn.ops.warp.warp``."""
    dtype, (_, height, width, _) = out.dtype, out.shape
    if dtype == np.float64:  # not worth compiling these kernels for
        ops.warp.rungs["numpy"](images, indices, matrices, grids, thickness, out)
        return
    bases = _bases(height, width, dtype)
    line = bases.shape[2]
    plane = -(-(height + 3) * (width + 3) // line) * line
    scratch = empty((PARTS, 6 * line + 3 * ((height + 3) // 4 * 4 * line) + 2 * plane), dtype)
    warps = (array.astype(dtype, copy=False) for array in (matrices, grids, thickness))
    gather(images, indices, out)  # and so the kernel is compiled for one type of images
    _warp(*warps, bases, scratch, out)
