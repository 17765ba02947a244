"""Replaces sequences of layers by fused ones, which make one pass over memory."""

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nn import checks
from nn.layers.base import Layer, Shape
from nn.layers.chain import infer_all
from nn.layers.program import Program
from nn.ops import backend
from nn.parameter import Parameter

if TYPE_CHECKING:
    from nn.model import Sequential

#: Multiply-adds of an image below which one thread computes it, where no program does.
SMALL = 9 << 20

_parameters = operator.attrgetter("parameters")


def fuse(model: "Sequential") -> "Sequential":
    """The same network with sequences of layers replaced by fused ones that share the SAME ``Parameter`` objects.

    The result computes what ``model`` computes, and training either trains both. ``Layer.fuse_with`` of the first layer
    makes the fused one: see conv2d.py, conv_relu_pool.py, dense.py and batch_norm.py in ``nn/layers``.
    """
    if not hasattr(model, "from_layers"):
        raise ValueError(f"fuse: model: expected a Sequential, got {checks.shown(model)}")
    return model.from_layers(_fused(model.layers), model.input_shape, model.dtype)


class InferenceLayers:
    """The layers of a network as inference runs them: fused, batch normalization folded, dropout left out.

    Their ``Parameter`` objects are those of the network and are read at each call: no copy of the weights can be out of
    date. One thread at a time may run them, because folded weights are written to arrays of the layers.

    Args:
        layers: the network's own list.
        shape, dtype: of an image.

    Attributes:
        fused: the layers to run.
        is_small: whether a second thread costs more than it gains for one image.
    """

    _program: Program | None = None

    def __init__(self, layers: Sequence[Layer], shape: Shape, dtype: Any) -> None:
        self._sources: list[tuple[Sequence[Layer], list[Layer], list[tuple[Parameter, ...]]]] = []
        self.fused = self._fused(layers)
        self._input = shape, np.dtype(dtype)
        self._image_shape = (1, *shape)
        self.is_small = sum(layer.multiply_adds() for layer in self.fused) < SMALL
        self._has_program = len(self.fused[-1].output_shape) == 1

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The logits (N, *output_shape) for valid images ``x``."""
        program = self.program(x)
        return infer_all(self.fused, x) if program is None else program(x)

    def program(self, x: np.ndarray) -> Program | None:
        """What computes ``x``, one valid image, in one call; None if nothing does."""
        if x.shape != self._image_shape or x.dtype != self._input[1] or not x.flags.c_contiguous:
            return None
        if not self._has_program or backend.current() != "numba":
            return None
        if self._program is None or not self._program.is_current():
            try:
                self._program = Program(self.fused, *self._input)
            except NotImplementedError:
                self._has_program = False
                return None
        return self._program

    def are_current(self) -> bool:
        """Whether the network, its blocks included, still has the same layers with the same ``Parameter`` objects."""
        for now, layers, parameters in self._sources:
            if now != layers or list(map(_parameters, now)) != parameters:
                return False
        return True

    def _fused(self, layers: Sequence[Layer]) -> list[Layer]:
        self._sources.append((layers, list(layers), list(map(_parameters, layers))))
        kept: list[Layer] = []
        for layer in layers:
            if kept and (folded := kept[-1].fold_at_inference(layer)) is not None:
                kept[-1] = folded
            elif (used := layer.at_inference()) is not None:
                kept.append(used.map_branches(self._fused))
        return _fused(kept)


def _fused(layers: Sequence[Layer]) -> list[Layer]:
    result: list[Layer] = []
    start, masked = 0, False
    while start < len(layers):
        layer, count = layers[start].fuse_with(layers[start + 1 :]) or (layers[start], 0)
        if masked:
            layer = layer.after_relu()
        masked = layer.masks_gradient_at_zero(masked)
        result.append(layer.map_branches(_fused))
        start += 1 + count
    return result
