"""Two-dimensional convolution (cross-correlation, as every network library means it).

With input x (N, H, W, C), kernel k (KH, KW, C, F), stride (SH, SW), and P_top, P_left rows and columns of zeros
before the image:

    y[n, i, j, f]  = bias[f] + sum over u, v, c of  x[n, i SH + u - P_top, j SW + v - P_left, c] k[u, v, c, f]
    dk[u, v, c, f] = sum over n, i, j of            x[n, i SH + u - P_top, j SW + v - P_left, c] dy[n, i, j, f]
    dbias[f]       = sum over n, i, j of            dy[n, i, j, f]
    dx[n, h, w, c] = sum over u, v, f of            k[u, v, c, f] dy[n, (h + P_top - u)/SH, (w + P_left - v)/SW, f]

where a term counts if its indices are whole numbers inside the array. ``forward`` can apply ReLU to y.
"""

import numpy as np

from nn.ops.backend import njit, operation, prange
from nn.ops.memory import empty

Pair = tuple[int, int]


def pad(x: np.ndarray, kernel_size: Pair, stride: Pair, offset: Pair, out_size: Pair) -> np.ndarray:
    """``x`` (N, H, W, C) padded with zeros or cropped to exactly what the windows of ``out_size`` cover.

    ``offset`` is (P_top, P_left). Returns ``x`` itself where no padding is needed.
    """
    n, h, w, c = x.shape
    height = (out_size[0] - 1) * stride[0] + kernel_size[0]
    width = (out_size[1] - 1) * stride[1] + kernel_size[1]
    top, left = offset
    if top == left == 0 and height <= h and width <= w:
        return x
    padded = empty((n, height, width, c), x.dtype)
    insert_zeros(x, offset, (1, 1), padded)
    return padded


@operation()
def insert_zeros(x: np.ndarray, offset: Pair, stride: Pair, out: np.ndarray) -> None:
    """Fill ``out`` with the pixels of ``x`` and zeros around and between them (dilation).

    Pixel (i, j) goes to row ``offset[0] + i stride[0]`` and column ``offset[1] + j stride[1]``. Pixels that fall
    outside are left out.
    """
    out[...] = 0
    pixels = out[:, offset[0] :: stride[0], offset[1] :: stride[1]]
    rows, columns = min(pixels.shape[1], x.shape[1]), min(pixels.shape[2], x.shape[2])
    pixels[:, :rows, :columns] = x[:, :rows, :columns]


@insert_zeros.loops
@njit(parallel=True)
def _insert_zeros_loops(x, offset, stride, out):
    n, height, width, channels = out.shape
    (top, left), (stride_h, stride_w) = offset, stride
    rows = min(x.shape[1], (height - top + stride_h - 1) // stride_h)
    columns = min(x.shape[2], (width - left + stride_w - 1) // stride_w)
    # A loop over one channel is not vectorized, a loop over a row is.
    run, runs = (channels, columns) if stride_w > 1 else (columns * channels, 1)
    for task in prange(n):
        image = np.int64(task)
        target, source = out[image].flat, x[image].flat
        for k in range(height * width * channels):
            target[k] = 0
        for i in range(max(0, rows)):
            start, first = ((top + i * stride_h) * width + left) * channels, i * x.shape[2] * channels
            for j in range(runs):
                for c in range(run):
                    target[start + j * stride_w * channels + c] = source[first + j * channels + c]


def windows(x: np.ndarray, size: Pair, stride: Pair, out: np.ndarray) -> np.ndarray:
    """A view of padded ``x`` (N, H, W, C): the window of each pixel of ``out``, (N, OH, OW, C, KH, KW)."""
    view = np.lib.stride_tricks.sliding_window_view(x, size, axis=(1, 2))
    return view[:, :: stride[0], :: stride[1]][:, : out.shape[1], : out.shape[2]]


@operation(fast=True)
def forward(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: Pair, out: np.ndarray, relu: bool) -> None:
    """Fill ``out`` (N, OH, OW, F) with y, or max(y, 0) if ``relu``; ``x`` is padded."""
    of_pixels = windows(x, kernel.shape[:2], stride, out)
    out[...] = np.tensordot(of_pixels, kernel, axes=((4, 5, 3), (0, 1, 2))) + bias
    if relu:
        np.maximum(out, 0, out=out)


@forward.loops
@njit(parallel=True)
def _forward_loops(x, kernel, bias, stride, out, relu):
    kernel_h, kernel_w, channels, filters = kernel.shape
    images, out_h, out_w, _ = out.shape
    for n in prange(images):
        for i in range(out_h):
            for j in range(out_w):
                y = out[n, i, j]
                for f in range(filters):
                    y[f] = bias[f]
                for u in range(kernel_h):
                    for v in range(kernel_w):
                        for c in range(channels):
                            pixel = x[n, i * stride[0] + u, j * stride[1] + v, c]
                            for f in range(filters):
                                y[f] += pixel * kernel[u, v, c, f]
                if relu:
                    for f in range(filters):
                        y[f] = 0 if y[f] < 0 else y[f]


@operation(fast=True)
def backward_kernel(x: np.ndarray, dy: np.ndarray, stride: Pair, d_kernel: np.ndarray, d_bias: np.ndarray) -> None:
    """Fill ``d_kernel`` (KH, KW, C, F) and ``d_bias`` (F,); ``x`` is padded."""
    of_pixels = windows(x, d_kernel.shape[:2], stride, dy)
    d_kernel[...] = np.tensordot(of_pixels, dy, axes=((0, 1, 2), (0, 1, 2))).transpose(1, 2, 0, 3)
    d_bias[...] = dy.sum(axis=(0, 1, 2))


@backward_kernel.loops
@njit(parallel=True)
def _backward_kernel_loops(x, dy, stride, d_kernel, d_bias):
    images, out_h, out_w, filters = dy.shape
    kernel_h, kernel_w, channels, _ = d_kernel.shape
    for position in prange(kernel_h * kernel_w):  # a thread computes whole sums, always in the same order
        u, v = position // kernel_w, position % kernel_w
        d_kernel[u, v] = 0
        for n in range(images):
            for i in range(out_h):
                for j in range(out_w):
                    for c in range(channels):
                        pixel = x[n, i * stride[0] + u, j * stride[1] + v, c]
                        for f in range(filters):
                            d_kernel[u, v, c, f] += pixel * dy[n, i, j, f]
    d_bias[:] = 0
    for n in range(images):
        for i in range(out_h):
            for j in range(out_w):
                for f in range(filters):
                    d_bias[f] += dy[n, i, j, f]


@operation(fast=True)
def backward_input(dy: np.ndarray, kernel: np.ndarray, stride: Pair, offset: Pair, dx: np.ndarray) -> None:
    """Fill ``dx`` (N, H, W, C): each dy[n, i, j] adds to its window; ``offset`` is (P_top, P_left)."""
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


@backward_input.loops
@njit(parallel=True)
def _backward_input_loops(dy, kernel, stride, offset, dx):
    kernel_h, kernel_w, _, filters = kernel.shape
    _, out_h, out_w, _ = dy.shape
    images, height, width, channels = dx.shape
    for n in prange(images):
        dx[n] = 0
        for i in range(out_h):
            for j in range(out_w):
                for u in range(kernel_h):
                    for v in range(kernel_w):
                        h, w = i * stride[0] + u - offset[0], j * stride[1] + v - offset[1]
                        if 0 <= h < height and 0 <= w < width:
                            for c in range(channels):
                                for f in range(filters):
                                    dx[n, h, w, c] += kernel[u, v, c, f] * dy[n, i, j, f]
