"""Layers out of their descriptions, as checkpoints and files of architectures hold them."""

from collections.abc import Iterable, Mapping
from typing import Any

from nn.layers import LAYERS
from nn.layers.base import Layer


def make_layers(entries: Iterable[Mapping[str, Any]]) -> list[Layer]:
    """New layers, each of the class that ``entry["type"]`` names, made with the other entries as its arguments.

    Raises:
        ValueError: an entry has no type or an unknown one, or its arguments are not what the class takes.
    """
    layers = []
    for number, entry in enumerate(entries, 1):
        options = dict(entry)
        name = options.pop("type", None)
        if not isinstance(name, str) or name not in LAYERS:
            raise ValueError(f"layer {number}: expected a type, one of {', '.join(LAYERS)}, got {name!r}")
        try:
            layers.append(LAYERS[name](**options))
        except TypeError as error:
            raise ValueError(f"layer {number}: {error}") from None
    return layers
