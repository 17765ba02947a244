"""Convolution as a matrix product whose operands are read in place; see ``nn.ops.conv2d`` for the equations."""

import functools

import numpy as np

from nn.ops import conv2d
from nn.ops.backend import njit, prange
from nn.ops.fast import lane_conv, winograd
from nn.ops.fast.llvm import REGISTER_BYTES
from nn.ops.fast.products import multiply_add, multiply_add_columns, multiply_add_rows, pack
from nn.ops.fast.tiles import MR, NR_VECTORS, lane_count, load_tile, store_tile
from nn.ops.fast.tiles import relu as relu_tile
from nn.ops.memory import empty, zeros

#: Pixels that use a panel of weights before the next one, so that their part of x stays in the nearest cache.
MC = 16 * MR

#: Below this many multiply-adds a second thread costs more than it gains.
SMALL = 1 << 20

#: Partial sums of the kernel's gradient: a fixed number, so that the order of the additions does not depend on the
#: number of threads.
CHUNKS = 16

# The output is a matrix product: its pixels (M) by the filters (N), summed over the KH KW C numbers of a window (K). So
# the micro-kernels of products.py apply, with x read where it lies, not unrolled ("im2col"): one table says where each
# pixel's window begins, another where its numbers lie from there on. docs/ops/conv2d.md has measurements.


@functools.lru_cache(maxsize=64)
def window_starts(width, channels, stride, out_h, out_w):
    """Where the window of each output pixel begins in an image of ``width`` pixels a row, (OH OW,) int64."""
    rows = np.arange(out_h)[:, None] * (stride[0] * width * channels)
    return (rows + np.arange(out_w) * (stride[1] * channels)).ravel()


def window_terms(width, channels, kernel_h, kernel_w):
    """Where the numbers of a window lie, from its first one on, (KH KW C,) int64."""
    return window_starts(width * channels, 1, (1, 1), kernel_h, kernel_w * channels)


@njit()
def forward_block(x, starts, terms, rows, run, weights, step, bias, relu, out, n, first):
    """Compute ``MC`` pixels of an image, from ``first`` on: tiles of ``MR`` pixels by one panel of filters.

    A window is ``rows`` runs of numbers, in successive rows of the image; with ``terms``, these are their offsets.
    ``step`` is the distance of the rows of weights: the width of a panel if they are packed, else all filters.
    """
    row, pixels, filters = x.shape[2] * x.shape[3], len(starts), len(bias)
    full = NR_VECTORS * lane_count(x)
    for f in range(0, filters, full):
        width, panel = min(full, filters - f), f * rows * run if step < filters else f
        for pixel in range(first, min(first + MC, pixels), MR):
            if pixels >= MR:
                p = min(pixel, pixels - MR)
                tile = load_tile(MR, NR_VECTORS, bias, f, 0, width)
                for u in range(rows):
                    at, start = (n * x.shape[1] + u) * row, panel + u * run * step
                    tile = multiply_add_rows(tile, x, at, starts, p, terms, weights, start, step, run, width)
                store_tile(relu_tile(tile, relu), out, (n * pixels + p) * filters + f, filters, width)
                continue
            for p in range(pixels):
                one = load_tile(1, NR_VECTORS, bias, f, 0, width)
                for u in range(rows):
                    at, start = (n * x.shape[1] + u) * row, panel + u * run * step
                    one = multiply_add_rows(one, x, at, starts, p, terms, weights, start, step, run, width)
                store_tile(relu_tile(one, relu), out, (n * pixels + p) * filters + f, filters, width)


@njit(parallel=True)
def _forward(x, starts, terms, kernel, bias, relu, packed, out):
    """``packed`` is memory for the weights; without, they are used where they lie, as one panel."""
    filters, width = kernel.shape[1], NR_VECTORS * lane_count(x)
    weights, step = kernel.reshape(-1), filters
    if len(packed):
        pack(kernel, width, packed)
        weights, step = packed, width
    blocks, one = (len(starts) + MC - 1) // MC, np.int64(1)
    if len(x) * len(starts) * kernel.size < SMALL:
        for block in range(len(x) * blocks):
            forward_block(
                x, starts, terms, one, len(terms), weights, step, bias, relu, out, block // blocks, block % blocks * MC
            )
    else:
        for task in prange(len(x) * blocks):
            block = np.int64(task)  # prange counts in uint64, for which everything would be compiled again
            forward_block(
                x, starts, terms, one, len(terms), weights, step, bias, relu, out, block // blocks, block % blocks * MC
            )


