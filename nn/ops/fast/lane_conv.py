"""Convolutions with few or odd channels, whose lanes are images; see ``lanes`` and ``nn.ops.conv_relu_pool``.

Forward, in tiles of filters by pixels, with the pooling and the ReLU at their end; for the gradient of the weights, in
tiles of weights by filters, whose lanes are added up at the end; for the gradient of the input, as forward. Rows and
columns of zeros around a digit, and around dz, are left out. SimpleChains.jl and libxsmm also vectorize small
convolutions along the rows or the batch. docs/ops/conv2d.md has measurements.
"""

import functools

import numpy as np
from numba import get_num_threads, get_thread_id

from nn.ops.backend import njit, prange
from nn.ops.fast import llvm
from nn.ops.fast.lanes import (
    from_lanes,
    multiply_add_lanes,
    multiply_add_pixels,
    store_lane_sums,
    store_max_of,
    store_where,
    to_lanes,
)
from nn.ops.fast.llvm import REGISTER_BYTES
from nn.ops.fast.products import pack
from nn.ops.fast.sparse import WORD_BITS, nonzero_bits
from nn.ops.fast.tiles import NR_VECTORS, lane_count, zero_tile
from nn.ops.memory import empty

#: Filters of a tile, and of the tile for the last ones if they are fewer.
FILTERS, FEWER = 4, 2

#: Pixels of a tile, which are its vectors, and weights of a tile of their gradient. The last pixels of a row, too few
#: for a tile, are taken one by one.
PIXELS = 4 if llvm.AVX512 else 2
TAPS = 4 if llvm.AVX512 else 2

#: Images below which too many lanes are empty; and channels from which on they fill registers themselves.
FEWEST_IMAGES = REGISTER_BYTES // 8
MANY_CHANNELS = NR_VECTORS * REGISTER_BYTES // 4


def fits(x, channels):
    """Whether there are enough images, and few enough channels; float64 is not worth compiling these kernels for."""
    return len(x) >= FEWEST_IMAGES and channels < MANY_CHANNELS and x.itemsize == 4


@njit()
def _forward_tile(tile, i, j, f, x, size, box, packed, kernel, pool, least, out_size, ones, y, places):
    """Convolution, pooling and ReLU for a tile of y: filters from ``f`` on, pixels of row ``i`` from ``j`` on."""
    lanes, (_, width, channels), (kernel_h, kernel_w), (_, out_w, filters) = lane_count(x), size, kernel, out_size
    run, row, column = kernel_w * channels, width * channels * lanes, channels * lanes
    w_start, y_start = f * (kernel_h * run + 1), ((i * out_w + j) * filters + f) * lanes
    for place in range(pool[0] * pool[1]):
        top, left = i * pool[0] + place // pool[1], j * pool[1] + place % pool[1]
        first_v = max(0, box[2] - left - (PIXELS - 1) * pool[1])
        end_v = max(first_v, min(kernel_w, box[3] - left))
        x_start, w_first = top * row + (left + first_v) * column, w_start + (1 + first_v * channels) * FILTERS
        sums = multiply_add_pixels(tile, packed, w_start, 0, ones, 0, 0, 0, 1)  # the bias
        for u in range(max(0, box[0] - top), min(kernel_h, box[1] - top)):
            x_at, w_at, count = x_start + u * row, w_first + u * run * FILTERS, (end_v - first_v) * channels
            sums = multiply_add_pixels(sums, packed, w_at, FILTERS, x, x_at, lanes, pool[1] * column, count)
        store_max_of(sums, y, places, y_start, lanes, filters * lanes, place, *least)


