"""Max-pooling over windows of an image.

With input x (N, H, W, C), window (PH, PW) and stride (SH, SW):

    y[n, i, j, c] = max over u < PH, v < PW of  x[n, i SH + u, j SW + v, c]

``winner[n, i, j, c] = u PW + v`` remembers where the maximum was: the first in reading order where several tie, and a
NaN before any number. Backward sends each dy to its winner; windows that overlap add up.
"""

import numpy as np

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
    n, i, j, c = np.indices(dy.shape, sparse=True)
    dx[...] = 0
    np.add.at(dx, (n, i * stride[0] + winner // window[1], j * stride[1] + winner % window[1], c), dy)


forward = forward_numpy
backward = backward_numpy
