"""Max-pooling over windows of an image.

With input x (N, H, W, C), window (PH, PW) and stride (SH, SW):

    y[n, i, j, c] = max over u < PH, v < PW of  x[n, i SH + u, j SW + v, c]

``max_index[n, i, j, c] = u PW + v`` is the place of the maximum: the first NaN if there is one, else the first of the
largest numbers. The gradient goes to that place; where windows overlap, the gradients add up:

    dx[n, i SH + u, j SW + v, c] += dy[n, i, j, c]    with u PW + v = max_index[n, i, j, c]
"""

import numpy as np

from nn.ops.backend import njit, operation, prange
from nn.ops.conv2d import Pair, windows


@operation()
def forward(x: np.ndarray, window: Pair, stride: Pair, out: np.ndarray, max_index: np.ndarray) -> None:
    """Fill ``out`` (N, OH, OW, C) with y, and ``max_index``, int32 of the same shape."""
    flat = windows(x, window, stride, out).reshape(*out.shape, window[0] * window[1])
    max_index[...] = flat.argmax(axis=-1)  # the first NaN, else the first of the largest numbers
    out[...] = np.take_along_axis(flat, max_index[..., None].astype(np.intp), axis=-1)[..., 0]


@forward.loops
@njit(parallel=True)
def _forward_loops(x, window, stride, out, max_index):
    n, out_h, out_w, channels = out.shape
    for row in prange(n * out_h):
        image, i = row // out_h, row % out_h
        for j in range(out_w):
            best, place = out[image, i, j], max_index[image, i, j]
            for u in range(window[0]):
                for v in range(window[1]):
                    candidate = x[image, i * stride[0] + u, j * stride[1] + v]
                    for c in range(channels):
                        # "Not less or equal" is true for a NaN, so the first NaN becomes the maximum and stays.
                        larger = not (candidate[c] <= best[c]) and best[c] == best[c]
                        if (u == 0 and v == 0) or larger:
                            best[c] = candidate[c]
                            place[c] = u * window[1] + v


@operation()
def backward(dy: np.ndarray, max_index: np.ndarray, window: Pair, stride: Pair, dx: np.ndarray) -> None:
    """Fill ``dx`` (N, H, W, C)."""
    n, i, j, c = np.ogrid[tuple(map(slice, dy.shape))]
    dx[...] = 0
    np.add.at(dx, (n, i * stride[0] + max_index // window[1], j * stride[1] + max_index % window[1], c), dy)


@backward.loops
@njit(parallel=True)
def _backward_loops(dy, max_index, window, stride, dx):
    n, out_h, out_w, channels = dy.shape
    for image in prange(n):
        dx[image] = 0
        for i in range(out_h):
            for j in range(out_w):
                gradients, places = dy[image, i, j], max_index[image, i, j]
                for u in range(window[0]):
                    for v in range(window[1]):
                        target = dx[image, i * stride[0] + u, j * stride[1] + v]
                        for c in range(channels):
                            target[c] += gradients[c] if places[c] == u * window[1] + v else 0
