"""Inside a network: its activations, and which pixels support a prediction (saliency and occlusion maps).

A network is inspected at inference: dropout does nothing, batch normalization uses its running mean and variance, and
no array of the network changes.
"""

import copy
import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from nn import checks
from nn.deprecation import deprecated_names
from nn.images import to_unit
from nn.layers.base import Layer
from nn.layers.chain import backward_all, forward_all
from nn.model import Sequential
from nn.ops import backend
from nn.parameter import Parameter


def activations(model: Sequential, images: np.ndarray) -> dict[str, np.ndarray]:
    """The output of each layer, by the layer's name and in the layers' order.

    Args:
        model: plain, folded or fused. A fused layer, or one that holds layers, only has its final output here.
        images: as ``Sequential.predict`` takes them, (N, H, W, C).

    Returns:
        (N, *output_shape) arrays of the model's dtype; the last are the logits (N, classes).
    """
    x = to_unit(model.as_batch(images), model.dtype)
    result = {}
    with backend.lock:
        for layer in model.layers:
            x = layer.infer(x)
            result[layer.name] = x
    return result


def saliency_map(model: Sequential, images: np.ndarray, label: int) -> np.ndarray:
    """The gradient of the logit of ``label`` with respect to each pixel: positive where more ink would raise it.

    Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2013, section 3.

    Args:
        model: any network, fused or not.
        images: as ``Sequential.predict`` takes them.
        label: the logit's number.

    Returns:
        (N, H, W, C) of the model's dtype.

    Raises:
        ValueError: there is no such logit.
    """
    _check_label(model, label)
    x = to_unit(model.as_batch(images), model.dtype)
    # Frozen copies of the layers that share the arrays, so that the model does not change.
    shared: dict[int, Parameter] = {id(array): array.frozen() for array in model.parameters + model.buffers}
    layers = _at_inference(copy.deepcopy(model.layers, shared))
    with backend.lock:
        gradient = np.zeros_like(forward_all(layers, x, training=True))
        gradient[:, label] = 1
        saliency = backward_all(layers, gradient, need_dx=True)
    assert saliency is not None
    return saliency


def _at_inference(layers: Sequence[Layer]) -> list[Layer]:
    kept = (layer.at_inference() for layer in layers)
    return [layer.map_branches(_at_inference) for layer in kept if layer is not None]


def occlusion_map(
    model: Sequential, image: np.ndarray, label: int, *, size: int = 6, stride: int = 2, batch_size: int = 16
) -> np.ndarray:
    """The decrease of the logit of ``label`` when the ink around each pixel is covered; negative where it increases.

    A square of background slides over the image. At each position the network predicts the covered image, and the
    decrease counts for the pixels under the square. Zeiler and Fergus, "Visualizing and Understanding Convolutional
    Networks", 2014, section 4.2.

    Args:
        model: any network.
        image: (H, W) or (H, W, C), floats in [0, 1] or uint8.
        label: the logit's number.
        size: side of the square, in pixels.
        stride: pixels from one position to the next.
        batch_size: covered images per prediction.

    Returns:
        (H, W): the mean decrease over all squares that cover a pixel; 0 where none of them covers ink.

    Raises:
        ValueError: there is no such logit, or the image does not fit.
    """
    *_, last = occlusion_map_steps(model, image, label, size=size, stride=stride, batch_size=batch_size)
    return last


def occlusion_map_steps(
    model: Sequential, image: np.ndarray, label: int, *, size: int = 6, stride: int = 2, batch_size: int = 16
) -> Iterator[np.ndarray]:
    """``occlusion_map``, batch by batch: each value is the map of the squares so far, the last one of all squares."""
    _check_label(model, label)
    size, stride = checks.integer("size", size, 1), checks.integer("stride", stride, 1)
    batch_size = checks.integer("batch_size", batch_size, 1)
    x = to_unit(model.as_batch(checks.array("image", image)[None])[0], model.dtype)
    squares = _squares(x, size, stride)
    decrease = np.zeros(x.shape[:2], x.dtype)
    count = np.zeros(x.shape[:2], np.int64)
    if squares:
        before = model.infer(x[None])[0, label]
    for first in range(0, len(squares), batch_size):
        batch = squares[first : first + batch_size]
        covered = np.repeat(x[None], len(batch), axis=0)
        for picture, (rows, columns) in zip(covered, batch, strict=True):
            picture[rows, columns] = 0
        for after, (rows, columns) in zip(model.infer(covered)[:, label], batch, strict=True):
            decrease[rows, columns] += before - after
            count[rows, columns] += 1
        yield decrease / np.maximum(count, 1)
    if not squares:
        yield decrease


def _squares(image: np.ndarray, size: int, stride: int) -> list[tuple[slice, slice]]:
    """The squares that cover some ink; they extend beyond the edges, so that all pixels are covered equally often."""
    squares = []
    for top in range(1 - size + (size - 1) % stride, image.shape[0], stride):
        for left in range(1 - size + (size - 1) % stride, image.shape[1], stride):
            square = slice(max(top, 0), top + size), slice(max(left, 0), left + size)
            if image[square].any():
                squares.append(square)
    return squares


def _check_label(model: Sequential, label: int) -> None:
    (classes,) = model.output_shape
    checks.integer("label", label, 0, classes - 1)


def first_convolution(model: Sequential) -> tuple[str, np.ndarray] | None:
    """The name of the layer that shows the first convolution, and the kernel (KH, KW, C, filters); None without one.

    The layer is the last of the element-wise ones that follow the convolution, such as batch normalization and ReLU.
    Its output is the input of the next layer.
    """
    for index, layer in enumerate(model.layers):
        if layer.role == "convolution":
            following = itertools.takewhile(lambda each: each.is_elementwise, model.layers[index + 1 :])
            return [layer, *following][-1].name, layer.parameters[0].value
    return None


def first_pooling(model: Sequential) -> str | None:
    """The name of the first pooling layer; None without one."""
    return next((layer.name for layer in model.layers if layer.role == "pooling"), None)


def last_hidden(model: Sequential) -> str | None:
    """The name of the layer whose vector the last dense layer reads; None if that is the image itself."""
    *before, last = model.layers
    if not before or last.role != "dense" or before[-1].output_shape == model.input_shape:
        return None
    return before[-1].name


_RENAMED = {"input_gradient": "saliency_map", "occlusion": "occlusion_map", "occlusion_steps": "occlusion_map_steps"}
__getattr__ = deprecated_names(__name__, _RENAMED)
