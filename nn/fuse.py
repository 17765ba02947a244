"""Runs of layers as one pass over memory."""

from collections.abc import Sequence

from nn.layers.base import Layer
from nn.model import Sequential


def fuse(model: Sequential) -> Sequential:
    """The same network with runs of layers replaced by fused ones that share the SAME ``Parameter`` objects.

    The result computes what ``model`` computes, and training either trains both. Each layer says what it can be fused
    with (``Layer.fuse_with``); a run that no fused layer covers stays as it is.
    """
    return Sequential.from_layers(_fused(model.layers), model.input_shape, model.dtype)


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
