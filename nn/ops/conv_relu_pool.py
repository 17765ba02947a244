"""Convolution, ReLU and 2x2 max-pooling as one pass over memory, for 3x3 windows over one channel.

With input x (N, H, W, 1), kernel k (3, 3, 1, F), bias (F,), OH = (H - 2) // 2 and OW = (W - 2) // 2:

    z[n, i, j, f]  = bias[f] + sum over u, v < 3 of  x[n, i + u, j + v, 0] k[u, v, 0, f]
    y[n, i, j, f]  = max(0, max over p, q < 2 of     z[n, 2 i + p, 2 j + q, f])

``max_index[n, i, j, f] = 2 p + q`` is the place of the (first) maximum, or 4 where ReLU made y zero. The
backward pass sets dz to dy at that place and to zero elsewhere (unpooling), and

    dk[u, v, 0, f] = sum over n, i, j of  x[n, i + u, j + v, 0] dz[n, i, j, f]
    dbias[f]       = sum over n, i, j of  dz[n, i, j, f]
"""

import numpy as np

from nn.ops import conv2d, max_pool
from nn.ops.backend import njit, operation, prange

#: ``max_index`` where ReLU made y zero.
INACTIVE = 4


@operation(fast=True)
def forward(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, out: np.ndarray, max_index: np.ndarray) -> None:
    """Fill ``out`` (N, OH, OW, F) with y, and ``max_index``, uint8 of the same shape."""
    n, h, w, _ = x.shape
    z = np.empty((n, h - 2, w - 2, len(bias)), x.dtype)
    conv2d.forward(x, kernel, bias, (1, 1), z, False)
    max_pool.forward(z, (2, 2), (2, 2), out, max_index)
    max_index[out <= 0] = INACTIVE
    np.maximum(out, 0, out=out)


@forward.loops
@njit(parallel=True)
def _forward_loops(x, kernel, bias, out, max_index):
    images, out_h, out_w, filters = out.shape
    for n in prange(images):
        for i in range(out_h):
            for j in range(out_w):
                for f in range(filters):
                    largest, place = -out.dtype.type(np.inf), 0
                    for p in range(2):
                        for q in range(2):
                            z = bias[f]
                            for u in range(3):
                                for v in range(3):
                                    z += x[n, 2 * i + p + u, 2 * j + q + v, 0] * kernel[u, v, 0, f]
                            # "Not less or equal" is true for a NaN, so the first NaN becomes the maximum and stays.
                            if not (z <= largest) and largest == largest:
                                largest, place = z, 2 * p + q
                    inactive = largest <= 0
                    out[n, i, j, f] = 0 if inactive else largest
                    max_index[n, i, j, f] = INACTIVE if inactive else place


@operation(fast=True)
def backward(x: np.ndarray, dy: np.ndarray, max_index: np.ndarray, d_kernel: np.ndarray, d_bias: np.ndarray) -> None:
    """Fill ``d_kernel`` (3, 3, 1, F) and ``d_bias`` (F,)."""
    conv2d.backward_kernel(x, unpool(dy, max_index, x.shape), (1, 1), d_kernel, d_bias)


@backward.loops
@njit(parallel=True)
def _backward_loops(x, dy, max_index, d_kernel, d_bias):
    images, out_h, out_w, filters = dy.shape
    for position in prange(9):  # a thread computes whole sums, always in the same order
        u, v = position // 3, position % 3
        d_kernel[u, v] = 0
        for n in range(images):
            for i in range(out_h):
                for j in range(out_w):
                    for f in range(filters):
                        place = max_index[n, i, j, f]
                        if place < INACTIVE:
                            pixel = x[n, 2 * i + place // 2 + u, 2 * j + place % 2 + v, 0]
                            d_kernel[u, v, 0, f] += pixel * dy[n, i, j, f]
    d_bias[:] = 0
    for n in range(images):
        for i in range(out_h):
            for j in range(out_w):
                for f in range(filters):
                    if max_index[n, i, j, f] < INACTIVE:
                        d_bias[f] += dy[n, i, j, f]


def unpool(dy: np.ndarray, max_index: np.ndarray, input_shape: tuple[int, ...]) -> np.ndarray:
    """dz (N, H - 2, W - 2, F): each dy where the maximum was, zeros elsewhere."""
    n, h, w, _ = input_shape
    dz = np.zeros((n, h - 2, w - 2, dy.shape[3]), dy.dtype)
    rows, columns = 2 * dy.shape[1], 2 * dy.shape[2]
    for place in range(INACTIVE):
        dz[:, place // 2 : rows : 2, place % 2 : columns : 2] = np.where(max_index == place, dy, 0)
    return dz
