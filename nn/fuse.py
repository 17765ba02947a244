"""Replaces sequences of layers by fused ones, which make one pass over memory."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nn import checks
from nn.layers.base import Layer

if TYPE_CHECKING:
    from nn.model import Sequential


def fuse(model: "Sequential") -> "Sequential":
    """The same network with sequences of layers replaced by fused ones that share the SAME ``Parameter`` objects.

    The result computes what ``model`` computes, and training either trains both. ``Layer.fuse_with`` of the first layer
    makes the fused one: see conv2d.py, conv_relu_pool.py, dense.py and batch_norm.py in ``nn/layers``.
    """
    if not hasattr(model, "from_layers"):
        raise ValueError(f"fuse: model: expected a Sequential, got {checks.shown(model)}")
    return model.from_layers(_fused(model.layers), model.input_shape, model.dtype)


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