@njit()
def _forward_block(x, size, box, packed, kernel, pool, least, out_size, ones, y, places):
    """Convolution, pooling and ReLU of a block: ``x`` (H, W, C, lanes) to ``y`` (OH, OW, F, lanes).

    ``box`` are the first and the end of the rows, and of the columns, of x that are not all zero. ``least`` is
    what y has at least, 0 with ReLU, and the place that stands for it.
    """
    block, (out_h, out_w, filters) = (x, size, box, packed, kernel, pool, least, out_size, ones, y, places), out_size
    whole = out_w // PIXELS * PIXELS
    for i in range(out_h):
        for j in range(0, whole, PIXELS):
            for f in range(0, filters, FILTERS):
                if filters - f > FEWER:
                    _forward_tile(zero_tile(FILTERS, PIXELS, x), i, j, f, *block)
                else:
                    _forward_tile(zero_tile(FEWER, PIXELS, x), i, j, f, *block)
        for j in range(whole, out_w):
            for f in range(0, filters, FILTERS):
                if filters - f > FEWER:
                    _forward_tile(zero_tile(FILTERS, 1, x), i, j, f, *block)
                else:
                    _forward_tile(zero_tile(FEWER, 1, x), i, j, f, *block)


@njit()
def _nonzero_box(x, first, count):
    """The first and the end of the rows, and of the columns, that are not zero in all of some small images."""
    _, h, w, channels = x.shape
    if w * channels > WORD_BITS:
        return 0, h, 0, w
    top, bottom, columns = h, 0, np.int64(0)
    for n in range(first, first + count):
        for i in range(h):
            bits = nonzero_bits(x, (n * h + i) * w * channels, w * channels)
            if bits != 0:
                top, bottom, columns = min(top, i), max(bottom, i + 1), columns | bits
    left, right = w, 0
    for j in range(w):
        if columns >> j * channels & ((1 << channels) - 1):
            left, right = min(left, j), j + 1
    return top, bottom, left, right


