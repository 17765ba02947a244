"""Mini-batches: an order shuffled anew each epoch, and pictures scaled to [0, 1] only as they are needed."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike


def shuffled_order(count: int, seed: int, epoch: int) -> np.ndarray:
    """The order in which an epoch visits its samples.

    Args:
        count: number of samples.
        seed: of the whole training, not negative.
        epoch: the epoch's number; each has its own order, which does not depend on the epochs before it.

    Returns:
        A permutation of ``0 .. count - 1``, (count,) int64.
    """
    return np.random.default_rng([seed, epoch]).permutation(count).astype(np.int64, copy=False)


def batch_count(count: int, batch_size: int) -> int:
    """How many batches ``count`` samples make; the last one may be short."""
    return -(-count // batch_size)


def gather(
    images: np.ndarray, labels: np.ndarray, indices: np.ndarray, out_x: np.ndarray, out_y: np.ndarray
) -> None:
    """Copy chosen samples into a batch: ``out_x = images[indices] * (1 / 255)``, ``out_y = labels[indices]``.

    The factor is rounded to the dtype of ``out_x`` first, so that the result is the same bits everywhere.

    Args:
        images: (N, H, W) uint8.
        labels: (N,) integers.
        indices: (B,) integers.
        out_x: (B, H, W, 1) float32 or float64, overwritten.
        out_y: (B,) int64, overwritten.
    """
    scale = out_x.dtype.type(1 / 255)
    # The dtype is spelled out because NumPy 1 would reckon uint8 times a float32 scalar in float16.
    np.multiply(images.take(indices, axis=0), scale, out=out_x[..., 0], dtype=out_x.dtype)
    out_y[...] = labels.take(indices)


def batches(
    images: np.ndarray,
    labels: np.ndarray,
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    start: int = 0,
    dtype: DTypeLike = np.float32,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The batches of one epoch, in its shuffled order; the last one is as short as it comes.

    All batches share two buffers: **a batch is valid until the next one is asked for**. Copy what is to stay.

    Args:
        images: (N, H, W) uint8.
        labels: (N,) integers.
        batch_size: B, at least 1.
        seed: see ``shuffled_order``.
        epoch: see ``shuffled_order``.
        start: the index of the first batch to give: an epoch broken off after ``start`` batches goes on as if
            it had not been.
        dtype: of x.

    Returns:
        An iterator of x, (B, H, W, 1) in [0, 1], C-contiguous, and y, (B,) int64.

    Raises:
        ValueError: images and labels differ in number, or ``batch_size`` or ``start`` is out of range.
    """
    count = len(images)
    if len(labels) != count:
        raise ValueError(f"expected as many labels as images, got {len(labels)} and {count}")
    if batch_size < 1:
        raise ValueError(f"expected a batch size of at least 1, got {batch_size}")
    if not 0 <= start <= batch_count(count, batch_size):
        raise ValueError(f"expected a start of 0 to {batch_count(count, batch_size)} batches, got {start}")
    order = shuffled_order(count, seed, epoch)
    return _batches(images, labels, order[start * batch_size :], batch_size, np.dtype(dtype))


def _batches(
    images: np.ndarray, labels: np.ndarray, order: np.ndarray, batch_size: int, dtype: np.dtype
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    x = np.empty((min(batch_size, len(order)), *images.shape[1:], 1), dtype)
    y = np.empty(len(x), np.int64)
    for first in range(0, len(order), batch_size):
        indices = order[first : first + batch_size]
        size = len(indices)
        gather(images, labels, indices, x[:size], y[:size])
        yield x[:size], y[:size]
