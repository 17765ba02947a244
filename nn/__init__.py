"""A small neural-network library, written from scratch in NumPy with Numba kernels.

The names below, and every layer of ``nn.layers``, are loaded when they are first used, so that what needs NumPy alone
(``nn.data``, ``nn.metrics``) can be imported without Numba.
"""

# ruff: noqa: F401 (for type checkers)

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nn.errors import CheckpointError, DataError
    from nn.history import Evaluation, History
    from nn.layers import *  # noqa: F403
    from nn.losses import softmax, softmax_cross_entropy
    from nn.model import Sequential
    from nn.optimizers import SGD, Adam, AdamW
    from nn.parameter import Parameter

#: The modules of the public names, except the layers, which ``nn.layers`` lists.
_MODULES = {
    "Adam": "nn.optimizers",
    "AdamW": "nn.optimizers",
    "CheckpointError": "nn.errors",
    "DataError": "nn.errors",
    "Evaluation": "nn.history",
    "History": "nn.history",
    "Layer": "nn.layers",
    "Parameter": "nn.parameter",
    "SGD": "nn.optimizers",
    "Sequential": "nn.model",
    "register": "nn.layers",
    "softmax": "nn.losses",
    "softmax_cross_entropy": "nn.losses",
}


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return sorted([*_MODULES, *importlib.import_module("nn.layers").LAYERS])
    if name in _MODULES:
        return getattr(importlib.import_module(_MODULES[name]), name)
    # Names of modules begin with a small letter, and must not load the layers, which need Numba.
    if name[:1].isupper() and name in (layers := importlib.import_module("nn.layers").LAYERS):
        return layers[name]
    raise AttributeError(f"module 'nn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__getattr__("__all__"))
