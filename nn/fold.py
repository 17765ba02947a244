"""Batch normalization folded into the weights before it, for prediction."""

import copy

import numpy as np

from nn.deprecation import deprecated_names
from nn.fuse import fuse
from nn.layers import BatchNorm, Conv2D, Dense, Dropout, Layer
from nn.model import Sequential
from nn.parameter import Parameter


def fold_batch_norm(model: Sequential) -> Sequential:
    """A network that predicts what ``model`` predicts, with fewer layers and weights of its own.

    At prediction batch normalization is a scale and a shift for each channel, so those behind a convolution or a dense
    layer become part of its weights: with s = gamma / sqrt(var + ε),

        kernel <- kernel s,    bias <- (bias - mean) s + beta

    (Jacob et al., "Quantization and training of neural networks", 2018, section 3.2). Dropout, which does nothing at
    prediction, is left out. Later changes of ``model`` do not reach the result.
    """
    layers: list[Layer] = []
    for layer in model.layers:
        if isinstance(layer, BatchNorm) and layers and isinstance(layers[-1], Conv2D | Dense):
            _fold_into(layers[-1], layer)
        elif not isinstance(layer, Dropout):
            layers.append(_with_own_weights(layer))
    return Sequential.from_layers(layers, model.input_shape, model.dtype)


def optimize_for_inference(model: Sequential) -> Sequential:
    """``model``, folded and fused: the quickest way to the same answers."""
    return fuse(fold_batch_norm(model))


def _with_own_weights(layer: Layer) -> Layer:
    """A copy of the layer; of a convolution or a dense layer, whose weights may change, with copies of its weights."""
    layer = copy.copy(layer)
    if isinstance(layer, Conv2D | Dense):
        _set_weights(layer, layer.kernel.value.copy(), layer.bias.value.copy())
    return layer


def _fold_into(layer: Conv2D | Dense, norm: BatchNorm) -> None:
    with np.errstate(over="ignore", invalid="ignore"):  # the network's output will tell
        scale = norm.gamma.value / np.sqrt(norm.variance.value + norm.variance.value.dtype.type(norm.epsilon))
        bias = (layer.bias.value - norm.mean.value) * scale + norm.beta.value
        _set_weights(layer, layer.kernel.value * scale, bias)  # a kernel's outputs are its last axis


def _set_weights(layer: Conv2D | Dense, kernel: np.ndarray, bias: np.ndarray) -> None:
    layer.kernel = Parameter(layer.kernel.name, kernel)
    layer.bias = Parameter(layer.bias.name, bias)
    layer.parameters = (layer.kernel, layer.bias)


__getattr__ = deprecated_names(
    __name__, {"fold": "nn.fold:fold_batch_norm", "for_prediction": "nn.fold:optimize_for_inference"}
)
