"""Options that several layers share."""

import operator
from collections.abc import Sequence
from typing import Any

from nn.layers.base import Shape, batch_of

Pair = tuple[int, int]


def positive_integer(what: str, value: Any) -> int:
    """``value`` as an int >= 1; the ValueError names ``what``."""
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise ValueError(f"{what}: expected an integer >= 1, got {value!r}")
    return number


def pair(what: str, value: int | Sequence[int]) -> Pair:
    """``value`` as (rows, columns), integers >= 1; a single number stands for both."""
    numbers = tuple(value) if isinstance(value, Sequence) else (value, value)
    if len(numbers) != 2:
        raise ValueError(f"{what}: expected one integer or two, got {value!r}")
    return positive_integer(what, numbers[0]), positive_integer(what, numbers[1])


def image_shape(name: str, shape: Shape) -> tuple[int, int, int]:
    """``shape`` as (H, W, C), each >= 1; ValueError names the layer."""
    if len(shape) != 3 or min(shape) < 1:
        raise ValueError(f"{name}: expected images (N, H, W, C), got {batch_of(shape)}")
    h, w, c = shape
    return h, w, c
