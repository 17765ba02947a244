"""Convolution, ReLU and max-pooling as one pass over memory, for windows of pooling that do not overlap.

With input x (N, H, W, C), padded if it is, kernel k (KH, KW, C, F), bias (F,), pooling windows of (PH, PW), and
OH = (H - KH + 1) // PH, OW = (W - KW + 1) // PW:

    z[n, i, j, f]  = bias[f] + sum over u, v, c of  x[n, i + u, j + v, c] k[u, v, c, f]
    y[n, i, j, f]  = max(0, max over p < PH, q < PW of  z[n, PH i + p, PW j + q, f])

``max_index[n, i, j, f] = PW p + q`` is the place of the (first) maximum, or PH PW where ReLU made y zero. The backward
pass sets dz to dy at that place and to zero elsewhere (unpooling); then it is that of the convolution, see ``conv2d``.
"""

import numpy as np

from nn.ops import conv2d, max_pool
from nn.ops.backend import njit, operation, prange
from nn.ops.conv2d import Pair
from nn.ops.memory import empty

#: The most places of a window: ``max_index`` is uint8.
MAX_PLACES = 255


#: Filters from which on two passes are as fast: they fill the registers by themselves.
FEW_FILTERS = 32


@operation(fast=True)
def forward(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, pool: Pair, out: np.ndarray, max_index: np.ndarray
) -> None:
    """Fill ``out`` (N, OH, OW, F) with y, and ``max_index``, uint8 of the same shape."""
    z = empty((len(x), x.shape[1] - kernel.shape[0] + 1, x.shape[2] - kernel.shape[1] + 1, len(bias)), x.dtype)
    conv2d.forward(x, kernel, bias, (1, 1), z, True)
    max_pool.forward(z, pool, pool, out, max_index)
    max_index[out <= 0] = pool[0] * pool[1]


@forward.loops
@njit(parallel=True)
def _forward_loops(x, kernel, bias, pool, out, max_index):
    kernel_h, kernel_w, channels, _ = kernel.shape
    images, out_h, out_w, filters = out.shape
    for n in prange(images):
        for i in range(out_h):
            for j in range(out_w):
                for f in range(filters):
                    largest, place = -out.dtype.type(np.inf), 0
                    for p in range(pool[0]):
                        for q in range(pool[1]):
                            z = bias[f]
                            for u in range(kernel_h):
                                for v in range(kernel_w):
                                    for c in range(channels):
                                        z += x[n, pool[0] * i + p + u, pool[1] * j + q + v, c] * kernel[u, v, c, f]
                            # "Not less or equal" is true for a NaN, so the first NaN becomes the maximum and stays.
                            if not (z <= largest) and largest == largest:
                                largest, place = z, pool[1] * p + q
                    inactive = largest <= 0
                    out[n, i, j, f] = 0 if inactive else largest
                    max_index[n, i, j, f] = pool[0] * pool[1] if inactive else place


@operation()
def unpool(dy: np.ndarray, max_index: np.ndarray, pool: Pair, dz: np.ndarray) -> None:
    """Fill ``dz`` (N, H - KH + 1, W - KW + 1, F): each dy where the maximum was, zeros elsewhere."""
    dz[...] = 0
    for place in range(pool[0] * pool[1]):
        part = dz[:, place // pool[1] :: pool[0], place % pool[1] :: pool[1]][:, : dy.shape[1], : dy.shape[2]]
        part[...] = np.where(max_index == place, dy, 0)


@unpool.loops
@njit(parallel=True)
def _unpool_loops(dy, max_index, pool, dz):
    images, out_h, out_w, filters = dy.shape
    for n in prange(images):
        dz[n] = 0
        for i in range(out_h):
            for j in range(out_w):
                for f in range(filters):
                    p, q = divmod(np.int64(max_index[n, i, j, f]), pool[1])
                    if p < pool[0]:
                        dz[n, pool[0] * i + p, pool[1] * j + q, f] = dy[n, i, j, f]


@operation(fast=True)
def backward(
    x: np.ndarray,
    kernel: np.ndarray,
    dy: np.ndarray,
    max_index: np.ndarray,
    pool: Pair,
    offset: Pair,
    d_kernel: np.ndarray | None,
    d_bias: np.ndarray | None,
    dx: np.ndarray | None,
) -> None:
    """Fill ``d_kernel`` and ``d_bias``, and ``dx``, that of the image before padding; None leaves them out.

    ``offset`` is the number of padded rows before the image, and of columns.
    """
    dz = empty((len(x), x.shape[1] - kernel.shape[0] + 1, x.shape[2] - kernel.shape[1] + 1, dy.shape[3]), x.dtype)
    unpool(dy, max_index, pool, dz)
    if d_kernel is not None and d_bias is not None:
        conv2d.backward_kernel(x, dz, (1, 1), d_kernel, d_bias)
    if dx is not None:
        conv2d.backward_input(dz, kernel, (1, 1), offset, dx)


backward.loops(backward.rungs["numpy"])  # it calls the operations above
