"""Two-dimensional convolution (cross-correlation, as every network library means it).

With input x (N, H, W, C), kernel k (KH, KW, C, F), stride (SH, SW), and P_top, P_left rows and columns of zeros
before the image:

    y[n, i, j, f]  = bias[f] + sum over u, v, c of  x[n, i SH + u - P_top, j SW + v - P_left, c] k[u, v, c, f]
    dk[u, v, c, f] = sum over n, i, j of            x[n, i SH + u - P_top, j SW + v - P_left, c] dy[n, i, j, f]
    dbias[f]       = sum over n, i, j of            dy[n, i, j, f]
    dx[n, h, w, c] = sum over u, v, f of            k[u, v, c, f] dy[n, (h + P_top - u)/SH, (w + P_left - v)/SW, f]

where a term counts if its indices are whole and inside. ``forward`` may rectify y on its way out.
"""

import functools

import numpy as np

from nn.ops import backend
from nn.ops.backend import njit, prange
from nn.ops.memory import empty, zeros

if backend.compiled():
    from nn.ops.fast.micro_kernel import (
        REGISTER_BYTES,
        ROWS,
        lane_count,
        load_tile,
        multiply_add,
        multiply_add_columns,
        multiply_add_rows,
        rectify,
        store_tile,
    )

    #: Pixels worked on in one go, so that what they read of x stays in the nearest cache.
    BLOCK = 16 * ROWS

Pair = tuple[int, int]

#: Below so many multiply-adds a second thread costs more than it brings.
SMALL = 1 << 17

#: Partial sums of the kernel's gradient: a fixed number, so that the order of addition never depends on the threads.
CHUNKS = 16


def pad(x: np.ndarray, kernel_size: Pair, stride: Pair, offset: Pair, out_size: Pair) -> np.ndarray:
    """``x`` (N, H, W, C) with zeros around it, cut or widened to just what the windows of ``out_size`` cover.

    ``offset`` is (P_top, P_left). Returns ``x`` itself where nothing has to be added.
    """
    n, h, w, c = x.shape
    height = (out_size[0] - 1) * stride[0] + kernel_size[0]
    width = (out_size[1] - 1) * stride[1] + kernel_size[1]
    top, left = offset
    if top == left == 0 and height <= h and width <= w:
        return x
    padded = empty((n, height, width, c), x.dtype)
    spread(x, offset, (1, 1), padded)
    return padded


def spread_numpy(x: np.ndarray, offset: Pair, stride: Pair, out: np.ndarray) -> None:
    """Pixel (i, j) of ``x`` to row ``offset[0] + i stride[0]`` of ``out`` and the like column, zeros to all others.

    Pixels that fall outside are left out.
    """
    out[...] = 0
    pixels = out[:, offset[0] :: stride[0], offset[1] :: stride[1]]
    rows, columns = min(pixels.shape[1], x.shape[1]), min(pixels.shape[2], x.shape[2])
    pixels[:, :rows, :columns] = x[:, :rows, :columns]


def _windows(x: np.ndarray, kernel_size: Pair, stride: Pair, out_size: Pair) -> np.ndarray:
    """A view of padded ``x``: (N, OH, OW, C, KH, KW)."""
    view = np.lib.stride_tricks.sliding_window_view(x, kernel_size, axis=(1, 2))
    return view[:, :: stride[0], :: stride[1]][:, : out_size[0], : out_size[1]]


def forward_numpy(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: Pair, out: np.ndarray, relu: bool = False
) -> None:
    """The equation for y, on padded ``x``; if ``relu``, zero in place of what is negative."""
    windows = _windows(x, kernel.shape[:2], stride, out.shape[1:3])
    out[...] = np.tensordot(windows, kernel, axes=((4, 5, 3), (0, 1, 2))) + bias
    if relu:
        np.maximum(out, 0, out=out)


def backward_kernel_numpy(
    x: np.ndarray, dy: np.ndarray, stride: Pair, d_kernel: np.ndarray, d_bias: np.ndarray
) -> None:
    """The equations for dk and dbias, on padded ``x``."""
    windows = _windows(x, d_kernel.shape[:2], stride, dy.shape[1:3])
    d_kernel[...] = np.tensordot(windows, dy, axes=((0, 1, 2), (0, 1, 2))).transpose(1, 2, 0, 3)
    d_bias[...] = dy.sum(axis=(0, 1, 2))


def backward_input_numpy(dy: np.ndarray, kernel: np.ndarray, stride: Pair, offset: Pair, dx: np.ndarray) -> None:
    """The equation for dx: each dy[n, i, j] gives its share to the window that it came from."""
    _, h, w, _ = dx.shape
    kh, kw = kernel.shape[:2]
    oh, ow = dy.shape[1:3]
    (sh, sw), (top, left) = stride, offset
    padded = np.zeros(
        (len(dx), max((oh - 1) * sh + kh, top + h), max((ow - 1) * sw + kw, left + w), dx.shape[3]), dx.dtype
    )
    for u in range(kh):
        for v in range(kw):
            padded[:, u : u + oh * sh : sh, v : v + ow * sw : sw][:, :oh, :ow] += dy @ kernel[u, v].T
    dx[...] = padded[:, top : top + h, left : left + w]


