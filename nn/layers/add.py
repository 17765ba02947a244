"""The residual block: the sum of two branches of layers."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from nn import checks
from nn.layers.base import Layer, Shape, StepSource
from nn.layers.chain import backward_all, build_all, export_all, forward_all, infer_all, trace_all
from nn.layers.description import describe, make_layers
from nn.layers.explanation import Explanation, Index, Step, Window
from nn.ops import add
from nn.ops.memory import empty

if TYPE_CHECKING:
    from nn.export.graph import Graph
    from nn.trace import Trace

#: The maximum depth of nested blocks.
MAX_DEPTH = 8


class Add(Layer):
    """y = layers(x) + shortcut(x), a residual block. He et al., "Deep residual learning", 2016.

    The layers inside are named after the block: ``add_1/conv2d_1``, ``add_1/shortcut/conv2d_1``. Freezing, batch
    normalization, dropout, fusing and folding work inside a block as in a network.

    Args:
        layers: one or more, one after another.
        shortcut: layers on the other branch, such as a 1x1 convolution that changes the number of channels; the input
            itself unless given.

    >>> import numpy as np
    >>> from nn import Conv2D, ReLU, Sequential
    >>> block = Add([Conv2D(8, padding="same"), ReLU()], shortcut=[Conv2D(8, 1)])
    >>> model = Sequential([block, ReLU()], (28, 28, 1))
    >>> model.parameters[0].name, model.output_shape
    ('add_1/conv2d_1/kernel', (28, 28, 8))
    """

    kind = "add"
    steps_in_backward = True

    def __init__(self, layers: Sequence[Layer], shortcut: Sequence[Layer] | None = None) -> None:
        super().__init__()
        self._set_branches(
            checks.sequence("Add: layers", layers, Layer),
            checks.sequence("Add: shortcut", shortcut or [], Layer, empty=True),
        )
        if _depth(self) > MAX_DEPTH:
            raise ValueError(f"Add: expected blocks nested at most {MAX_DEPTH} deep, got more")

    def _set_branches(self, layers: list[Layer], shortcut: list[Layer]) -> None:
        self.layers, self.shortcut = layers, shortcut
        self.sublayers = (*layers, *shortcut)
        self.parameters = tuple(parameter for layer in self.sublayers for parameter in layer.parameters)
        self.buffers = tuple(buffer for layer in self.sublayers for buffer in layer.buffers)

    def config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"layers": describe(self.layers), "shortcut": describe(self.shortcut) or None}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new block of new layers."""
        branches: Mapping[str, Any] = {key: value and make_layers(value) for key, value in config.items()}
        return cls(**branches)

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Build both branches; see ``Layer.build``."""
        dtype = np.dtype(dtype)
        shape = build_all(self.layers, input_shape, rng, dtype, f"{self.name}/")
        other = build_all(self.shortcut, input_shape, rng, dtype, f"{self.name}/shortcut/")
        if shape != other:
            raise ValueError(f"{self.name}: expected branches of the same output, got {shape} and shortcut {other}")
        self._set_branches(self.layers, self.shortcut)
        return self._set_shapes(input_shape, shape)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """(N, *input_shape) to (N, *output_shape)."""
        x = self.check_input(x)
        y = _sum(forward_all(self.layers, x, training), forward_all(self.shortcut, x, training))
        if training:
            self.save_for_backward(x)
        return y

    def infer(self, x: np.ndarray) -> np.ndarray:
        """``forward`` without checks."""
        return _sum(infer_all(self.layers, x), infer_all(self.shortcut, x))

    def backward(self, dy: np.ndarray, need_dx: bool = True, optimizer: StepSource | None = None) -> np.ndarray | None:
        """Write the gradients of all parameters, or with an ``optimizer`` make steps; return dx."""
        (dy,) = self.saved(dy)
        dx = backward_all(self.layers, dy, need_dx, optimizer)
        other = backward_all(self.shortcut, dy, need_dx, optimizer)
        return None if dx is None or other is None else _sum(dx, other)

    def map_branches(self, change: Callable[[Sequence[Layer]], list[Layer]]) -> "Add":
        """A block of the changed branches."""
        changed = copy.copy(self)
        changed._set_branches(change(self.layers), change(self.shortcut))
        return changed

    def export(self, graph: "Graph", x: str) -> str:
        """The nodes of both branches, and their sum."""
        branches = export_all(self.layers, graph, x), export_all(self.shortcut, graph, x)
        return graph.add(self.name, self.kind, branches, self.output_shape)

    def trace(self, trace: "Trace", x: str) -> str:
        """The outputs of both branches, and their sum."""
        branches = trace_all(self.layers, trace, x), trace_all(self.shortcut, trace, x)
        return trace.add(self, branches, _sum(*(trace[name].batch for name in branches)))

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """The sum of the outputs of both branches."""
        windows = tuple(Window.cut(x, index, (1,) * x.ndim, np.ones((1,) * x.ndim)) for x in inputs)
        first, second = (float(x[index]) for x in inputs)
        steps = Step("of the layers", None, first), Step("+ of the shortcut", second, first + second)
        return Explanation(windows, steps)

    def __repr__(self) -> str:
        return f"Add({self.layers!r}, shortcut={self.shortcut or None!r})"


def _sum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    y = empty(a.shape, a.dtype)
    add.forward(np.ascontiguousarray(a), np.ascontiguousarray(b), y)
    return y


def _depth(layer: Layer) -> int:
    return 1 + max((_depth(each) for each in layer.sublayers), default=0)
