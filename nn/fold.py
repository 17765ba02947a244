"""Batch normalization folded into the weights of the layer before it, for inference."""

import copy
from collections.abc import Sequence

from nn import checks
from nn.deprecation import deprecated_names
from nn.fuse import fuse
from nn.layers.base import Layer
from nn.model import Sequential


def fold_batch_norm(model: Sequential) -> Sequential:
    """A network that makes the same predictions as ``model``, with fewer layers and with its own weights.

    At inference batch normalization is a scale and a shift of each channel. After a convolution or a dense layer, it
    becomes part of that layer's weights: with s = gamma / sqrt(var + ε),

        kernel <- kernel s,    bias <- (bias - mean) s + beta

    (Jacob et al., "Quantization and training of neural networks", 2018, section 3.2). Dropout, which does nothing at
    inference, is left out. Later changes of ``model`` do not change the result.
    """
    model = checks.instance("fold_batch_norm: model", model, Sequential)
    return Sequential.from_layers(_folded(copy.deepcopy(model.layers)), model.input_shape, model.dtype)


def optimize_for_inference(model: Sequential) -> Sequential:
    """``model``, folded and fused: the same predictions in the shortest time."""
    return fuse(fold_batch_norm(model))


def _folded(layers: Sequence[Layer]) -> list[Layer]:
    result: list[Layer] = []
    for layer in layers:
        affine = layer.channel_affine()
        if affine is not None and result and result[-1].absorb_affine(affine):
            continue
        if (kept := layer.at_inference()) is not None:
            result.append(kept.map_branches(_folded))
    return result


__getattr__ = deprecated_names(__name__, {"fold": "fold_batch_norm", "for_prediction": "optimize_for_inference"})
