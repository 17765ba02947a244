"""The contract of a layer."""

from typing import Any, ClassVar

import numpy as np

from nn.deprecation import deprecated_alias
from nn.parameter import Parameter

Shape = tuple[int, ...]


class Layer:
    """One step of a network: checks shapes, keeps what ``backward`` needs, and calls the kernels.

    The order of life: the constructor takes the options; ``build`` fixes the shapes and draws the weights;
    then ``forward`` and ``backward`` in turns. Shapes are of one sample, without the batch axis.

    Attributes:
        name: unique in a model; ``Sequential`` gives it before ``build`` (``"conv2d_1"``).
        parameters: the trainable arrays, in a fixed order; empty before ``build``.
        statistics: arrays that belong to the weights but are not trained by gradients, such as running means.
        input_shape, output_shape: set by ``build``.
    """

    kind: ClassVar[str] = "layer"

    def __init__(self) -> None:
        self.name = self.kind
        self.parameters: tuple[Parameter, ...] = ()
        self.buffers: tuple[Parameter, ...] = ()
        self.input_shape: Shape = ()
        self.output_shape: Shape = ()
        self._kept: tuple[int, np.dtype, tuple[Any, ...]] | None = None

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON takes them."""
        return {}

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Fix the shapes and make the parameters.

        Args:
            input_shape: the shape of one input, such as ``(28, 28, 1)``.
            rng: draws the initial weights.
            dtype: of the parameters, float32 or float64.

        Returns:
            The shape of one output.

        Raises:
            ValueError: the layer can't take such an input; names the layer, what it expects and what it got.
        """
        self.input_shape = self.output_shape = tuple(input_shape)
        return self.output_shape

    def check(self) -> None:
        """ValueError if the layer's arrays hold what training never leaves there; for those that come from a file."""

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """The output (N, *output_shape) for ``x`` (N, *input_shape), in the dtype of ``x``.

        With ``training`` the layer keeps what ``backward`` needs, until then. Without, it keeps nothing and
        may be called from several threads.
        """
        raise NotImplementedError

    def infer(self, x: np.ndarray) -> np.ndarray:
        """``forward`` for prediction, of an ``x`` that is known to fit: C-contiguous, of the right shape and dtype.

        Layers override it where checking and keeping would take longer than reading a single image.
        """
        return self.forward(x)

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Write the gradient of each parameter and return the gradient by the input.

        Args:
            dy: the gradient of the loss by the last training ``forward``'s output, same shape.
            need_dx: False where nobody asks for the input's gradient, as in the first layer.

        Returns:
            dx, of the input's shape, or None without ``need_dx``.

        Raises:
            RuntimeError: no training ``forward`` came before, or its leavings are used up.
        """
        raise NotImplementedError

    def multiply_adds(self) -> int:
        """How many multiply-adds one sample's forward pass takes."""
        return 0

    def _check_input(self, x: np.ndarray) -> np.ndarray:
        """``x`` as a C-contiguous array, its shape and dtype checked."""
        if x.ndim != len(self.input_shape) + 1 or x.shape[1:] != self.input_shape:
            raise ValueError(f"{self.name}: expected input {batch_of(self.input_shape)}, got {x.shape}")
        if x.dtype.char not in "fd":
            raise ValueError(f"{self.name}: expected input of float32 or float64, got {x.dtype}")
        if self.parameters and x.dtype != self.parameters[0].value.dtype:
            expected = self.parameters[0].value.dtype
            raise ValueError(f"{self.name}: expected input of {expected}, as its parameters are, got {x.dtype}")
        return np.ascontiguousarray(x)

    def save_for_backward(self, x: np.ndarray, *values: Any) -> None:
        """Keep the values that ``backward`` will need, of the forward pass of ``x``."""
        self._kept = (len(x), x.dtype, values)

    def saved(self, dy: np.ndarray) -> tuple[Any, ...]:
        """``dy``, checked against the output and C-contiguous, and the values that ``forward`` kept; once."""
        if self._kept is None:
            raise RuntimeError(f"{self.name}: backward needs a forward with training=True before it, one for each")
        (count, dtype, values), self._kept = self._kept, None
        shape = (count, *self.output_shape)
        if dy.shape != shape or dy.dtype != dtype:
            raise ValueError(f"{self.name}: expected gradient {shape} {dtype}, got {dy.shape} {dy.dtype}")
        return np.ascontiguousarray(dy), *values

    statistics = deprecated_alias("statistics", "buffers")

    def __repr__(self) -> str:
        options = ", ".join(f"{key}={value!r}" for key, value in self.config().items())
        return f"{type(self).__name__}({options})"


def batch_of(shape: Shape) -> str:
    """The shape of a batch, as messages show it: ``(N, 28, 28, 1)``."""
    return f"(N, {', '.join(map(str, shape))})"
