"""A batch from the data set: the chosen images, bytes scaled to [0, 1].

    out[b] = images[indices[b]] / 255      for uint8; floats are copied

The division is a multiplication by 1/255, rounded to the dtype of ``out``.
"""

import math

import numpy as np

from nn.ops.backend import njit, operation, prange


@operation()
def gather(images: np.ndarray, indices: np.ndarray, out: np.ndarray) -> None:
    """Fill ``out`` (B, ...) with the images at ``indices`` (B,) of ``images`` (N, ...)."""
    chosen = images[indices].reshape(out.shape)
    out[...] = chosen * out.dtype.type(1 / 255) if images.dtype == np.uint8 else chosen


@gather.loops
def _gather_loops(images: np.ndarray, indices: np.ndarray, out: np.ndarray) -> None:
    scale = out.dtype.type(1 / 255 if images.dtype == np.uint8 else 1)
    size = math.prod(out.shape[1:])
    _gather_flat(images.reshape(len(images), size), indices, scale, out.reshape(len(out), size))


@njit(parallel=True)
def _gather_flat(images, indices, scale, out):
    for b in prange(len(indices)):
        source, target = images[indices[b]], out[b]
        for i in range(len(target)):
            target[i] = scale * source[i]