@njit()
def _add_block(x, starts, dy, ones, kernel_h, run, gradient, chunk, n, first):
    """Add what a block of pixels contributes to ``gradient[chunk]``: tiles of ``MR`` weights by NR filters."""
    row = x.shape[2] * x.shape[3]
    _, weights, filters = gradient.shape
    count = min(MC, len(starts) - first)
    for f in range(0, filters, NR_VECTORS * lane_count(x)):
        width = min(NR_VECTORS * lane_count(x), filters - f)
        dy_start = (n * len(starts) + first) * filters + f
        for u in range(kernel_h):
            x_start, start = (n * x.shape[1] + u) * row, (chunk * weights + u * run) * filters + f
            for r in range(0, run - MR + 1, MR):
                place = start + r * filters
                tile = load_tile(MR, NR_VECTORS, gradient, place, filters, width)
                tile = multiply_add_columns(tile, x, x_start + r, starts, first, dy, dy_start, filters, count, width)
                store_tile(tile, gradient, place, filters, width)
            for r in range(run // MR * MR, run):
                place = start + r * filters
                one = load_tile(1, NR_VECTORS, gradient, place, 0, width)
                one = multiply_add_columns(one, x, x_start + r, starts, first, dy, dy_start, filters, count, width)
                store_tile(one, gradient, place, 0, width)
        last = (chunk * weights + weights - 1) * filters + f
        bias = load_tile(1, NR_VECTORS, gradient, last, 0, width)
        bias = multiply_add(bias, ones, 0, 0, 0, dy, dy_start, filters, count, width)
        store_tile(bias, gradient, last, 0, width)


@njit(parallel=True)
def _partial_gradients(x, starts, dy, ones, kernel_h, kernel_w, gradient):
    """Add to ``gradient[chunk]`` (KH KW C + 1, F): of weights and bias, over every ``len(gradient)``-th image."""
    run = kernel_w * x.shape[3]
    for chunk in prange(len(gradient)):
        for n in range(chunk, len(x), len(gradient)):
            for first in range(0, len(starts), MC):
                _add_block(x, starts, dy, ones, kernel_h, run, gradient, np.int64(chunk), np.int64(n), first)


def forward(x, kernel, bias, stride, out, relu):
    """See ``nn.ops.conv2d.forward``."""
    if winograd.is_faster(x, kernel, stride, out):
        winograd.forward(x, kernel, bias, out, relu)
        return
    (_, _, w, channels), (_, out_h, out_w, filters) = x.shape, out.shape
    starts, terms = window_starts(w, channels, stride, out_h, out_w), window_terms(w, channels, *kernel.shape[:2])
    width = NR_VECTORS * REGISTER_BYTES // x.itemsize
    packed = empty((len(terms) * width * -(-filters // width) if filters > width else 0,), x.dtype)
    _forward(x, starts, terms, kernel.reshape(len(terms), filters), bias, relu, packed, out)


def backward_kernel(x, dy, stride, d_kernel, d_bias):
    """See ``nn.ops.conv2d.backward_kernel``."""
    if winograd.is_faster(x, d_kernel, stride, dy):
        winograd.backward_kernel(x, dy, d_kernel, d_bias)
        return
    filters, run = dy.shape[3], d_kernel.shape[1] * d_kernel.shape[2]
    if stride == (1, 1) and lane_conv.fits(x, filters) and filters <= lane_conv.MANY_CHANNELS // 4 and run < MR:
        lane_conv.backward(x, d_kernel, dy, None, (1, 1), (0, 0), d_kernel, d_bias, None)
        return
    partial = zeros((CHUNKS, d_kernel.size // len(d_bias) + 1, len(d_bias)), d_kernel.dtype)
    starts = window_starts(x.shape[2], x.shape[3], stride, dy.shape[1], dy.shape[2])
    _partial_gradients(x, starts, dy, np.ones(1, x.dtype), *d_kernel.shape[:2], partial)
    total = partial.sum(axis=0)
    d_kernel[...], d_bias[...] = total[:-1].reshape(d_kernel.shape), total[-1]


def backward_input(dy, kernel, stride, offset, dx):
    """See ``nn.ops.conv2d.backward_input``.

    This is ``forward`` again: dx is the convolution of dy, with zeros inserted between its pixels and around them, with
    the kernel rotated by 180 degrees (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016).
    """
    n, h, w, channels = dx.shape
    kernel_h, kernel_w = kernel.shape[:2]
    if winograd.is_faster(dx, kernel, stride, dy):
        winograd.backward_input(dy, kernel, offset, dx)
        return
    if stride == (1, 1) and lane_conv.fits(dx, channels):
        lane_conv.backward(None, kernel, dy, None, (1, 1), offset, None, None, dx)
        return
    dilated = empty((n, h + kernel_h - 1, w + kernel_w - 1, dy.shape[3]), dy.dtype)
    conv2d.insert_zeros(dy, (kernel_h - 1 - offset[0], kernel_w - 1 - offset[1]), stride, dilated)
    rotated = np.ascontiguousarray(kernel[::-1, ::-1].transpose(0, 1, 3, 2))
    forward(dilated, rotated, np.zeros(channels, dy.dtype), (1, 1), dx, False)
