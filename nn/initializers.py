"""Where weights begin. Each initializer draws from an explicit ``numpy.random.Generator``."""

import contextlib
import math
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import numpy as np

Initializer = Callable[[tuple[int, ...], int, int, np.random.Generator, Any], np.ndarray]


def glorot_uniform(
    shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator, dtype: Any = np.float32
) -> np.ndarray:
    """Uniform in ±sqrt(6 / (fan_in + fan_out)): keeps the variance of signals and gradients level.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    limit = math.sqrt(6.0 / max(1, fan_in + fan_out))
    return rng.uniform(-limit, limit, shape).astype(dtype)


def he_normal(
    shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator, dtype: Any = np.float32
) -> np.ndarray:
    """Normal with variance 2 / fan_in: level for layers that a ReLU follows.

    He et al., "Delving deep into rectifiers", 2015.
    """
    return (rng.standard_normal(shape) * math.sqrt(2.0 / max(1, fan_in))).astype(dtype)


def zeros(
    shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator, dtype: Any = np.float32
) -> np.ndarray:
    """All zeros: what biases begin with."""
    return np.zeros(shape, dtype)


INITIALIZERS: dict[str, Initializer] = {
    "glorot_uniform": glorot_uniform,
    "he_normal": he_normal,
    "zeros": zeros,
}


#: No layer for pictures of digits comes near it: a description that asks for more is a mistake, or malice.
MAX_WEIGHTS = 1 << 27

#: How many more weights there may be within ``at_most``.
_left: ContextVar[float] = ContextVar("left", default=math.inf)


@contextlib.contextmanager
def at_most(count: int) -> Iterator[None]:
    """Let layers that are built within the block have so many weights in all, and no more."""
    token = _left.set(count)
    try:
        yield
    finally:
        _left.reset(token)


def claim(shape: tuple[int, ...]) -> None:
    """To be called before an array of weights is made; ValueError if there are to be too many."""
    count, left = math.prod(shape), _left.get()
    if count > MAX_WEIGHTS:
        raise ValueError(f"weights: expected at most {MAX_WEIGHTS:,} in a layer, got {count:,}")
    if count > left:
        raise ValueError(f"weights: expected at most {left:,} more, as there are no others, got {count:,}")
    _left.set(left - count)


def check(name: str) -> str:
    """``name``, if there is such an initializer; ValueError lists those there are."""
    if name not in INITIALIZERS:
        raise ValueError(f"initializer: expected one of {', '.join(INITIALIZERS)}, got {name!r}")
    return name


def draw(
    name: str, shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator, dtype: Any
) -> np.ndarray:
    """Initial weights (*shape) by the initializer ``name``; ValueError if there are too many, see ``claim``."""
    claim(shape)
    return INITIALIZERS[name](shape, fan_in, fan_out, rng, dtype)
