"""Named architectures."""

from collections.abc import Callable

import numpy as np

from nn.layers import Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU
from nn.layers.base import Shape
from nn.model import Sequential


def baseline(classes: int) -> list[Layer]:
    """What everything here is measured with: conv 32 3x3, ReLU, max-pool 2x2, dense 64, ReLU, dense ``classes``."""
    return [Conv2D(32, 3), ReLU(), MaxPool2D(2), Flatten(), Dense(64), ReLU(), Dense(classes)]


#: The layers of each architecture, given the number of classes.
ARCHITECTURES: dict[str, Callable[[int], list[Layer]]] = {"baseline": baseline}


def build(
    arch: str,
    input_shape: Shape = (28, 28, 1),
    classes: int = 10,
    rng: np.random.Generator | None = None,
) -> Sequential:
    """A new model of the architecture ``arch``.

    Raises:
        ValueError: there is no such architecture, or it can't take such images.
    """
    if arch not in ARCHITECTURES:
        raise ValueError(f"architecture: expected one of {', '.join(ARCHITECTURES)}, got {arch!r}")
    return Sequential(ARCHITECTURES[arch](classes), input_shape, rng=rng)
