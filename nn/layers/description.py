"""Converts layers to descriptions and back, for checkpoints and architecture files."""

from collections.abc import Iterable, Mapping
from typing import Any

from nn.layers.base import Layer

#: Every layer of the library by its name in a description; ``nn.layers`` fills it.
LAYERS: dict[str, type[Layer]] = {}


def describe(layers: Iterable[Layer]) -> list[dict[str, Any]]:
    """For each layer its type and the constructor's arguments, as JSON takes them; see ``make_layers``.

    Raises:
        ValueError: a layer is not exactly one of ``LAYERS``: a fused layer, or of a class of the user's own.
    """
    entries = []
    for layer in layers:
        kind = type(layer)
        if LAYERS.get(kind.__name__) is not kind:
            raise ValueError(
                f"{layer.name}: expected a layer of nn.layers, got {kind.__module__}.{kind.__qualname__}, which has no "
                "description: describe the plain model of a fused one"
            )
        entries.append({"type": kind.__name__, **layer.config()})
    return entries


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
            layers.append(LAYERS[name].from_config(options))
        except (TypeError, RecursionError) as error:
            raise ValueError(f"layer {number}: {error}") from None
    return layers
