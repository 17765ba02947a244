"""Max-pooling over windows of an image.

With input x (N, H, W, C), window (PH, PW) and stride (SH, SW):

    y[n, i, j, c] = max over u < PH, v < PW of  x[n, i SH + u, j SW + v, c]

``winner[n, i, j, c] = u PW + v`` remembers where the maximum was: the first in reading order where several tie, and a
NaN before any number. Backward sends each dy to its winner; windows that overlap add up.
"""

import numpy as np

from nn.ops import backend
from nn.ops.backend import njit, prange

Pair = tuple[int, int]


def forward_numpy(x: np.ndarray, window: Pair, stride: Pair, out: np.ndarray, winner: np.ndarray) -> None:
    """The equation; NumPy's argmax takes the first of equals, and NaN before numbers."""
    view = np.lib.stride_tricks.sliding_window_view(x, window, axis=(1, 2))
    view = view[:, :: stride[0], :: stride[1]][:, : out.shape[1], : out.shape[2]]
    flat = view.reshape(*out.shape, window[0] * window[1])
    winner[...] = flat.argmax(axis=-1)
    out[...] = np.take_along_axis(flat, winner[..., None].astype(np.intp), axis=-1)[..., 0]


def backward_numpy(dy: np.ndarray, winner: np.ndarray, window: Pair, stride: Pair, dx: np.ndarray) -> None:
    """Each dy to its winner."""
    n, i, j, c = np.ogrid[tuple(map(slice, dy.shape))]
    dx[...] = 0
    np.add.at(dx, (n, i * stride[0] + winner // window[1], j * stride[1] + winner % window[1], c), dy)


@njit(parallel=True)
def _forward_numba(x, window_h, window_w, stride_h, stride_w, out, winner):
    n, out_h, out_w, channels = out.shape
    for row in prange(n * out_h):
        image, i = row // out_h, row % out_h
        for j in range(out_w):
            best, place = out[image, i, j], winner[image, i, j]
            for u in range(window_h):
                for v in range(window_w):
                    candidate = x[image, i * stride_h + u, j * stride_w + v]
                    for c in range(channels):
                        # "Not smaller or equal" lets a NaN win, unless one has won already.
                        wins = not (candidate[c] <= best[c]) and best[c] == best[c]
                        if (u == 0 and v == 0) or wins:
                            best[c] = candidate[c]
                            place[c] = u * window_w + v


@njit(parallel=True)
def _backward_numba(dy, winner, window_w, stride_h, stride_w, dx):
    n, out_h, out_w, channels = dy.shape
    for image in prange(n):
        dx[image] = 0
        for i in range(out_h):
            for j in range(out_w):
                for c in range(channels):
                    u, v = divmod(winner[image, i, j, c], window_w)
                    dx[image, i * stride_h + u, j * stride_w + v, c] += dy[image, i, j, c]


def forward(x: np.ndarray, window: Pair, stride: Pair, out: np.ndarray, winner: np.ndarray) -> None:
    """Fill ``out`` (N, OH, OW, C) with y and ``winner``, int32 of the same shape."""
    if backend.compiled():
        _forward_numba(x, *window, *stride, out, winner)
    else:
        forward_numpy(x, window, stride, out, winner)


def backward(dy: np.ndarray, winner: np.ndarray, window: Pair, stride: Pair, dx: np.ndarray) -> None:
    """Fill ``dx`` (N, H, W, C)."""
    if backend.compiled():
        _backward_numba(dy, winner, window[1], *stride, dx)
    else:
        backward_numpy(dy, winner, window, stride, dx)
