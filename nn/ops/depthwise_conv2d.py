"""Depthwise convolution: each channel of an image with a window of weights of its own.

With input x (N, H, W, C), kernel k (KH, KW, C), stride (SH, SW), and P_top, P_left rows and columns of zeros before
the image:

    y[n, i, j, c]  = sum over u, v of     x[n, i SH + u - P_top, j SW + v - P_left, c] k[u, v, c]
    dk[u, v, c]    = sum over n, i, j of  x[n, i SH + u - P_top, j SW + v - P_left, c] dy[n, i, j, c]
    dx[n, h, w, c] = sum over u, v of     k[u, v, c] dy[n, (h + P_top - u)/SH, (w + P_left - v)/SW, c]

where a term counts if its indices are whole numbers inside the array. A 1x1 convolution after it mixes the channels.
Both together are a depthwise-separable convolution: C KH KW + C F weights instead of the C KH KW F of ``conv2d``.
"""

import numpy as np

from nn.ops.backend import njit, operation, prange
from nn.ops.conv2d import Pair, windows

#: The groups of images whose sums ``backward_kernel`` adds up: their number does not depend on that of the threads.
GROUPS = 16


@njit()
def _columns_at_once(stride, columns):
    """The output columns that one loop covers: all, where their windows lie side by side.

    A loop over few channels is shorter than a vector, and its start costs more than its additions.
    """
    return columns if stride[1] == 1 else 1


@njit()
def _repeat(kernel, times):
    """The kernel (KH, KW, C), repeated along the channels: (KH, KW, ``times`` C)."""
    kernel_h, kernel_w, channels = kernel.shape
    repeated = np.empty((kernel_h, kernel_w, times, channels), kernel.dtype)
    for u in range(kernel_h):
        for v in range(kernel_w):
            for column in range(times):
                for c in range(channels):
                    repeated[u, v, column, c] = kernel[u, v, c]
    return repeated.reshape(kernel_h, kernel_w, -1)


@operation()
def forward(x: np.ndarray, kernel: np.ndarray, stride: Pair, out: np.ndarray) -> None:
    """Fill ``out`` (N, OH, OW, C) with y; ``x`` is padded."""
    np.einsum("nijcuv,uvc->nijc", windows(x, kernel.shape[:2], stride, out), kernel, out=out)


@forward.loops
@njit(parallel=True, fastmath=True)
def _forward_loops(x, kernel, stride, out):
    kernel_h, kernel_w, channels = kernel.shape
    images, out_h, out_w, _ = out.shape
    step = _columns_at_once(stride, out_w)
    weights = _repeat(kernel, step)
    rows = x.reshape(images, x.shape[1], x.shape[2] * channels)
    out_rows = out.reshape(images, out_h, out_w * channels)
    for row in prange(images * out_h):
        n, i = row // out_h, row % out_h
        out_rows[n, i] = 0
        for u in range(kernel_h):
            for v in range(kernel_w):
                factors = weights[u, v]
                for j in range(0, out_w, step):
                    pixels = rows[n, i * stride[0] + u, (j * stride[1] + v) * channels :]
                    y = out_rows[n, i, j * channels :]
                    for k in range(step * channels):
                        y[k] += pixels[k] * factors[k]


@operation()
def backward_kernel(x: np.ndarray, dy: np.ndarray, stride: Pair, d_kernel: np.ndarray) -> None:
    """Fill ``d_kernel`` (KH, KW, C); ``x`` is padded."""
    np.einsum("nijcuv,nijc->uvc", windows(x, d_kernel.shape[:2], stride, dy), dy, out=d_kernel)


@backward_kernel.loops
@njit(parallel=True, fastmath=True)
def _backward_kernel_loops(x, dy, stride, d_kernel):
    images, out_h, out_w, channels = dy.shape
    kernel_h, kernel_w, _ = d_kernel.shape
    step = _columns_at_once(stride, out_w)
    sums = np.zeros((GROUPS, kernel_h, kernel_w, step * channels), dy.dtype)
    rows = x.reshape(images, x.shape[1], x.shape[2] * channels)
    dy_rows = dy.reshape(images, out_h, out_w * channels)
    for group in prange(GROUPS):
        for n in range(group, images, GROUPS):
            for i in range(out_h):
                for u in range(kernel_h):
                    for v in range(kernel_w):
                        total = sums[group, u, v]
                        for j in range(0, out_w, step):
                            pixels = rows[n, i * stride[0] + u, (j * stride[1] + v) * channels :]
                            gradients = dy_rows[n, i, j * channels :]
                            for k in range(step * channels):
                                total[k] += pixels[k] * gradients[k]
    d_kernel[:] = 0
    for group in range(GROUPS):
        for u in range(kernel_h):
            for v in range(kernel_w):
                for k in range(step * channels):
                    d_kernel[u, v, k % channels] += sums[group, u, v, k]


@operation()
def backward_input(dy: np.ndarray, kernel: np.ndarray, stride: Pair, offset: Pair, dx: np.ndarray) -> None:
    """Fill ``dx`` (N, H, W, C): each dy[n, i, j] adds to its window; ``offset`` is (P_top, P_left)."""
    _, h, w, channels = dx.shape
    (kh, kw), (oh, ow) = kernel.shape[:2], dy.shape[1:3]
    (sh, sw), (top, left) = stride, offset
    height, width = max((oh - 1) * sh + kh, top + h), max((ow - 1) * sw + kw, left + w)
    padded = np.zeros((len(dx), height, width, channels), dx.dtype)
    for u in range(kh):
        for v in range(kw):
            padded[:, u : u + oh * sh : sh, v : v + ow * sw : sw][:, :oh, :ow] += dy * kernel[u, v]
    dx[...] = padded[:, top : top + h, left : left + w]


@backward_input.loops
@njit(parallel=True, fastmath=True)
def _backward_input_loops(dy, kernel, stride, offset, dx):
    kernel_h, kernel_w, channels = kernel.shape
    _, out_h, out_w, _ = dy.shape
    images, height, width, _ = dx.shape
    weights = _repeat(kernel, _columns_at_once(stride, out_w))
    dy_rows = dy.reshape(images, out_h, out_w * channels)
    dx_rows = dx.reshape(images, height, width * channels)
    for row in prange(images * height):
        n, h = row // height, row % height
        dx_rows[n, h] = 0
        for u in range(kernel_h):
            i, rest = divmod(h + offset[0] - u, stride[0])
            if rest or not 0 <= i < out_h:
                continue
            for v in range(kernel_w):
                factors = weights[u, v]
                first = max(0, (offset[1] - v + stride[1] - 1) // stride[1])
                last = min(out_w, (width - 1 + offset[1] - v) // stride[1] + 1)
                step = max(1, _columns_at_once(stride, last - first))
                for j in range(first, last, step):
                    pixels = dx_rows[n, h, (j * stride[1] + v - offset[1]) * channels :]
                    gradients = dy_rows[n, i, j * channels :]
                    for k in range(step * channels):
                        pixels[k] += gradients[k] * factors[k]