@njit(parallel=True)
def _spread_numba(x, top, left, stride_h, stride_w, out):
    n, height, width, channels = out.shape
    columns = min(x.shape[2], (width - left + stride_w - 1) // stride_w)
    for task in prange(n * height):
        image, row = task // height, task % height
        i = np.int64(row) - top
        for j in range(width):
            for c in range(channels):
                out[image, row, j, c] = 0
        if i >= 0 and i % stride_h == 0 and i // stride_h < x.shape[1]:
            for j in range(columns):
                for c in range(channels):
                    out[image, row, left + j * stride_w, c] = x[image, i // stride_h, j, c]


def spread(x: np.ndarray, offset: Pair, stride: Pair, out: np.ndarray) -> None:
    """Fill ``out`` with the pixels of ``x``, moved by ``offset`` and ``stride`` apart, and zeros."""
    if backend.compiled():
        _spread_numba(x, *offset, *stride, out)
    else:
        spread_numpy(x, offset, stride, out)


# The output is a matrix product: its pixels by the filters, summed over the KH KW C numbers under the window, of which
# the KW C under each kernel row lie side by side in x. So the kernels are those of simd.py, with x read where it lies,
# not unrolled ("im2col"): a table says where each pixel's window begins. Pixels are taken in blocks, whose part of x
# stays in the nearest cache.
#
# Measured at batch 128, 3x3, 32 to 32 and 64 to 64 channels. On a core with AVX2 (Zen 3) whose large matrix product
# reaches 94 GFLOP/s: 92 to 95 forward, 80 to 86 for the weights' gradient; row by row, with the weights as they are, 30
# to 77. On two cores with AVX-512 whose product reaches 410, row by row: 360 to 390, forward and back; a long axpy for
# each tap, four output channels at a time, 230 to 270; oneDNN, through PyTorch with channels last, 210 to 440 forward
# and 180 to 330 back. Winograd's F(2x2, 3x3) would need 2.25 times fewer multiplications, but transforms four times the
# pixels; it was not tried.


@functools.lru_cache(maxsize=64)
def _window_starts(width: int, channels: int, stride: Pair, out_h: int, out_w: int) -> np.ndarray:
    """Where the window of each output pixel begins in an image of ``width`` pixels a row, (OH OW,) int64."""
    rows = np.arange(out_h)[:, None] * (stride[0] * width * channels)
    return (rows + np.arange(out_w) * (stride[1] * channels)).ravel()


@njit()
def _pack(kernel, width, packed):
    """The weights (K, F) in strips of ``width`` filters, one strip (K, width) after the other; zeros fill the last.

    A strip's rows then lie side by side. Far apart, at a power of two, they would contend for few places in the cache.
    """
    terms, filters = kernel.shape
    for strip in range(len(packed)):
        for k in range(terms):
            for f in range(width):
                column = strip * width + f
                packed[strip, k * width + f] = kernel[k, column] if column < filters else 0


@njit()
def _forward_block(x, starts, packed, bias, relu, kernel_h, run, out, n, first):
    """``BLOCK`` pixels of an image, from ``first`` on: ``ROWS`` pixels by two registers of filters at a time."""
    row = x.shape[2] * x.shape[3]
    pixels, filters = len(starts), len(bias)
    full = 2 * lane_count(x)
    for strip in range(len(packed)):
        f, strip_start = strip * full, strip * packed.shape[1]
        width = min(full, filters - f)
        for pixel in range(first, min(first + BLOCK, pixels), ROWS):
            if pixels >= ROWS:
                p = min(pixel, pixels - ROWS)
                tile = load_tile(ROWS, 2, bias, f, 0, width)
                for u in range(kernel_h):
                    x_start, start = (n * x.shape[1] + u) * row, strip_start + u * run * full
                    tile = multiply_add_rows(tile, x, x_start, starts, p, packed, start, run)
                store_tile(rectify(tile, relu), out, (n * pixels + p) * filters + f, filters, width)
                continue
            for p in range(pixels):
                one = load_tile(1, 2, bias, f, 0, width)
                for u in range(kernel_h):
                    x_start, start = (n * x.shape[1] + u) * row, strip_start + u * run * full
                    one = multiply_add_rows(one, x, x_start, starts, p, packed, start, run)
                store_tile(rectify(one, relu), out, (n * pixels + p) * filters + f, filters, width)


@njit(parallel=True)
def _forward_numba(x, starts, kernel, bias, relu, packed, out):
    kernel_h, kernel_w, channels, filters = kernel.shape
    run = kernel_w * channels
    _pack(kernel.reshape(-1, filters), 2 * lane_count(x), packed)
    blocks = (len(starts) + BLOCK - 1) // BLOCK
    if len(x) * len(starts) * kernel.size < SMALL:
        for block in range(len(x) * blocks):
            _forward_block(x, starts, packed, bias, relu, kernel_h, run, out, block // blocks, block % blocks * BLOCK)
    else:
        for task in prange(len(x) * blocks):
            block = np.int64(task)  # a parallel loop counts in uint64, for which all would be compiled once more
            _forward_block(x, starts, packed, bias, relu, kernel_h, run, out, block // blocks, block % blocks * BLOCK)


@njit()
def _add_block(x, starts, dy, ones, kernel_h, run, gradient, chunk, n, first):
    """Add the share of a block of pixels to ``gradient[chunk]``: ``ROWS`` weights by two registers of filters each."""
    row = x.shape[2] * x.shape[3]
    _, weights, filters = gradient.shape
    count = min(BLOCK, len(starts) - first)
    for f in range(0, filters, 2 * lane_count(x)):
        width = min(2 * lane_count(x), filters - f)
        dy_start = (n * len(starts) + first) * filters + f
        for u in range(kernel_h):
            x_start, start = (n * x.shape[1] + u) * row, (chunk * weights + u * run) * filters + f
            for r in range(0, run - ROWS + 1, ROWS):
                place = start + r * filters
                tile = load_tile(ROWS, 2, gradient, place, filters, width)
                tile = multiply_add_columns(tile, x, x_start + r, starts, first, dy, dy_start, filters, count, width)
                store_tile(tile, gradient, place, filters, width)
            for r in range(run // ROWS * ROWS, run):
                place = start + r * filters
                one = load_tile(1, 2, gradient, place, 0, width)
                one = multiply_add_columns(one, x, x_start + r, starts, first, dy, dy_start, filters, count, width)
                store_tile(one, gradient, place, 0, width)
        last = (chunk * weights + weights - 1) * filters + f
        bias = load_tile(1, 2, gradient, last, 0, width)
        bias = multiply_add(bias, ones, 0, 0, 0, dy, dy_start, filters, count, width)
        store_tile(bias, gradient, last, 0, width)


@njit(parallel=True)
def _partial_gradients(x, starts, dy, ones, kernel_h, kernel_w, gradient):
    """``gradient[chunk]`` (KH KW C + 1, F), zeros before: of weights and bias, over each ``len(gradient)``-th image."""
    run = kernel_w * x.shape[3]
    for chunk in prange(len(gradient)):
        for n in range(chunk, len(x), len(gradient)):
            for first in range(0, len(starts), BLOCK):
                _add_block(x, starts, dy, ones, kernel_h, run, gradient, np.int64(chunk), np.int64(n), first)


def forward(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: Pair, out: np.ndarray, relu: bool = False
) -> None:
    """Fill ``out`` (N, OH, OW, F) with y, rectified if ``relu``; ``x`` is padded."""
    if not backend.compiled():
        forward_numpy(x, kernel, bias, stride, out, relu)
        return
    _, out_h, out_w, filters = out.shape
    starts = _window_starts(x.shape[2], x.shape[3], stride, out_h, out_w)
    width = 2 * REGISTER_BYTES // x.itemsize
    packed = empty((-(-filters // width), kernel.size // filters * width), x.dtype)
    _forward_numba(x, starts, kernel, bias, relu, packed, out)


def backward_kernel(x: np.ndarray, dy: np.ndarray, stride: Pair, d_kernel: np.ndarray, d_bias: np.ndarray) -> None:
    """Fill ``d_kernel`` (KH, KW, C, F) and ``d_bias`` (F,); ``x`` is padded."""
    if backend.compiled():
        partial = zeros((CHUNKS, d_kernel.size // len(d_bias) + 1, len(d_bias)), d_kernel.dtype)
        starts = _window_starts(x.shape[2], x.shape[3], stride, dy.shape[1], dy.shape[2])
        _partial_gradients(x, starts, dy, np.ones(1, x.dtype), *d_kernel.shape[:2], partial)
        total = partial.sum(axis=0)
        d_kernel[...] = total[:-1].reshape(d_kernel.shape)
        d_bias[...] = total[-1]
    else:
        backward_kernel_numpy(x, dy, stride, d_kernel, d_bias)


def backward_input(dy: np.ndarray, kernel: np.ndarray, stride: Pair, offset: Pair, dx: np.ndarray) -> None:
    """Fill ``dx`` (N, H, W, C); ``offset`` is (P_top, P_left).

    The compiled version is ``forward`` again: dx is the convolution of dy, its pixels moved ``stride`` apart with zeros
    around and between them, with the kernel turned by half a turn (Dumoulin and Visin, "A guide to convolution
    arithmetic for deep learning", 2016).
    """
    if not backend.compiled():
        backward_input_numpy(dy, kernel, stride, offset, dx)
        return
    n, h, w, channels = dx.shape
    kernel_h, kernel_w = kernel.shape[:2]
    around = empty((n, h + kernel_h - 1, w + kernel_w - 1, dy.shape[3]), dy.dtype)
    spread(dy, (kernel_h - 1 - offset[0], kernel_w - 1 - offset[1]), stride, around)
    turned = np.ascontiguousarray(kernel[::-1, ::-1].transpose(0, 1, 3, 2))
    forward(around, turned, np.zeros(channels, dy.dtype), (1, 1), dx)
