"""Limits on networks from files, of which a few bytes can ask for any amount of memory and time.

``NN_LIMIT_SCALE=10`` allows ten times as much.
"""

import math
import os
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from nn.errors import ConfigurationError

#: The maximum number of layers, and of outputs and multiply-adds of all layers for one image. ResNet-50 on images of
#: 224x224 pixels has about as many of the last two.
MAX_LAYERS = 1_000
MAX_ACTIVATIONS = 1 << 25
MAX_MULTIPLY_ADDS = 1 << 32


class _Layer(Protocol):
    """The part of ``nn.layers.Layer`` that is used here, which can't import it."""

    output_shape: tuple[int, ...]
    sublayers: "tuple[_Layer, ...]"

    def multiply_adds(self) -> int: ...


def check_description(layers: Any) -> None:
    """Raise ValueError if there are too many layers in a description, before any of them is made."""
    check_count(sum(1 for _ in _described(layers)))


def check_count(layers: int) -> None:
    """Raise ValueError if this number of layers is too large."""
    _check("layers", layers, MAX_LAYERS)


def check_cost(layers: Iterable[_Layer]) -> None:
    """Raise ValueError if running the layers, which are built, takes too much memory or time."""
    top = list(layers)
    _check("outputs of layers for an image", sum(map(_activations, top)), MAX_ACTIVATIONS)
    _check("multiply-adds for an image", sum(layer.multiply_adds() for layer in top), MAX_MULTIPLY_ADDS)


def _described(value: Any) -> Iterable[Any]:
    """The descriptions of layers in a JSON value, at any depth."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            if "type" in value:
                yield value
            pending += value.values()
        elif isinstance(value, list | tuple):
            pending += value


def _activations(layer: _Layer) -> int:
    return math.prod(layer.output_shape) + sum(map(_activations, layer.sublayers))


def _check(what: str, found: int, limit: int) -> None:
    limit = int(limit * _scale())
    if found > limit:
        raise ValueError(
            f"expected a network of at most {limit:,} {what}, got {found:,} (NN_LIMIT_SCALE=N allows more)"
        )


def _scale() -> float:
    text = os.environ.get("NN_LIMIT_SCALE") or "1"
    try:
        scale = float(text)
    except ValueError:
        scale = 0.0
    if not 0 < scale < 1e9:
        raise ConfigurationError(f"NN_LIMIT_SCALE: expected a number above 0, got {text!r}")
    return scale
