"""The dense layer's three products.

With input x (N, I), weights w (O, I) and bias (O,), each row of w being one output's weights:

    y[n, o]  = bias[o] + sum over i of  x[n, i] w[o, i]        y  = x wᵀ + bias
    dx[n, i] = sum over o of            dy[n, o] w[o, i]       dx = dy w
    dw[o, i] = sum over n of            dy[n, o] x[n, i]       dw = dyᵀ x
    dbias[o] = sum over n of            dy[n, o]

With the weights stored (O, I) all three run along the long contiguous axis I.
"""

import numpy as np

from nn.kernels import backend
from nn.kernels.backend import njit, prange

if backend.compiled():
    from nn.kernels.simd import (
        lane_count,
        multiply_add,
        multiply_add_along,
        store_sums,
        store_tile,
        zero_tile,
    )

#: Below so many multiply-adds a second thread costs more than it brings.
SMALL = 1 << 17


def forward_numpy(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, out: np.ndarray, relu: bool = False) -> None:
    """The equation for y, and if ``relu``, zero in place of what is negative."""
    np.matmul(x, weights.T, out=out)
    out += bias
    if relu:
        np.maximum(out, 0, out=out)


def backward_input_numpy(dy: np.ndarray, weights: np.ndarray, dx: np.ndarray) -> None:
    """The equation for dx."""
    np.matmul(dy, weights, out=dx)


def backward_weights_numpy(x: np.ndarray, dy: np.ndarray, d_weights: np.ndarray, d_bias: np.ndarray) -> None:
    """The equations for dw and dbias."""
    np.matmul(dy.T, x, out=d_weights)
    dy.sum(axis=0, out=d_bias)


# The kernels hold a tile of the result in registers while they run over the terms; see simd.py. Where a size is no
# multiple of the tile's, the last tile overlaps its neighbour, and both write the same bits there.


@njit(error_model="numpy")
def _forward_tile(x, weights, bias, out, relu, r, c):
    """Dot products of 4 rows of x with 6 of the weights: 24 sums, 10 loads a turn (4 x 4 was a third slower)."""
    n, inputs = x.shape
    units = len(weights)
    if n >= 4 and units >= 6:
        r, c = min(r, n - 4), min(c, units - 6)
        tile = zero_tile(4, 6, x)
        tile = multiply_add_along(tile, x, r * inputs, inputs, weights, c * inputs, inputs, inputs)
        store_sums(tile, bias, c, relu, out, r * units + c, units)
        return
    for i in range(r, min(r + 4, n)):
        if units >= 6:
            c = min(c, units - 6)
            row = multiply_add_along(zero_tile(1, 6, x), x, i * inputs, 0, weights, c * inputs, inputs, inputs)
            store_sums(row, bias, c, relu, out, i * units + c, 0)
            continue
        for j in range(units):
            one = multiply_add_along(zero_tile(1, 1, x), x, i * inputs, 0, weights, j * inputs, 0, inputs)
            store_sums(one, bias, j, relu, out, i * units + j, 0)


@njit(error_model="numpy", parallel=True)
def _forward_numba(x, weights, bias, out, relu):
    row_blocks, column_blocks = (len(x) + 3) // 4, (len(weights) + 5) // 6
    if len(x) * weights.size < SMALL:
        for block in range(row_blocks * column_blocks):
            _forward_tile(x, weights, bias, out, relu, block % row_blocks * 4, block // row_blocks * 6)
    else:
        for block in prange(row_blocks * column_blocks):
            _forward_tile(x, weights, bias, out, relu, block % row_blocks * 4, block // row_blocks * 6)


@njit(error_model="numpy")
def _product_columns(a, a_row, a_step, b, out, first):
    """Two registers' columns of the product, from ``first`` on: 8 rows of ``out`` at a time."""
    count, columns = b.shape
    rows = len(out)
    width = min(2 * lane_count(b), columns - first)
    if rows < 8:
        for r in range(rows):
            row = multiply_add(zero_tile(1, 2, out), a, r * a_row, 0, a_step, b, first, columns, count, width)
            store_tile(row, out, r * columns + first, 0, width)
        return
    for block in range((rows + 7) // 8):
        r = min(block * 8, rows - 8)
        tile = multiply_add(zero_tile(8, 2, out), a, r * a_row, a_row, a_step, b, first, columns, count, width)
        store_tile(tile, out, r * columns + first, columns, width)


@njit(error_model="numpy", parallel=True)
def _product(a, a_row, a_step, b, out):
    """``out[r, :] = sum over k of a[r * a_row + k * a_step] b[k, :]``: dx and dw are both of this form."""
    width = 2 * lane_count(b)
    blocks = (b.shape[1] + width - 1) // width
    if len(out) * b.size < SMALL:
        for block in range(blocks):
            _product_columns(a, a_row, a_step, b, out, block * width)
    else:
        for block in prange(blocks):
            _product_columns(a, a_row, a_step, b, out, block * width)


def forward(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, out: np.ndarray, relu: bool = False) -> None:
    """Fill ``out`` (N, O) with y, rectified if ``relu``."""
    run = _forward_numba if backend.compiled() else forward_numpy
    run(x, weights, bias, out, relu)


def backward_input(dy: np.ndarray, weights: np.ndarray, dx: np.ndarray) -> None:
    """Fill ``dx`` (N, I)."""
    if backend.compiled():
        _product(dy, dy.shape[1], 1, weights, dx)
    else:
        backward_input_numpy(dy, weights, dx)


def backward_weights(x: np.ndarray, dy: np.ndarray, d_weights: np.ndarray, d_bias: np.ndarray) -> None:
    """Fill ``d_weights`` (O, I) and ``d_bias`` (O,)."""
    if backend.compiled():
        _product(dy, 1, dy.shape[1], x, d_weights)
        dy.sum(axis=0, out=d_bias)
    else:
        backward_weights_numpy(x, dy, d_weights, d_bias)
