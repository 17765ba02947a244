"""Learning rate schedules: each function returns ``rate(step)``, with steps from 0."""

import math
from collections.abc import Callable

from nn import checks
from nn.deprecation import deprecated_names

Schedule = Callable[[int], float]


def constant(learning_rate: float) -> Schedule:
    """A constant learning rate."""
    learning_rate = checks.number("constant: learning_rate", learning_rate, 0)
    return lambda step: learning_rate


def cosine(learning_rate: float, steps: int, final: float = 0.0) -> Schedule:
    """Cosine annealing from ``learning_rate`` to ``final`` at ``steps``, and ``final`` after that.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without the restarts.

    >>> rate = cosine(0.1, steps=100)
    >>> [round(rate(step), 3) for step in (0, 50, 100)]
    [0.1, 0.05, 0.0]
    """
    checks.number("cosine: learning_rate", learning_rate, 0)
    checks.integer("cosine: steps", steps, 0)
    checks.number("cosine: final", final, 0)

    def rate(step: int) -> float:
        fraction = min(step / max(1, steps), 1.0)
        return final + (learning_rate - final) * 0.5 * (1 + math.cos(math.pi * fraction))

    return rate


def one_cycle(learning_rate: float, steps: int, warmup: float = 0.3, start: float = 0.04) -> Schedule:
    """Linear warm-up from ``start * learning_rate`` to ``learning_rate``, then linear decay to 0 at ``steps``.

    Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2018.

    Args:
        learning_rate: the peak.
        steps: number of steps of the training.
        warmup: fraction of the steps for the warm-up, in (0, 1).
        start: the first learning rate, as a fraction of the peak.

    >>> rate = one_cycle(0.1, steps=100)
    >>> [round(rate(step), 3) for step in (0, 30, 65, 100)]
    [0.004, 0.1, 0.05, 0.0]
    """
    checks.number("one_cycle: learning_rate", learning_rate, 0)
    checks.integer("one_cycle: steps", steps, 0)
    checks.number("one_cycle: warmup", warmup, 0, 1, "()")
    checks.number("one_cycle: start", start, 0)

    def rate(step: int) -> float:
        fraction = min(step / max(1, steps), 1.0)
        if fraction < warmup:
            return learning_rate * (start + (1 - start) * fraction / warmup)
        return learning_rate * (1 - fraction) / (1 - warmup)

    return rate


def anneal_to_constant(learning_rate: float, steps: int, constant_from: float = 0.6, peak: float = 1.75) -> Schedule:
    """Linear warm-up to ``peak * learning_rate``, cosine annealing to ``learning_rate``, then constant.

    The learning rate for stochastic weight averaging (PyTorch's ``SWALR``) with a warm-up. Izmailov and others,
    "Averaging weights leads to wider optima and better generalization", 2018.

    Args:
        learning_rate: the constant learning rate at the end.
        steps: number of steps of the training.
        constant_from: fraction of the steps before the constant part, in (0, 1]; three tenths of it are the warm-up.
        peak: the highest learning rate, as a multiple of the last.

    >>> rate = anneal_to_constant(0.1, steps=100)
    >>> [round(rate(step), 3) for step in (0, 18, 60, 99)]
    [0.0, 0.175, 0.1, 0.1]
    """
    checks.number("anneal_to_constant: learning_rate", learning_rate, 0)
    checks.integer("anneal_to_constant: steps", steps, 0)
    checks.number("anneal_to_constant: constant_from", constant_from, 0, 1, "(]")
    checks.number("anneal_to_constant: peak", peak, 0)
    warmup, annealing = 0.3 * constant_from * steps, 0.7 * constant_from * steps

    def rate(step: int) -> float:
        if step < warmup:
            return learning_rate * peak * step / warmup
        fraction = min((step - warmup) / annealing, 1.0) if annealing else 1.0
        return learning_rate * (1 + (peak - 1) * 0.5 * (1 + math.cos(math.pi * fraction)))

    return rate


__getattr__ = deprecated_names(__name__, {"plateau": "anneal_to_constant"})
