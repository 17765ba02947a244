"""Options that several layers share."""

from collections.abc import Sequence

from nn import checks
from nn.layers.base import Shape, batch_of

Pair = tuple[int, int]

#: The largest window or stride: what images are smaller than, and kernels can count.
MAX_SIZE = 1 << 20


def pair(what: str, value: int | Sequence[int]) -> Pair:
    """``value`` as (rows, columns), integers >= 1; a single number stands for both."""
    numbers = tuple(value) if isinstance(value, Sequence) else (value, value)
    if len(numbers) != 2:
        raise ValueError(f"{what}: expected one integer or two, got {value!r}")
    return checks.integer(what, numbers[0], 1, MAX_SIZE), checks.integer(what, numbers[1], 1, MAX_SIZE)


def image_shape(name: str, shape: Shape) -> tuple[int, int, int]:
    """``shape`` as (H, W, C), each >= 1; ValueError names the layer."""
    if len(shape) != 3 or min(shape) < 1:
        raise ValueError(f"{name}: expected images (N, H, W, C), got {batch_of(shape)}")
    h, w, c = shape
    return h, w, c