@njit(parallel=True)
def _forward(x, packed, kernel, pool, least, x_size, padded, ones, scratch, marks, out, max_index):
    """``scratch``: for each thread memory of ``x_size`` numbers for x, and the rest for y."""
    lanes, n, pixels = lane_count(x), len(x), out.shape[1] * out.shape[2]
    size, out_size = (x.shape[1], x.shape[2], x.shape[3]), (out.shape[1], out.shape[2], padded)
    for task in prange((n + lanes - 1) // lanes):
        first, thread = np.int64(task) * lanes, get_thread_id()
        xs, ys, places = scratch[thread, :x_size], scratch[thread, x_size:], marks[thread]
        box = _nonzero_box(x, first, min(lanes, n - first))
        to_lanes(x.reshape(n, -1), lanes, first, xs)
        _forward_block(xs, size, box, packed, kernel, pool, least, out_size, ones, ys, places)
        from_lanes(ys, padded, lanes, first, out.reshape(n, pixels, -1))
        from_lanes(places, padded, lanes, first, max_index.reshape(n, pixels, -1))


@njit()
def _unpool_block(gradients, places, dy_size, pool, border, size, dz, d_bias):
    """Write dz (H, W, F, lanes): gradients where the maximum was, zeros elsewhere and around; and their sums."""
    (out_h, out_w, filters), (_, width, padded), window = dy_size, size, pool[0] * pool[1]
    lanes = lane_count(dz)
    for e in range(size[0] * width * padded * lanes):
        dz[e] = 0
    sums = np.zeros(filters * lanes, dz.dtype)
    for i in range(out_h):
        for j in range(out_w):
            start, top, left = (i * out_w + j) * filters * lanes, i * pool[0] + border[0], j * pool[1] + border[1]
            for place in range(window):
                at = ((top + place // pool[1]) * width + left + place % pool[1]) * padded * lanes
                for f in range(0, filters * lanes, lanes):
                    store_where(gradients, places, start + f, place, dz, at + f)
            values, marks = gradients[start : start + len(sums)], places[start : start + len(sums)]
            for k in range(len(sums)):
                sums[k] += values[k] if marks[k] < window else 0
    for f in range(filters):
        d_bias[f] = 0
        for k in range(f * lanes, (f + 1) * lanes):
            d_bias[f] += sums[k]


@njit()
def _kernel_block(x, size, taps, dz, dz_size, border, out_size, gradient):
    """Fill ``gradient`` (taps, F): tiles of the sums over the pixels of dz and the lanes."""
    lanes = lane_count(x)
    (_, width, channels), (_, dz_width, filters), (out_h, out_w) = size, dz_size, out_size
    step, row = channels * lanes, width * channels * lanes
    for tap in range(0, len(taps), TAPS):
        for f in range(0, filters, FILTERS):
            if filters - f > FEWER:
                tile = zero_tile(TAPS, FILTERS, x)
                for i in range(out_h):
                    dz_start = (((i + border[0]) * dz_width + border[1]) * filters + f) * lanes
                    tile = multiply_add_lanes(tile, x, i * row, taps, tap, step, dz, dz_start, filters * lanes, out_w)
                store_lane_sums(tile, gradient, tap * filters + f, filters)
            else:
                few = zero_tile(TAPS, FEWER, x)
                for i in range(out_h):
                    dz_start = (((i + border[0]) * dz_width + border[1]) * filters + f) * lanes
                    few = multiply_add_lanes(few, x, i * row, taps, tap, step, dz, dz_start, filters * lanes, out_w)
                store_lane_sums(few, gradient, tap * filters + f, filters)


@njit(parallel=True)
def _backward(
    x, kernel, dy, max_index, pool, taps, border, ends, scratch, packed, ones, marks, partial, partial_bias, dx
):
    """``partial[block]`` (taps, F) and ``partial_bias[block]`` get the gradients that each block gives.

    ``border`` are the rows and columns of zeros before dz, and the rows and columns with those after it. ``scratch``:
    for each thread memory for dz, dx, dy and x, which end at ``ends``. Without taps or ``packed`` weights, the gradient
    of the weights or of the input is left out.
    """
    lanes, (kernel_h, kernel_w, channels, filters) = lane_count(dy), kernel.shape
    padded, dx_padded = _padded(filters), _padded(channels)
    size, out_size = (x.shape[1], x.shape[2], channels), (dy.shape[1] * pool[0], dy.shape[2] * pool[1])
    dz_size, dx_size = (border[2], border[3], padded), (dx.shape[1], dx.shape[2], dx_padded)
    box = border[0], border[0] + out_size[0], border[1], border[1] + out_size[1]
    kernel_size, one, least = (kernel_h, kernel_w), (np.int64(1), np.int64(1)), (np.float32(-np.inf), np.int64(0))
    for task in prange((len(dy) + lanes - 1) // lanes):
        block, thread = np.int64(task), get_thread_id()
        first, places = block * lanes, marks[thread]
        dz, dxs = scratch[thread, : ends[0]], scratch[thread, ends[0] : ends[1]]
        gradients, xs = scratch[thread, ends[1] : ends[2]], scratch[thread, ends[2] :]
        to_lanes(dy.reshape(len(dy), -1), lanes, first, gradients)
        if len(max_index):
            to_lanes(max_index.reshape(len(dy), -1), lanes, first, places)
        else:
            for e in range(len(gradients)):
                places[e] = 0
        _unpool_block(gradients, places, dy.shape[1:], pool, border, dz_size, dz, partial_bias[block])
        if len(taps):
            to_lanes(x.reshape(len(x), -1), lanes, first, xs)
            _kernel_block(xs, size, taps, dz, dz_size, border, out_size, partial[block].reshape(-1))
        if len(packed):  # no literals among the arguments: compiled once with ``forward``
            _forward_block(dz, dz_size, box, packed, kernel_size, one, least, dx_size, ones, dxs, places)
            from_lanes(dxs, dx_padded, lanes, first, dx.reshape(len(dx), dx.shape[1] * dx.shape[2], channels))


@njit()
def _padded(channels):
    """The channels that tiles write."""
    return (channels + FEWER - 1) // FEWER * FEWER


def _buffers(x, *numbers):
    """Memory of each thread for parts of so many registers, and where each part but the last ends."""
    lanes = REGISTER_BYTES // x.itemsize
    ends = tuple(int(end) * lanes for end in np.cumsum(numbers))
    return empty((get_num_threads(), ends[-1]), x.dtype), ends[:-1], np.ones(lanes, x.dtype)


def _packed(weights):
    """The weights (1 + K, F), of which the first row is the bias, in panels of ``FILTERS`` filters."""
    packed = empty((-(-weights.shape[1] // FILTERS) * FILTERS * len(weights),), weights.dtype)
    pack(weights, FILTERS, packed)
    return packed


def forward(x, kernel, bias, pool, out, max_index):
    """See ``nn.ops.conv_relu_pool.forward``."""
    kernel_h, kernel_w, channels, filters = kernel.shape
    padded, (_, h, w, _), (_, out_h, out_w, _) = _padded(filters), x.shape, out.shape
    y_size = out_h * out_w * padded
    scratch, (x_size,), ones = _buffers(x, h * w * channels, y_size)
    marks = empty((len(scratch), y_size * len(ones)), np.uint8)
    packed = _packed(np.concatenate((bias[None], kernel.reshape(-1, filters))))
    least = np.float32(0), pool[0] * pool[1]  # ReLU
    _forward(x, packed, (kernel_h, kernel_w), pool, least, x_size, padded, ones, scratch, marks, out, max_index)


def backward(x, kernel, dy, max_index, pool, offset, d_kernel, d_bias, dx):
    """See ``nn.ops.conv_relu_pool.backward``; without ``max_index``, and a ``pool`` of (1, 1), that of ``conv2d``."""
    kernel_h, kernel_w, channels, filters = kernel.shape
    padded, (n, out_h, out_w, _) = _padded(filters), dy.shape
    blocks = -(-n // (REGISTER_BYTES // dy.itemsize))
    border, taps, x_size, dx_size = (0, 0, out_h * pool[0], out_w * pool[1]), _NO_TAPS, 0, 0
    packed = np.empty(0, dy.dtype)
    if d_kernel is not None:
        _, h, w, _ = x.shape
        x_size = h * w * channels
        taps = _taps(kernel_h, kernel_w, w, channels, REGISTER_BYTES // dy.itemsize)
    if dx is not None:
        _, h, w, _ = dx.shape
        border = kernel_h - 1 - offset[0], kernel_w - 1 - offset[1], h + kernel_h - 1, w + kernel_w - 1
        dx_size = h * w * _padded(channels)
        rotated = np.zeros((1 + kernel_h * kernel_w * padded, channels), dy.dtype)
        rows = rotated[1:].reshape(kernel_h, kernel_w, padded, channels)
        rows[:, :, :filters] = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
        packed = _packed(rotated)
    scratch, ends, ones = _buffers(dy, border[2] * border[3] * padded, dx_size, dy[0].size, x_size)
    marks = empty((len(scratch), max(dx_size, dy[0].size) * len(ones)), np.uint8)
    partial, partial_bias = empty((blocks, len(taps), padded), dy.dtype), empty((blocks, filters), dy.dtype)
    arrays = dy if x is None else x, kernel, dy, _NO_INDEX if max_index is None else max_index
    dx = dy if dx is None else dx
    _backward(*arrays, pool, taps, border, ends, scratch, packed, ones, marks, partial, partial_bias, dx)
    if d_kernel is not None:
        d_kernel[...] = partial.sum(axis=0)[: kernel.size // filters, :filters].reshape(kernel.shape)
        d_bias[...] = partial_bias.sum(axis=0)


@functools.lru_cache(maxsize=64)
def _taps(kernel_h, kernel_w, width, channels, lanes):
    """Where the registers under a window begin, relative to its first one; the last again until tiles are full."""
    taps = (np.arange(kernel_h)[:, None] * width * channels + np.arange(kernel_w * channels)).ravel() * lanes
    return np.pad(taps, (0, -len(taps) % TAPS), mode="edge")


_NO_INDEX, _NO_TAPS = np.empty((0, 1, 1, 1), np.uint8), np.empty(0, np.int64)
