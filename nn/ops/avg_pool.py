"""Average pooling over windows of an image.

With input x (N, H, W, C), window (PH, PW) and stride (SH, SW):

    y[n, i, j, c] = sum over u < PH, v < PW of  x[n, i SH + u, j SW + v, c] / (PH PW)

    dx[n, i SH + u, j SW + v, c] += dy[n, i, j, c] / (PH PW)    for all u < PH, v < PW
"""

import numpy as np

from nn.ops.backend import njit, operation, prange
from nn.ops.conv2d import Pair, windows


@operation()
def forward(x: np.ndarray, window: Pair, stride: Pair, out: np.ndarray) -> None:
    """Fill ``out`` (N, OH, OW, C) with y."""
    windows(x, window, stride, out).mean(axis=(-2, -1), out=out)


@forward.loops
@njit(parallel=True)
def _forward_loops(x, window, stride, out):
    n, out_h, out_w, channels = out.shape
    for row in prange(n * out_h):
        image, i = row // out_h, row % out_h
        for j in range(out_w):
            y = out[image, i, j]
            y[:] = 0
            for u in range(window[0]):
                for v in range(window[1]):
                    for c in range(channels):
                        y[c] += x[image, i * stride[0] + u, j * stride[1] + v, c]
            for c in range(channels):
                y[c] /= window[0] * window[1]


@operation()
def backward(dy: np.ndarray, window: Pair, stride: Pair, dx: np.ndarray) -> None:
    """Fill ``dx`` (N, H, W, C)."""
    _, out_h, out_w, _ = dy.shape
    dx[...] = 0
    for u in range(window[0]):
        for v in range(window[1]):
            places = dx[:, u :: stride[0], v :: stride[1]][:, :out_h, :out_w]
            places += dy / (window[0] * window[1])


@backward.loops
@njit(parallel=True)
def _backward_loops(dy, window, stride, dx):
    n, out_h, out_w, channels = dy.shape
    for image in prange(n):
        dx[image] = 0
        for i in range(out_h):
            for j in range(out_w):
                for u in range(window[0]):
                    for v in range(window[1]):
                        for c in range(channels):
                            share = dy[image, i, j, c] / (window[0] * window[1])
                            dx[image, i * stride[0] + u, j * stride[1] + v, c] += share
