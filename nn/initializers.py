"""Initial weights. Each initializer draws from an explicit ``numpy.random.Generator``."""

import contextlib
import math
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.random import Generator

from nn import checks

Shape = tuple[int, ...]
Initializer = Callable[[Shape, int, int, Generator, Any], np.ndarray]


def glorot_uniform(shape: Shape, fan_in: int, fan_out: int, rng: Generator, dtype: Any = np.float32) -> np.ndarray:
    """Uniform in ±sqrt(6 / (fan_in + fan_out)): keeps the variance of outputs and gradients from layer to layer.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    limit = math.sqrt(6.0 / max(1, fan_in + fan_out))
    return rng.uniform(-limit, limit, shape).astype(dtype)


def he_normal(shape: Shape, fan_in: int, fan_out: int, rng: Generator, dtype: Any = np.float32) -> np.ndarray:
    """Normal with variance 2 / fan_in: keeps the variance of the outputs, for layers followed by a ReLU.

    He et al., "Delving deep into rectifiers", 2015.
    """
    return (rng.standard_normal(shape) * math.sqrt(2.0 / max(1, fan_in))).astype(dtype)


def zeros(shape: Shape, fan_in: int, fan_out: int, rng: Generator, dtype: Any = np.float32) -> np.ndarray:
    """All zeros."""
    return np.zeros(shape, dtype)


INITIALIZERS: dict[str, Initializer] = {"glorot_uniform": glorot_uniform, "he_normal": he_normal, "zeros": zeros}

#: The maximum number of weights of a layer, far above that of any layer for pictures of digits. A description that
#: asks for more is a mistake or an attack.
MAX_WEIGHTS = 1 << 27

#: How many more weights ``limit_weights`` allows.
_remaining: ContextVar[float] = ContextVar("remaining", default=math.inf)


@contextlib.contextmanager
def limit_weights(count: int) -> Iterator[None]:
    """Allow layers that are built within the block ``count`` weights in all."""
    token = _remaining.set(count)
    try:
        yield
    finally:
        _remaining.reset(token)


def reserve(shape: Shape) -> None:
    """Count the weights of an array that is about to be made; ValueError if they are too many."""
    count, remaining = math.prod(shape), _remaining.get()
    if count > MAX_WEIGHTS:
        raise ValueError(f"weights: expected at most {MAX_WEIGHTS:,} in a layer, got {count:,}")
    if count > remaining:
        raise ValueError(f"weights: expected at most {remaining:,} more, got {count:,}")
    _remaining.set(remaining - count)


def check(layer: str, name: str) -> str:
    """``name``, if it is the name of an initializer; else ValueError names the layer and lists the names."""
    return checks.choice(f"{layer}: kernel_initializer", name, INITIALIZERS)


def draw(name: str, shape: Shape, fan_in: int, fan_out: int, rng: Generator, dtype: Any) -> np.ndarray:
    """Initial weights (*shape) by the initializer ``name``; ValueError if there are too many, see ``reserve``."""
    reserve(shape)
    return INITIALIZERS[name](shape, fan_in, fan_out, rng, dtype)
