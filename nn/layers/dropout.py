"""Dropout."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn import checks
from nn.layers.base import Layer, Shape
from nn.layers.explanation import Explanation, Index, Step, Window


class Dropout(Layer):
    """In training, zero each value with probability ``rate`` and scale the rest by 1 / (1 - rate); else the identity.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.

    Args:
        rate: in [0, 1).

    Attributes:
        rng: draws the masks; a child of the generator that ``build`` got, so that the same seed gives the same masks.
    """

    kind = "dropout"
    config_keys = ("rate",)
    is_elementwise = True
    is_random = True
    is_operation = True

    def __init__(self, rate: float = 0.5) -> None:
        super().__init__()
        self.rate = checks.number("Dropout: rate", rate, 0, 1, "[)")

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Set the shapes and make the layer's own generator; see ``Layer.build``."""
        self.rng = np.random.default_rng(rng.integers(2**63))
        return super().build(input_shape, rng, dtype)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """``x`` with random zeros in training, ``x`` itself otherwise."""
        x = self.check_input(x)
        if not training:
            return x
        kept = self.rng.random(x.shape, dtype=np.float32) >= self.rate
        scale = kept * x.dtype.type(1 / (1 - self.rate))
        self.save_for_backward(x, scale)
        return x * scale

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Multiply dy by the mask of the forward pass."""
        dy, scale = self.saved(dy)
        return dy * scale

    def at_inference(self) -> None:
        """Dropout does nothing at inference."""

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """The same number: dropout does nothing at inference."""
        return Explanation((Window.point(inputs[0], index),), (Step("the same value", None, float(output[index])),))

    def masks_gradient_at_zero(self, input_masked: bool) -> bool:
        """An output is zero where the input is zero, or where the mask stops the gradient."""
        return input_masked
