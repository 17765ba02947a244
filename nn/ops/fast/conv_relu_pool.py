"""Convolution, ReLU and max-pooling in one pass; see ``nn.ops.conv_relu_pool``.

The kernels of this file are for 2x2 pooling, the backward pass for 3x3 windows over one channel, as in the first layer:
z and dz stay in registers, and black pixels are skipped. ``lane_conv.py`` has those for other sizes, and for batches
with few filters.
"""

import numpy as np

from nn.ops import conv_relu_pool
from nn.ops.backend import njit, prange
from nn.ops.fast import lane_conv
from nn.ops.fast.conv2d import window_terms
from nn.ops.fast.llvm import REGISTER_BYTES
from nn.ops.fast.pooling import add_pooled_products, store_max
from nn.ops.fast.products import multiply_add_rows
from nn.ops.fast.sparse import WORD_BITS, nonzero_bits
from nn.ops.fast.tiles import POOL_VECTORS, lane_count, load_tile, store_tile, zero_tile

#: Images below which a second thread costs more than it gains.
SMALL = 2

#: Partial sums of the gradients: a fixed number, so that the order of the additions does not depend on the number of
#: threads.
CHUNKS = 16

#: The columns of x under the 3x3 windows of one pixel of y, which are four, as bits.
COLUMNS_OF_ONE = 0b1111


@njit()
def _nonzero_columns(x, n, i, kernel_h):
    """Bits of the columns with a nonzero pixel in the rows under row i of y; all bits, if a word has too few.

    Most of the image of a digit is black, and a window over black pixels has nothing to multiply.
    """
    _, h, w, channels = x.shape
    if w > WORD_BITS or channels > 1:
        return np.int64(-1)
    bits = np.int64(0)
    for row in range(2 * i, 2 * i + 1 + kernel_h):
        bits |= nonzero_bits(x, (n * h + row) * w, w)
    return bits


@njit()
def forward_row(x, kernel, bias, offsets, terms, out, max_index, n, i):
    """One row of y: two pixels at a time, so that the eight pixels of z that they need stay in registers."""
    _, h, w, channels = x.shape
    _, out_h, out_w, filters = out.shape
    kernel_h, kernel_w = kernel.shape[:2]
    weights, columns_of_two = kernel.reshape(-1), (1 << kernel_w + 3) - 1
    nonzero = _nonzero_columns(x, n, i, kernel_h)
    for f in range(0, filters, POOL_VECTORS * lane_count(x)):
        width = min(POOL_VECTORS * lane_count(x), filters - f)
        for first in range(0, out_w, 2):
            j = min(first, out_w - 2)
            at = ((n * h + 2 * i) * w + 2 * j) * channels
            count = len(terms) if nonzero >> 2 * j & columns_of_two else 0
            tile = load_tile(8, POOL_VECTORS, bias, f, 0, width)
            tile = multiply_add_rows(tile, x, at, offsets, 0, terms, weights, f, filters, count, width)
            store_max(tile, out, max_index, ((n * out_h + i) * out_w + j) * filters + f, filters, width)


# The threads share the rows of the images, not the images: a thread that computes the upper part of every image finds
# it in its own cache when the dense layer, whose threads share the inputs, reads it, and the gradients after that.


@njit(parallel=True)
def _forward(x, kernel, bias, offsets, terms, out, max_index):
    """``offsets``: of the eight windows of two pixels from the first one; ``terms``: of the numbers of a window."""
    n, rows = len(x), out.shape[1]
    if n < SMALL:
        for image in range(n):
            for i in range(rows):
                forward_row(x, kernel, bias, offsets, terms, out, max_index, image, i)
    else:
        for task in prange(rows * n):
            forward_row(x, kernel, bias, offsets, terms, out, max_index, np.int64(task) % n, np.int64(task) // n)


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
            nonzero = _nonzero_columns(x, n, i, np.int64(3))
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


def forward(x, kernel, bias, pool, out, max_index):
    """See ``nn.ops.conv_relu_pool.forward``."""
    width, lanes = out.shape[2], REGISTER_BYTES // x.itemsize
    in_rows, in_lanes = pool == (2, 2) and width > 1, lane_conv.fits(x, len(bias))
    if in_rows and in_lanes:
        # In lanes if the filters fill no register, or tiles of two columns overlap and two threads have a block each.
        in_rows = len(bias) >= lanes and (width % 2 == 0 or len(x) < 2 * lanes)
    if in_rows:
        (kernel_h, kernel_w, channels, _), w = kernel.shape, x.shape[2]
        offsets, terms = window_terms(w, channels, 2, 4)[::channels], window_terms(w, channels, kernel_h, kernel_w)
        _forward(x, kernel, bias, np.ascontiguousarray(offsets), terms, out, max_index)
    elif in_lanes:
        lane_conv.forward(x, kernel, bias, pool, out, max_index)
    else:
        conv_relu_pool.forward.rungs["numpy"](x, kernel, bias, pool, out, max_index)  # calls other operations


def backward(x, kernel, dy, max_index, pool, offset, d_kernel, d_bias, dx):
    """See ``nn.ops.conv_relu_pool.backward``."""
    if d_kernel is not None and kernel.shape[:3] == (3, 3, 1) and pool == (2, 2) and dy.shape[2] > 1:
        partial = np.empty((CHUNKS, 10, len(d_bias)), x.dtype)
        _backward(x, dy, max_index, partial, d_kernel.reshape(9, -1), d_bias)  # in NumPy the sum takes 9 us longer
        d_kernel = d_bias = None
    if d_kernel is None and dx is None:
        return
    if lane_conv.fits(x, dy.shape[3]):
        lane_conv.backward(x, kernel, dy, max_index, pool, offset, d_kernel, d_bias, dx)
    else:
        conv_relu_pool.backward.rungs["numpy"](x, kernel, dy, max_index, pool, offset, d_kernel, d_bias, dx)
