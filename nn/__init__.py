"""A small neural-network library, written from scratch in NumPy with Numba kernels.

The names below are loaded when they are first used, so that what needs NumPy alone (``nn.data``, ``nn.metrics``) can be
imported without Numba.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nn.errors import CheckpointError, DataError
    from nn.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, Layer, MaxPool2D, ReLU
    from nn.losses import softmax, softmax_cross_entropy
    from nn.model import Sequential
    from nn.optimizers import SGD, Adam, AdamW
    from nn.parameter import Parameter

_HOME = {
    "SGD": "nn.optimizers",
    "Adam": "nn.optimizers",
    "AdamW": "nn.optimizers",
    "BatchNorm": "nn.layers",
    "CheckpointError": "nn.errors",
    "Conv2D": "nn.layers",
    "DataError": "nn.errors",
    "Dense": "nn.layers",
    "Dropout": "nn.layers",
    "Flatten": "nn.layers",
    "Layer": "nn.layers",
    "MaxPool2D": "nn.layers",
    "Parameter": "nn.parameter",
    "ReLU": "nn.layers",
    "Sequential": "nn.model",
    "softmax": "nn.losses",
    "softmax_cross_entropy": "nn.losses",
}

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "BatchNorm",
    "CheckpointError",
    "Conv2D",
    "DataError",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "MaxPool2D",
    "Parameter",
    "ReLU",
    "Sequential",
    "softmax",
    "softmax_cross_entropy",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nn' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
