"""The learning rate as a function of the step: each factory returns ``rate(step)``, with steps from 0."""

import math
from collections.abc import Callable

from nn.deprecation import deprecated_names

Schedule = Callable[[int], float]


def constant(learning_rate: float) -> Schedule:
    """The same rate at every step."""
    return lambda step: learning_rate


def cosine(learning_rate: float, steps: int, final: float = 0.0) -> Schedule:
    """Half a cosine wave from ``learning_rate`` down to ``final`` at ``steps``, and ``final`` from there on.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without the restarts.
    """

    def rate(step: int) -> float:
        share = min(step / max(1, steps), 1.0)
        return final + (learning_rate - final) * 0.5 * (1 + math.cos(math.pi * share))

    return rate


def one_cycle(learning_rate: float, steps: int, warmup: float = 0.3, start: float = 0.04) -> Schedule:
    """In straight lines from ``start * learning_rate`` up to ``learning_rate`` and down to 0 at ``steps``.

    Smith and Topin, "Super-convergence", 2018.

    Args:
        learning_rate: the peak.
        steps: how many steps the training has.
        warmup: the share of the steps that goes up, in (0, 1).
        start: the first rate, as a share of the peak.
    """

    def rate(step: int) -> float:
        share = min(step / max(1, steps), 1.0)
        if share < warmup:
            return learning_rate * (start + (1 - start) * share / warmup)
        return learning_rate * (1 - share) / (1 - warmup)

    return rate


def anneal_to_constant(learning_rate: float, steps: int, level_from: float = 0.6, peak: float = 1.75) -> Schedule:
    """Up to ``peak * learning_rate``, down to ``learning_rate``, and on with that: for weights that are averaged there.

    Izmailov and others, "Averaging weights leads to wider optima and better generalization", 2018, with a rise before.

    Args:
        learning_rate: of the plateau.
        steps: how many steps the training has.
        level_from: the share of the steps before the plateau, in (0, 1]. Three tenths of them lead up to the peak in a
            straight line, the others down by half a cosine wave.
        peak: the highest rate, as a multiple of the plateau's.
    """
    rise, fall = 0.3 * level_from * steps, 0.7 * level_from * steps

    def rate(step: int) -> float:
        if step < rise:
            return learning_rate * peak * step / rise
        share = min((step - rise) / fall, 1.0) if fall else 1.0
        return learning_rate * (1 + (peak - 1) * 0.5 * (1 + math.cos(math.pi * share)))

    return rate


__getattr__ = deprecated_names(__name__, {"plateau": "nn.schedules:anneal_to_constant"})
