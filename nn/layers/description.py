"""Converts layers to descriptions and back, for checkpoints and architecture files."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from nn import checks
from nn.errors import one_line
from nn.layers.base import Layer

#: Every layer of the library by its name in a description; ``nn.layers`` fills it.
LAYERS: dict[str, type[Layer]] = {}

#: The layers that ``register`` added.
_REGISTERED: dict[str, type[Layer]] = {}

L = TypeVar("L", bound=type[Layer])


def register(kind: L) -> L:
    """Class decorator: let checkpoints and architecture files name a layer of your own.

    ``config_keys`` lists the constructor's arguments, which are attributes too; or the class defines ``config`` and
    ``from_config``. Import the module of the class before you load a checkpoint that has such a layer.

    Raises:
        ValueError: it is not a class of layers, its name is taken, or ``config_keys`` misses an argument.

    >>> @register
    ... class Scale(Layer):
    ...     config_keys = ("factor",)
    ...     def __init__(self, factor=2.0):
    ...         super().__init__()
    ...         self.factor = factor
    ...     def forward(self, x, training=False):
    ...         return x * x.dtype.type(self.factor)
    ...     def backward(self, dy, need_dx=True):
    ...         return dy * dy.dtype.type(self.factor)
    >>> make_layers(describe([Scale(3.0)]))
    [Scale(factor=3.0)]
    """
    if not (isinstance(kind, type) and issubclass(kind, Layer)):
        raise ValueError(f"register: expected a subclass of Layer, got {checks.shown(kind)}")
    name = kind.__name__
    found = LAYERS.get(name) or _REGISTERED.get(name)
    # A notebook that runs a cell again defines the same class again.
    if found and (found.__module__, found.__qualname__) != (kind.__module__, kind.__qualname__):
        raise ValueError(f"register: expected a new name, got {name}, the name of {_full_name(found)}")
    if kind.config is Layer.config and kind.from_config.__func__ is Layer.from_config.__func__:  # type: ignore[attr-defined]
        arguments = tuple(inspect.signature(kind).parameters)
        if set(arguments) != set(kind.config_keys):
            raise ValueError(
                f"register: {name}: expected config_keys to list the constructor's arguments, {arguments}, "
                f"got {kind.config_keys}"
            )
    _REGISTERED[name] = kind
    return kind


def describe(layers: Iterable[Layer]) -> list[dict[str, Any]]:
    """For each layer its type and the constructor's arguments, as JSON takes them; see ``make_layers``.

    Raises:
        ValueError: a layer is not exactly one of ``LAYERS`` or of ``register``: a fused layer, or one of your own.
    """
    entries = []
    for layer in layers:
        kind = type(layer)
        if _known(kind.__name__) is not kind:
            raise ValueError(
                f"{layer.name}: expected a layer of nn.layers or a registered one, got {_full_name(kind)}: for a layer "
                "of your own, put @nn.register before its class; of a fused model, describe the plain one"
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
        kind = _known(name)
        if kind is None:
            raise ValueError(
                f"layer {number}: expected a type, one of {', '.join(LAYERS | _REGISTERED)}, got {name!r}: for a layer "
                "of your own, first import the module that registers it with nn.register"
            )
        try:
            layers.append(kind.from_config(options))
        except (TypeError, RecursionError) as error:
            raise ValueError(f"layer {number}: {one_line(error)}") from None
    return layers


def _known(name: Any) -> type[Layer] | None:
    """The class of that name in a description."""
    return (LAYERS.get(name) or _REGISTERED.get(name)) if isinstance(name, str) else None


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
