"""A batch out of the data set: chosen images, their bytes turned into numbers of [0, 1].

    out[b] = images[indices[b]] / 255      for uint8; floats are only copied

The division is a multiplication by 1/255, rounded to the dtype of ``out``.
"""

import numpy as np

from nn.ops import backend
from nn.ops.backend import njit, prange


def gather_numpy(images: np.ndarray, indices: np.ndarray, out: np.ndarray) -> None:
    """The equation."""
    chosen = images[indices].reshape(out.shape)
    out[...] = chosen * out.dtype.type(1 / 255) if images.dtype == np.uint8 else chosen


@njit(parallel=True)
def _gather_numba(images, indices, scale, out):
    for b in prange(len(indices)):
        source, target = images[indices[b]], out[b]
        for i in range(len(target)):
            target[i] = scale * source[i]


def gather(images: np.ndarray, indices: np.ndarray, out: np.ndarray) -> None:
    """Fill ``out`` (B, ...) with the images (N, ...) that ``indices`` (B,) name."""
    if backend.compiled():
        number = out.dtype.type
        scale = number(1 / 255) if images.dtype == np.uint8 else number(1)
        _gather_numba(images.reshape(len(images), -1), indices, scale, out.reshape(len(out), -1))
    else:
        gather_numpy(images, indices, out)
