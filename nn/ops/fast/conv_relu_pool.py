"""Convolution, ReLU and max-pooling in one pass; see ``nn.ops.conv_relu_pool``.

The kernels of this file are for 3x3 windows over one channel, as in the first layer, and 2x2 pooling: z and dz stay in
registers, and black pixels are skipped. ``lane_conv.py`` has those for other sizes.
"""

import numpy as np

from nn.ops import conv_relu_pool
from nn.ops.backend import njit, prange
from nn.ops.fast import lane_conv
from nn.ops.fast.pooling import add_pooled_products, store_max
from nn.ops.fast.products import multiply_add
from nn.ops.fast.sparse import WORD_BITS, nonzero_bits
from nn.ops.fast.tiles import POOL_VECTORS, lane_count, load_tile, store_tile, zero_tile

#: Images below which a second thread costs more than it gains.
SMALL = 2

#: Partial sums of the gradients: a fixed number, so that the order of the additions does not depend on the number of
#: threads.
CHUNKS = 16

#: The columns of x under the windows of one pixel of y, which are four, and of two, which are six, as bits.
COLUMNS_OF_ONE = 0b1111
COLUMNS_OF_TWO = 0b111111


@njit()
def _nonzero_columns(x, n, i):
    """Bits of the columns in which rows 2 i to 2 i + 3 have a nonzero pixel; all bits, if a word has too few.

    Most of the image of a digit is black, and a window over black pixels has nothing to multiply.
    """
    _, h, w, _ = x.shape
    if w > WORD_BITS:
        return np.int64(-1)
    bits = np.int64(0)
    for row in range(2 * i, 2 * i + 4):
        bits |= nonzero_bits(x, (n * h + row) * w, w)
    return bits


@njit()
def _forward_row(x, kernel, bias, out, max_index, n, i):
    """One row of y: two pixels at a time, so that the eight pixels of z that they need stay in registers."""
    _, h, w, _ = x.shape
    _, out_h, out_w, filters = out.shape
    nonzero = _nonzero_columns(x, n, i)
    for f in range(0, filters, POOL_VECTORS * lane_count(x)):
        width = min(POOL_VECTORS * lane_count(x), filters - f)
        for first in range(0, out_w, 2):
            j = min(first, out_w - 2)
            upper = lower = load_tile(4, POOL_VECTORS, bias, f, 0, width)
            for u in range(3 if nonzero >> 2 * j & COLUMNS_OF_TWO else 0):
                at, k = (n * h + 2 * i + u) * w + 2 * j, u * 3 * filters + f
                upper = multiply_add(upper, x, at, 1, 1, kernel, k, filters, 3, width)
                lower = multiply_add(lower, x, at + w, 1, 1, kernel, k, filters, 3, width)
            store_max(upper, lower, out, max_index, ((n * out_h + i) * out_w + j) * filters + f, filters, width)


# The threads share the rows of the images, not the images: a thread that computes the upper part of every image finds
# it in its own cache when the dense layer, whose threads share the inputs, reads it, and the gradients after that.


@njit(parallel=True)
def _forward(x, kernel, bias, out, max_index):
    n, rows = len(x), out.shape[1]
    if n < SMALL:
        for image in range(n):
            for i in range(rows):
                _forward_row(x, kernel, bias, out, max_index, image, i)
    else:
        for task in prange(rows * n):
            _forward_row(x, kernel, bias, out, max_index, np.int64(task) % n, np.int64(task) // n)


@njit()
def _add_rows(x, dy, max_index, gradient, first, end):
    """The gradients over some rows of all images: nine weights and the bias in registers, pixel by pixel."""
    images, h, w, _ = x.shape
    _, out_h, out_w, filters = dy.shape
    for f in range(0, filters, POOL_VECTORS * lane_count(x)):
        width = min(POOL_VECTORS * lane_count(x), filters - f)
        sums = zero_tile(10, POOL_VECTORS, gradient)
        for row in range(first, end):
            n, i = row % images, row // images
            nonzero = _nonzero_columns(x, n, i)
            for j in range(out_w):
                x_start, dy_start = (n * h + 2 * i) * w + 2 * j, ((n * out_h + i) * out_w + j) * filters + f
                needed = nonzero >> 2 * j & COLUMNS_OF_ONE != 0
                sums = add_pooled_products(sums, x, x_start, w, needed, dy, max_index, dy_start, width)
        store_tile(sums, gradient, f, filters, width)


@njit()
def _sum_chunks(partial, d_kernel, d_bias):
    """The sum over the chunks, in their order. Loops, because a slice assignment takes Numba 3 s to compile."""
    for row in range(10):
        target = d_kernel[row] if row < 9 else d_bias
        for f in range(len(d_bias)):
            target[f] = partial[0, row, f]
        for chunk in range(1, len(partial)):
            for f in range(len(d_bias)):
                target[f] += partial[chunk, row, f]


@njit(parallel=True)
def _backward(x, dy, max_index, partial, d_kernel, d_bias):
    """``partial`` (``CHUNKS``, 10, F): the gradients of weights and bias over a part of the rows each."""
    rows = dy.shape[1] * len(x)
    for task in prange(CHUNKS):
        chunk = np.int64(task)
        _add_rows(x, dy, max_index, partial[chunk], rows * chunk // CHUNKS, rows * (chunk + 1) // CHUNKS)
    _sum_chunks(partial, d_kernel, d_bias)


def _is_special(kernel, pool, columns):
    """Whether the kernels of this file are for it; their tiles have two columns."""
    return kernel.shape[:3] == (3, 3, 1) and pool == (2, 2) and columns > 1


def forward(x, kernel, bias, pool, out, max_index):
    """See ``nn.ops.conv_relu_pool.forward``."""
    if _is_special(kernel, pool, out.shape[2]):
        _forward(x, kernel, bias, out, max_index)
    elif len(x) >= lane_conv.FEWEST_IMAGES and len(bias) < lane_conv.MANY_CHANNELS:
        lane_conv.forward(x, kernel, bias, pool, out, max_index)
    else:
        conv_relu_pool.forward.rungs["numpy"](x, kernel, bias, pool, out, max_index)  # calls other operations


def backward(x, kernel, dy, max_index, pool, offset, d_kernel, d_bias, dx):
    """See ``nn.ops.conv_relu_pool.backward``."""
    if d_kernel is not None and _is_special(kernel, pool, dy.shape[2]):
        partial = np.empty((CHUNKS, 10, len(d_bias)), x.dtype)
        _backward(x, dy, max_index, partial, d_kernel.reshape(9, -1), d_bias)  # in NumPy the sum takes 9 us longer
        d_kernel = d_bias = None
    if d_kernel is None and dx is None:
        return
    if len(x) >= lane_conv.FEWEST_IMAGES and dy.shape[3] < lane_conv.MANY_CHANNELS:
        lane_conv.backward(x, kernel, dy, max_index, pool, offset, d_kernel, d_bias, dx)
    else:
        conv_relu_pool.backward.rungs["numpy"](x, kernel, dy, max_index, pool, offset, d_kernel, d_bias, dx)
