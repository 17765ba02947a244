"""Named architectures, and user-defined ones from JSON files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nn import checks, limits
from nn.errors import one_line
from nn.files import is_file
from nn.layers import (
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    Layer,
    MaxPool2D,
    ReLU,
)
from nn.layers.base import Shape
from nn.layers.description import make_layers
from nn.model import Sequential


def baseline(classes: int) -> list[Layer]:
    """The reference for benchmarks: conv 32 3x3, ReLU, max-pool 2x2, dense 64, ReLU, dense ``classes``."""
    return [Conv2D(32, 3), ReLU(), MaxPool2D(2), Flatten(), Dense(64), ReLU(), Dense(classes)]


def mlp(classes: int) -> list[Layer]:
    """A multi-layer perceptron: only dense layers, which ignore the positions of pixels."""
    return [Flatten(), Dense(256), ReLU(), Dense(128), ReLU(), Dense(classes)]


def lenet5(classes: int) -> list[Layer]:
    """LeNet-5 (LeCun et al., "Gradient-based learning applied to document recognition", 1998), with ReLU and maxima."""
    return [
        *(Conv2D(6, 5, padding="same"), ReLU(), MaxPool2D(2), Conv2D(16, 5), ReLU(), MaxPool2D(2)),
        *(Flatten(), Dense(120), ReLU(), Dense(84), ReLU(), Dense(classes)),
    ]


def deep(classes: int) -> list[Layer]:
    """Two blocks of two 3x3 convolutions, as a narrow VGG, with batch normalization; dense 128."""
    return [
        *(*_normalized(16), *_normalized(32), MaxPool2D(2)),
        *(*_normalized(64), *_normalized(64), MaxPool2D(2)),
        *(Flatten(), Dense(128), BatchNorm(), ReLU(), Dropout(0.3), Dense(classes)),
    ]


def wide(classes: int) -> list[Layer]:
    """The most accurate: ``deep`` with a third block, of 128 filters, instead of the dense layer; it ends in 2x2."""
    return [
        *(*_normalized(16), *_normalized(32), MaxPool2D(2)),
        *(*_normalized(64), *_normalized(64), MaxPool2D(2)),
        *(*_normalized(128, "same"), *_normalized(128)),
        *(Flatten(), Dropout(0.3), Dense(classes)),
    ]


def tiny(classes: int) -> list[Layer]:
    """Under 10,000 parameters, with ten classes, none of them redundant; as a narrow ``wide``, it ends in 2x2."""
    return [
        *(*_without_redundancy(8), *_without_redundancy(16), MaxPool2D(2)),
        *(*_without_redundancy(16), *_without_redundancy(16), MaxPool2D(2)),
        *(*_without_redundancy(16, padding="same"), AvgPool2D(2)),
        *(Flatten(), Dense(classes)),
    ]


def micro(classes: int) -> list[Layer]:
    """Under 2,000 parameters, with ten classes: depthwise-separable convolutions, average pooling to 2x2.

    No parameter is redundant: the convolutions have no biases, the batch normalization no scales.
    """
    return [
        *_without_redundancy(8),
        MaxPool2D(2),
        *_separable(16, 24, 14),
        AvgPool2D(4, 3),
        Flatten(),
        Dense(classes),
    ]


def nano(classes: int) -> list[Layer]:
    """Under 700 parameters, with ten classes; as ``micro``, with fewer channels."""
    return [*_without_redundancy(8), MaxPool2D(2), *_separable(8, 8, 5), AvgPool2D(4, 3), Flatten(), Dense(classes)]


def _separable(*filters: int) -> list[Layer]:
    """Depthwise-separable 3x3 convolutions, each with batch normalization and ReLU."""
    return [
        layer
        for count in filters
        for layer in (DepthwiseConv2D(3, kernel_initializer="he_normal"), *_without_redundancy(count, 1))
    ]


def _without_redundancy(filters: int, kernel_size: int = 3, padding: str = "valid") -> list[Layer]:
    """A convolution, batch normalization and ReLU, without the redundant parameters: bias and scale."""
    convolution = Conv2D(filters, kernel_size, padding=padding, kernel_initializer="he_normal", use_bias=False)
    return [convolution, BatchNorm(scale=False), ReLU()]


def _normalized(filters: int, padding: str = "valid") -> list[Layer]:
    """A 3x3 convolution, batch normalization and ReLU."""
    return [Conv2D(filters, 3, padding=padding, kernel_initializer="he_normal"), BatchNorm(), ReLU()]


#: The layers of each architecture, given the number of classes.
ARCHITECTURES: dict[str, Callable[[int], list[Layer]]] = {
    layers.__name__: layers for layers in (baseline, mlp, lenet5, deep, wide, tiny, micro, nano)
}


def build(
    arch: str, input_shape: Shape = (28, 28, 1), classes: int = 10, rng: np.random.Generator | None = None
) -> Sequential:
    """A new model of the architecture ``arch``.

    Args:
        arch: a name of ``ARCHITECTURES``, or the path of a file that describes the layers; see ``from_file``.
        input_shape: of one image.
        classes: the number of logits.
        rng: draws the initial weights; see ``Sequential``.

    Raises:
        ValueError: there is no such architecture, or it can't take such images, or the file does not describe one.

    >>> build("tiny").output_shape
    (10,)
    """
    classes = checks.integer("zoo: classes", classes, 1)
    arch = checks.name_or_path("arch", arch, ARCHITECTURES, "a file of layers")
    layers = ARCHITECTURES[arch](classes) if arch in ARCHITECTURES else from_file(arch, classes)
    model = Sequential(layers, input_shape, rng=rng)
    if model.output_shape != (classes,):
        raise ValueError(f"{arch}: expected an output of {(classes,)}, one for each class, got {model.output_shape}")
    return model


def from_file(path: str, classes: int) -> list[Layer]:
    """The layers that a JSON file lists, each with its type and the arguments of its class in ``nn``::

        [{"type": "Conv2D", "filters": 16, "kernel_size": 5}, {"type": "ReLU"}, {"type": "MaxPool2D"},
         {"type": "Flatten"}, {"type": "Dense", "units": "classes"}]

    The argument ``"classes"`` stands for their number.

    Raises:
        ValueError: there is no such file, or it is not such a list.
    """
    file = Path(path)
    if not is_file(file):
        raise ValueError(f"expected one of {', '.join(ARCHITECTURES)}, or a file of layers, got {path!r}")
    try:
        entries = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not a list of layers in JSON: {one_line(error)}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{path}: expected a list of layers, each an object with its type")
    try:
        limits.check_description(entries)
        return make_layers(_filled(entries, classes))
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: {one_line(error)}") from None


def _filled(value: Any, classes: int) -> Any:
    """``value``, with the number of classes for each ``"classes"`` in it."""
    if isinstance(value, dict):
        return {key: _filled(each, classes) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, classes) for each in value]
    return classes if value == "classes" else value
