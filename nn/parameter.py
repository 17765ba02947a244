"""A trainable array with its gradient."""

import numpy as np


class Parameter:
    """A trainable array, its gradient, and the name that checkpoints and optimizers know it by.

    Attributes:
        name: ``"<layer>/<role>"``, for example ``"conv2d_1/kernel"``; unique in a model.
        value: the array, float32 or float64, any shape. Changed in place only.
        grad: the gradient of the loss by ``value``: same shape and dtype. ``backward`` overwrites it.
    """

    __slots__ = ("grad", "name", "value")

    def __init__(self, name: str, value: np.ndarray) -> None:
        self.name = name
        self.value = np.ascontiguousarray(value)
        self.grad = np.zeros_like(self.value)

    def __repr__(self) -> str:
        return f"Parameter({self.name!r}, shape={self.value.shape}, dtype={self.value.dtype})"
