"""The order of the samples in an epoch."""

import numpy as np

from nn import checks


def shuffled_order(count: int, seed: int, epoch: int) -> np.ndarray:
    """A permutation of ``0 .. count - 1`` for an epoch, (count,) int64.

    It depends only on the arguments, so a training can resume in any epoch.

    Args:
        count: number of samples.
        seed: of the training, not negative.
        epoch: number of the epoch.

    >>> shuffled_order(5, seed=0, epoch=1).tolist()
    [1, 4, 3, 0, 2]
    """
    checks.integer("shuffled_order: count", count, 0)
    checks.integer("shuffled_order: seed", seed, 0)
    checks.integer("shuffled_order: epoch", epoch, 0)
    return np.random.default_rng([seed, epoch]).permutation(count).astype(np.int64, copy=False)


def epoch_order(count: int, seed: int, epoch: int, shuffle: bool = True) -> np.ndarray:
    """The order of an epoch: ``shuffled_order``, or without ``shuffle`` the order of the data set; (count,) int64."""
    return shuffled_order(count, seed, epoch) if shuffle else np.arange(count)
