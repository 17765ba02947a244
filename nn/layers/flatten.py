"""From images to vectors."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nn.layers.base import Layer, Shape
from nn.layers.explanation import Explanation, Index, Step, Window

if TYPE_CHECKING:
    from nn.layers.program import Program


class Flatten(Layer):
    """(N, A, B, ...) to (N, A B ...): the same numbers in the same order."""

    kind = "flatten"
    is_operation = True

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Fix the shapes; see ``Layer.build``."""
        return self._set_shapes(input_shape, (math.prod(input_shape),))

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """A view of ``x`` where possible."""
        x = self.check_input(x)
        if training:
            self.save_for_backward(x)
        return x.reshape(len(x), self.output_shape[0])

    def infer(self, x: np.ndarray) -> np.ndarray:
        """``forward`` without checks."""
        return x.reshape(len(x), self.output_shape[0])

    def add_steps(self, program: "Program") -> None:
        """None: the numbers stay where they are."""
        program.flatten()

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Reshape dy to the input's shape."""
        (dy,) = self.saved(dy)
        return dy.reshape(len(dy), *self.input_shape)

    def masks_gradient_at_zero(self, input_masked: bool) -> bool:
        """The same as for the input, because the outputs are the inputs."""
        return input_masked

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """The same number, at another index."""
        (x,), (place,) = inputs, index
        point = Window.point(x, tuple(int(number) for number in np.unravel_index(place, x.shape)))
        return Explanation((point,), (Step("the same value", None, float(output[index])),))
