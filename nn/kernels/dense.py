"""The dense layer's three products.

With input x (N, I), weights w (O, I) and bias (O,), each row of w being one output's weights:

    y[n, o]  = bias[o] + sum over i of  x[n, i] w[o, i]        y  = x wᵀ + bias
    dx[n, i] = sum over o of            dy[n, o] w[o, i]       dx = dy w
    dw[o, i] = sum over n of            dy[n, o] x[n, i]       dw = dyᵀ x
    dbias[o] = sum over n of            dy[n, o]

With the weights stored (O, I) all three run along the long contiguous axis I. Where x or dy has many zeros they are
left out; see ``sparse.py``.
"""

import numpy as np

from nn.kernels import backend, sparse
from nn.kernels.backend import njit, prange

if backend.compiled():
    from nn.kernels.simd import (
        DOT_COLUMNS,
        ROWS,
        lane_count,
        load_tile,
        multiply_add,
        multiply_add_along,
        store_sums,
        store_tile,
        zero_tile,
    )

#: Below so many multiply-adds a second thread costs more than it brings.
SMALL = 1 << 17

#: What is left of a product when zeros are left out takes longer for each term, so it is worth it up to these shares of
#: numbers other than zero. Below so many rows of x the weights are not worth the trouble of turning them.
SPARSE_X, SPARSE_DY, SPARSE_ROWS = 0.4, 0.65, 8

#: Inputs summed in one go: 6 rows of so many float32 take 12 of the 48 KiB nearest to a core, beside those of x.
CHUNK = 512


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
def _forward_block(x, weights, bias, out, relu, first_row, first_column):
    """16 rows of the output by ``DOT_COLUMNS``: dot products, 4 rows of x with those of the weights in registers.

    24 sums for 10 loads a turn (AVX-512) keep the multipliers busy as long as the weights stay in the nearest cache.
    So the sum over the inputs goes in chunks, and the partial sums of a chunk wait in ``sums`` for the next.
    """
    n, inputs = x.shape
    units = len(weights)
    rows = min(16, n - first_row)
    if rows < 4 or units < DOT_COLUMNS:
        _forward_edge(x, weights, bias, out, relu, first_row, first_column)
        return
    column = min(first_column, units - DOT_COLUMNS)
    size = 4 * DOT_COLUMNS * lane_count(x)
    sums = np.zeros(4 * size, x.dtype)
    for start in range(0, inputs, CHUNK):
        count = min(CHUNK, inputs - start)
        for block in range((rows + 3) // 4):
            row = first_row + min(4 * block, rows - 4)
            tile = load_tile(4, DOT_COLUMNS, sums, block * size, size // 4, size // 4)
            tile = multiply_add_along(
                tile, x, row * inputs + start, inputs, weights, column * inputs + start, inputs, count
            )
            if start + count == inputs:
                store_sums(tile, bias, column, relu, out, row * units + column, units)
            else:
                store_tile(tile, sums, block * size, size // 4, size // 4)


@njit(error_model="numpy")
def _forward_edge(x, weights, bias, out, relu, first_row, first_column):
    """``_forward_block`` where there are less than 4 rows or ``DOT_COLUMNS``: row by row, 8 columns at a time."""
    n, inputs = x.shape
    units = len(weights)
    for i in range(first_row, min(first_row + 16, n)):
        if units >= 8:
            column = min(first_column, units - 8)
            row = multiply_add_along(zero_tile(1, 8, x), x, i * inputs, 0, weights, column * inputs, inputs, inputs)
            store_sums(row, bias, column, relu, out, i * units + column, 0)
            continue
        for j in range(units):
            one = multiply_add_along(zero_tile(1, 1, x), x, i * inputs, 0, weights, j * inputs, 0, inputs)
            store_sums(one, bias, j, relu, out, i * units + j, 0)


@njit(error_model="numpy", parallel=True)
def _forward_numba(x, weights, bias, out, relu):
    width = DOT_COLUMNS if len(x) >= 4 else 8
    row_blocks, column_blocks = (len(x) + 15) // 16, (len(weights) + width - 1) // width
    if len(x) * weights.size < SMALL:
        for block in range(row_blocks * column_blocks):
            _forward_block(x, weights, bias, out, relu, block % row_blocks * 16, block // row_blocks * width)
    else:
        for task in prange(row_blocks * column_blocks):
            block = np.int64(task)  # a parallel loop counts in uint64, for which all would be compiled once more
            _forward_block(x, weights, bias, out, relu, block % row_blocks * 16, block // row_blocks * width)


@njit(error_model="numpy")
def _product_columns(a, b, out, first):
    """Two registers' columns of the product, from ``first`` on: ``ROWS`` rows of ``out`` at a time."""
    count, columns = b.shape
    rows = len(out)
    width = min(2 * lane_count(b), columns - first)
    if rows < ROWS:
        for r in range(rows):
            row = multiply_add(zero_tile(1, 2, out), a, r * count, 0, 1, b, first, columns, count, width)
            store_tile(row, out, r * columns + first, 0, width)
        return
    for block in range((rows + ROWS - 1) // ROWS):
        r = min(block * ROWS, rows - ROWS)
        tile = multiply_add(zero_tile(ROWS, 2, out), a, r * count, count, 1, b, first, columns, count, width)
        store_tile(tile, out, r * columns + first, columns, width)


@njit(error_model="numpy", parallel=True)
def _product(a, b, out):
    """``out = a b``: dx and dw are both of this form."""
    width = 2 * lane_count(b)
    blocks = (b.shape[1] + width - 1) // width
    if len(out) * b.size < SMALL:
        for block in range(blocks):
            _product_columns(a, b, out, block * width)
    else:
        for block in prange(blocks):
            _product_columns(a, b, out, np.int64(block) * width)


def _times(a, b, out):
    """``out = a b``."""
    if len(out) * b.size >= SMALL and np.count_nonzero(a) <= SPARSE_DY * a.size:
        sparse.product(a, b, out)
    else:
        _product(a, b, out)


@njit(error_model="numpy")
def _sum_rows(dy, out):
    out[:] = 0
    for row in dy:
        out += row


def forward(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, out: np.ndarray, relu: bool = False) -> None:
    """Fill ``out`` (N, O) with y, rectified if ``relu``."""
    if not backend.compiled():
        forward_numpy(x, weights, bias, out, relu)
    elif len(x) >= SPARSE_ROWS and len(x) * weights.size >= SMALL and sparse.is_sparse(x, SPARSE_X):
        sparse.forward(x, weights, bias, out, relu)
    else:
        _forward_numba(x, weights, bias, out, relu)


def backward_input(dy: np.ndarray, weights: np.ndarray, dx: np.ndarray) -> None:
    """Fill ``dx`` (N, I)."""
    if backend.compiled():
        _times(dy, weights, dx)
    else:
        backward_input_numpy(dy, weights, dx)


def backward_weights(x: np.ndarray, dy: np.ndarray, d_weights: np.ndarray, d_bias: np.ndarray) -> None:
    """Fill ``d_weights`` (O, I) and ``d_bias`` (O,)."""
    if backend.compiled():
        _times(np.ascontiguousarray(dy.T), x, d_weights)
        _sum_rows(dy, d_bias)
    else:
        backward_weights_numpy(x, dy, d_weights, d_bias)
