"""The order in which training visits its samples: shuffled anew each epoch."""

import numpy as np


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
