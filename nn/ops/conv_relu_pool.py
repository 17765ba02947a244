"""Convolution + bias + ReLU + 2x2 max-pooling as one pass over memory, for 3x3 windows over one channel.

With input x (N, H, W, 1), kernel k (3, 3, 1, F), bias (F,), OH = (H - 2) // 2 and OW = (W - 2) // 2:

    z[n, i, j, f]  = bias[f] + sum over u, v < 3 of  x[n, i + u, j + v, 0] k[u, v, 0, f]
    y[n, i, j, f]  = max(0, max over p, q < 2 of     z[n, 2 i + p, 2 j + q, f])

``winner[n, i, j, f] = 2 p + q`` remembers the maximum's place (the first of equals), or 4 where ReLU closed the way.
Backward puts each dy at its winner's place in dz, zeros elsewhere, and

    dk[u, v, 0, f] = sum over n, i, j of  x[n, i + u, j + v, 0] dz[n, i, j, f]
    dbias[f]       = sum over n, i, j of  dz[n, i, j, f]

z and dz never leave the registers.
"""

import numpy as np

from nn.ops import backend, conv2d, max_pool
from nn.ops.backend import njit, prange

if backend.compiled():
    from nn.ops.fast.micro_kernel import (
        POOL_VECTORS,
        add_pooled_products,
        lane_count,
        load_tile,
        multiply_add,
        nonzero_bits,
        store_largest,
        store_tile,
        zero_tile,
    )

#: Images below which a second thread costs more than it brings.
SMALL = 2

#: Partial sums of the gradients: a fixed number, so that the order of addition never depends on the threads.
CHUNKS = 16

CLOSED = 4


def conv_relu_pool_numpy(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, out: np.ndarray, winner: np.ndarray
) -> None:
    """The equations for y and the winners, one operation after the other."""
    n, h, w, _ = x.shape
    z = np.empty((n, h - 2, w - 2, len(bias)), x.dtype)
    conv2d.forward_numpy(x, kernel, bias, (1, 1), z)
    max_pool.forward_numpy(z, (2, 2), (2, 2), out, winner)
    winner[out <= 0] = CLOSED
    np.maximum(out, 0, out=out)


def conv_relu_pool_backward_numpy(
    x: np.ndarray, dy: np.ndarray, winner: np.ndarray, d_kernel: np.ndarray, d_bias: np.ndarray
) -> None:
    """The equations for dk and dbias."""
    conv2d.backward_kernel_numpy(x, spread(dy, winner, x.shape), (1, 1), d_kernel, d_bias)


