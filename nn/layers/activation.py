"""The base class of the activation functions."""

from types import ModuleType
from typing import ClassVar

import numpy as np

from nn.layers.base import Layer
from nn.ops.memory import empty


class Activation(Layer):
    """A function of each element; any shape.

    To add one, write a subclass in a file of ``nn/layers``, add it to the list in ``nn/layers/__init__.py``, and write
    its ``operation`` in a file of ``nn/ops``, or override ``_function`` and ``_gradient`` instead.

    Attributes:
        operation: the module of ``nn.ops`` with the function (``forward``) and its gradient (``backward``).
        saves_input: whether the gradient needs the input instead of the output.
    """

    is_elementwise = True
    operation: ModuleType
    saves_input: ClassVar[bool] = False

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """The function of each element."""
        x = self.check_input(x)
        y = empty(x.shape, x.dtype)
        self._function(x, y)
        if training:
            self.save_for_backward(x, x if self.saves_input else y)
        return y

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """``dy`` times the derivative of each element."""
        dy, saved = self.saved(dy)
        dx = empty(dy.shape, dy.dtype)
        self._gradient(dy, saved, dx)
        return dx

    def _function(self, x: np.ndarray, y: np.ndarray) -> None:
        """Fill ``y``."""
        self.operation.forward(x, *self.config().values(), y)

    def _gradient(self, dy: np.ndarray, saved: np.ndarray, dx: np.ndarray) -> None:
        """Fill ``dx`` from ``saved``, which is the output, or with ``saves_input`` the input."""
        self.operation.backward(dy, saved, *self.config().values(), dx)