def spread(dy: np.ndarray, winner: np.ndarray, input_shape: tuple[int, ...]) -> np.ndarray:
    """dz (N, H - 2, W - 2, F): each dy at its winner's place."""
    n, h, w, _ = input_shape
    dz = np.zeros((n, h - 2, w - 2, dy.shape[3]), dy.dtype)
    rows, columns = 2 * dy.shape[1], 2 * dy.shape[2]
    for place in range(CLOSED):
        dz[:, place // 2 : rows : 2, place % 2 : columns : 2] = np.where(winner == place, dy, 0)
    return dz


@njit()
def _seen_columns(x, n, i):
    """Bits of the columns in which something of rows 2 i to 2 i + 3 is not zero; of all, if they are too many to tell.

    Most of a digit's image is black, and there is nothing to multiply where a window sees only that.
    """
    _, h, w, _ = x.shape
    if w > 64:
        return np.int64(-1)
    bits = np.int64(0)
    for row in range(2 * i, 2 * i + 4):
        bits |= nonzero_bits(x, (n * h + row) * w, w)
    return bits


@njit()
def _forward_row(x, kernel, bias, out, winner, n, i):
    """One row of y: two pixels at a time, so that all eight of z that they need stay in registers."""
    _, h, w, _ = x.shape
    _, out_h, out_w, filters = out.shape
    seen = _seen_columns(x, n, i)
    for f in range(0, filters, POOL_VECTORS * lane_count(x)):
        width = min(POOL_VECTORS * lane_count(x), filters - f)
        for first in range(0, out_w, 2):
            if out_w == 1:
                j = first
                top, bottom = (
                    load_tile(2, POOL_VECTORS, bias, f, 0, width),
                    load_tile(2, POOL_VECTORS, bias, f, 0, width),
                )
                for u in range(3):
                    at, k = (n * h + 2 * i + u) * w + 2 * j, u * 3 * filters + f
                    top = multiply_add(top, x, at, 1, 1, kernel, k, filters, 3, width)
                    bottom = multiply_add(bottom, x, at + w, 1, 1, kernel, k, filters, 3, width)
                store_largest(top, bottom, out, winner, ((n * out_h + i) * out_w + j) * filters + f, filters, width)
                continue
            j = min(first, out_w - 2)
            upper, lower = (
                load_tile(4, POOL_VECTORS, bias, f, 0, width),
                load_tile(4, POOL_VECTORS, bias, f, 0, width),
            )
            for u in range(3 if seen >> 2 * j & 63 else 0):
                at, k = (n * h + 2 * i + u) * w + 2 * j, u * 3 * filters + f
                upper = multiply_add(upper, x, at, 1, 1, kernel, k, filters, 3, width)
                lower = multiply_add(lower, x, at + w, 1, 1, kernel, k, filters, 3, width)
            store_largest(upper, lower, out, winner, ((n * out_h + i) * out_w + j) * filters + f, filters, width)


# The threads share the rows of the images, not the images: who makes the upper part of every image finds it in its own
# cache when the dense layer, whose threads share the inputs, reads it, and the gradients when they come back.


@njit(parallel=True)
def _forward_numba(x, kernel, bias, out, winner):
    n, rows = len(x), out.shape[1]
    if n < SMALL:
        for image in range(n):
            for i in range(rows):
                _forward_row(x, kernel, bias, out, winner, image, i)
    else:
        for task in prange(rows * n):
            _forward_row(x, kernel, bias, out, winner, np.int64(task) % n, np.int64(task) // n)


@njit()
def _add_rows(x, dy, winner, gradient, first, end):
    """The share of some rows of all images in ``gradient``: nine weights and the bias in registers, pixel by pixel."""
    images, h, w, _ = x.shape
    _, out_h, out_w, filters = dy.shape
    for f in range(0, filters, POOL_VECTORS * lane_count(x)):
        width = min(POOL_VECTORS * lane_count(x), filters - f)
        sums = zero_tile(10, POOL_VECTORS, gradient)
        for row in range(first, end):
            n, i = row % images, row // images
            seen = _seen_columns(x, n, i)
            for j in range(out_w):
                x_start, dy_start = (n * h + 2 * i) * w + 2 * j, ((n * out_h + i) * out_w + j) * filters + f
                here = seen >> 2 * j & 15 != 0
                sums = add_pooled_products(sums, x, x_start, w, here, dy, winner, dy_start, width)
        store_tile(sums, gradient, f, filters, width)


@njit()
def _add_up(partial, d_kernel, d_bias):
    """The sum over the chunks, in their order. Loops, because a slice assignment takes Numba 3 s to compile."""
    for row in range(10):
        target = d_kernel[row] if row < 9 else d_bias
        for f in range(len(d_bias)):
            target[f] = partial[0, row, f]
        for chunk in range(1, len(partial)):
            terms = partial[chunk, row]
            for f in range(len(d_bias)):
                target[f] += terms[f]


@njit(parallel=True)
def _backward_numba(x, dy, winner, partial, d_kernel, d_bias):
    """``partial`` (``CHUNKS``, 10, F): the gradients of weights and bias over a share of the rows each."""
    rows = dy.shape[1] * len(x)
    for task in prange(CHUNKS):
        chunk = np.int64(task)
        _add_rows(x, dy, winner, partial[chunk], rows * chunk // CHUNKS, rows * (chunk + 1) // CHUNKS)
    _add_up(partial, d_kernel.reshape(9, -1), d_bias)


def conv_relu_pool(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, out: np.ndarray, winner: np.ndarray) -> None:
    """Fill ``out`` (N, OH, OW, F) with y and ``winner``, uint8 of the same shape."""
    run = _forward_numba if backend.compiled() else conv_relu_pool_numpy
    run(x, kernel, bias, out, winner)


def conv_relu_pool_backward(
    x: np.ndarray, dy: np.ndarray, winner: np.ndarray, d_kernel: np.ndarray, d_bias: np.ndarray
) -> None:
    """Fill ``d_kernel`` (3, 3, 1, F) and ``d_bias`` (F,)."""
    if backend.compiled():
        partial = np.empty((CHUNKS, 10, len(d_bias)), x.dtype)
        _backward_numba(x, dy, winner, partial, d_kernel, d_bias)
    else:
        conv_relu_pool_backward_numpy(x, dy, winner, d_kernel, d_bias)
