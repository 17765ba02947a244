"""The operators of ONNX, as layers of ``nn``; see ``nn.imports.onnx``.

An operator is a function of the network, the name of its output, its attributes and its inputs. An input is a
``Value``, an array of the file, or None for an optional input that is absent.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nn.imports import elementwise
from nn.imports.builder import check_window
from nn.imports.elementwise import GRID
from nn.imports.onnx_constants import axes_of
from nn.imports.onnx_values import Network, Value, expect_value


def _expect_array(value: Any) -> np.ndarray:
    if not isinstance(value, np.ndarray):
        raise ValueError("expected weights in the file, got an output of the network")
    return value


def _unary(function: Callable[..., np.ndarray], *, is_activation: bool = False) -> Callable[..., Value]:
    """An elementwise operator. Before an activation, a layer computes the function of the operators so far."""

    def apply(network: Network, name: str, attributes: Mapping[str, Any], x: Any) -> Value:
        x = expect_value(x)
        before = elementwise.identify(x.function)
        if before is not None and (is_activation or before.operation != "affine"):
            x = network.resolve(x)
        with np.errstate(all="ignore"):
            return _with_function(x, function(x.function, attributes))

    return apply


def _with_function(x: Value, function: np.ndarray) -> Value:
    if (x.indices < 0).any():
        raise ValueError("of zeros of padding is not supported")
    return Value(x.node, x.indices, function)


def _binary(operation: Callable[[Any, Any], Any], operator: str) -> Callable[..., Value]:
    """An arithmetic operator on two activations, or on an activation and an array."""

    def apply(network: Network, name: str, attributes: Mapping[str, Any], a: Any, b: Any) -> Value:
        if isinstance(a, Value) and isinstance(b, Value):
            return both(network, name, a, b)
        value = expect_value(a if isinstance(a, Value) else b)
        array = _expect_array(b if isinstance(a, Value) else a).astype(np.float64)
        if array.size == 1:
            number = float(array.ravel()[0])
            with np.errstate(all="ignore"):
                function = operation(*((value.function, number) if value is a else (number, value.function)))
            return _with_function(value, function)
        if operator == "Pow" or (operator == "Div" and value is b):
            raise ValueError("expected one number")
        return affine(network, name, value, array, value is a)

    def both(network: Network, name: str, a: Value, b: Value) -> Value:
        same = a.node == b.node and np.array_equal(a.indices, b.indices)
        functions = [elementwise.identify(each.function) for each in (a, b)]
        if operator == "Add" and (not same or all(each and each.operation != "affine" for each in functions)):
            a, b = network.resolve(a), network.resolve(b)
            if a.indices.shape != b.indices.shape or not np.array_equal(a.indices, b.indices):
                raise ValueError("expected a sum of outputs of one shape and order")
            return network.value(name, network.builder.add(a.node, b.node), a.indices)
        if not same:
            raise ValueError("of two outputs: no layer of nn computes it")
        with np.errstate(all="ignore"):
            return _with_function(a, operation(a.function, b.function))

    def affine(network: Network, name: str, value: Value, array: np.ndarray, value_first: bool) -> Value:
        value = network.resolve(value)
        shape = value.indices.shape
        if array.ndim > len(shape):
            if any(size != 1 for size in array.shape[: array.ndim - len(shape)]):
                raise ValueError("expected one number for each channel")
            array = array.reshape(array.shape[array.ndim - len(shape) :])
        array = np.broadcast_to(array, shape)
        zero, one = np.zeros(shape), np.ones(shape)
        at_zero, at_one = (operation(*((number, array) if value_first else (array, number))) for number in (zero, one))
        _with_function(value, GRID)
        value, (scale, shift) = network.per_channel(value, at_one - at_zero, at_zero)
        node = network.builder.affine(value.node, scale, shift, fold=value.used_once)
        return network.value(name, node, value.indices)

    return apply


def _conv(network: Network, name: str, attributes: Mapping[str, Any], x: Any, kernel: Any, bias: Any = None) -> Value:
    kernel = _expect_array(kernel)
    node, zeros = network.image(x)
    if kernel.ndim != 4:
        raise ValueError(f"expected a kernel of four axes, got {kernel.ndim}")
    groups = attributes.get("group", 1)
    if groups != 1 and kernel.shape[:2] != (groups, 1):
        raise ValueError(f"group {groups}: expected 1, or a group of one kernel for each channel")
    if attributes.get("dilations", [1, 1]) != [1, 1]:
        raise ValueError(f"dilations {attributes['dilations']}: the convolutions of nn have none")
    stride = attributes.get("strides", [1, 1])
    pads: Any = attributes.get("pads", [0, 0, 0, 0])
    automatic = attributes.get("auto_pad", b"NOTSET")
    if automatic == b"SAME_UPPER" and not any(zeros):
        pads = "same"
    elif automatic == b"SAME_LOWER":
        raise ValueError("auto_pad SAME_LOWER: Conv2D of nn has only the other, SAME_UPPER")
    else:
        pads = [a + b for a, b in zip(pads, zeros, strict=True)]
    kernel = kernel.transpose(2, 3, 1, 0)
    bias = None if bias is None else _expect_array(bias)
    if groups != 1:
        return network.value(
            name, network.builder.depthwise_conv2d(node, kernel[:, :, 0], bias, stride=stride, pads=pads)
        )
    return network.value(name, network.builder.conv2d(node, kernel, bias, stride=stride, pads=pads))


def _pool(operation: str) -> Callable[..., Value]:
    def apply(network: Network, name: str, attributes: Mapping[str, Any], x: Any) -> Value:
        node, zeros = network.image(x)
        window, stride = attributes["kernel_shape"], attributes.get("strides", [1, 1])
        if any(attributes.get("dilations", [1, 1])[axis] != 1 for axis in (0, 1)):
            raise ValueError("dilations: the pooling layers of nn have none")
        check_window(window, stride)
        size = network.builder.shape(node)
        fits = all((size[axis] - window[axis]) % stride[axis] == 0 for axis in (0, 1))
        is_same = attributes.get("auto_pad", b"NOTSET").startswith(b"SAME") and not (fits and window == stride)
        if any(attributes.get("pads", [])) or any(zeros) or is_same or (attributes.get("ceil_mode") and not fits):
            raise ValueError("padding: the pooling layers of nn have none")
        return network.value(name, network.builder.pool(operation, node, window, stride))

    return apply


def _mean(network: Network, name: str, attributes: Mapping[str, Any], x: Any, axes: Any = None) -> Value:
    """``GlobalAveragePool``, and ``ReduceMean`` over the pixels."""
    value = network.resolve(expect_value(x))
    rank = value.indices.ndim + 1
    chosen = axes_of(attributes, axes) or tuple(range(2, rank))
    chosen = tuple(sorted(axis % rank for axis in chosen))
    kept = set(range(1, rank)) - set(chosen)
    shape = network.builder.shape(value.node)
    if 0 in chosen or len(shape) != 3 or rank != 4 or len(kept) != 1:
        raise ValueError("expected a mean over the height and the width of images")
    pixels = np.moveaxis(value.indices, kept.pop() - 1, -1).reshape(-1, shape[2])
    if not np.array_equal(np.sort(pixels, axis=0), np.arange(math.prod(shape)).reshape(-1, shape[2])):
        raise ValueError("expected a mean over the height and the width of images")
    indices = np.arange(shape[2])
    if attributes.get("keepdims", 1):
        indices = np.expand_dims(indices, tuple(axis - 1 for axis in chosen))
    return network.value(name, network.builder.global_avg_pool2d(value.node), indices)


def _gemm(network: Network, name: str, attributes: Mapping[str, Any], a: Any, b: Any, c: Any = None) -> Value:
    kernel = _expect_array(b)
    if attributes.get("transA"):
        raise ValueError("transA: no layer of nn transposes the batch")
    kernel = (kernel.T if attributes.get("transB") else kernel) * attributes.get("alpha", 1.0)
    bias = None if c is None else np.broadcast_to(_expect_array(c) * attributes.get("beta", 1.0), kernel.shape[1:])
    return _dense(network, name, a, kernel, bias)


def _dense(network: Network, name: str, x: Any, kernel: np.ndarray, bias: np.ndarray | None = None) -> Value:
    value = network.resolve(expect_value(x))
    size = math.prod(network.builder.shape(value.node))
    if value.indices.ndim != 1 or kernel.ndim != 2 or len(kernel) != len(value.indices):
        raise ValueError(f"expected vectors for the kernel {kernel.shape}, got (N, {value.indices.shape})")
    if not np.array_equal(np.sort(value.indices), np.arange(size)):
        raise ValueError("expected whole outputs of a layer")
    sorted_kernel = np.empty_like(kernel)
    sorted_kernel[value.indices] = kernel
    return network.value(name, network.builder.dense(value.node, sorted_kernel, bias))


def _batch_norm(network: Network, name: str, attributes: Mapping[str, Any], x: Any, *arrays: Any) -> Value:
    if attributes.get("training_mode"):
        raise ValueError("training_mode: expected a network that was exported for inference")
    value = network.resolve(expect_value(x))
    shape = value.indices.shape
    whole = [np.broadcast_to(_expect_array(each).reshape(-1, *[1] * (len(shape) - 1)), shape) for each in arrays]
    value, (gamma, beta, mean, variance) = network.per_channel(value, *whole)
    options = attributes.get("epsilon", 1e-5), attributes.get("momentum", 0.9)
    node = network.builder.batch_norm(value.node, *options, gamma=gamma, beta=beta, mean=mean, variance=variance)
    return network.value(name, node, value.indices)


def _softmax(network: Network, name: str, attributes: Mapping[str, Any], x: Any) -> Value:
    value = network.resolve(expect_value(x))
    if value.indices.ndim != 1:
        raise ValueError("expected the softmax of vectors")
    if attributes.get("axis", -1) not in (1, -1):
        raise ValueError(f"axis {attributes['axis']}: expected that of the classes")
    return Value(value.node, value.indices, is_softmax=True)


def _view(change: Callable[..., np.ndarray]) -> Callable[..., Value]:
    """An operator that only rearranges elements; ``change`` returns the new indices."""

    def apply(network: Network, name: str, attributes: Mapping[str, Any], x: Any, *arrays: Any) -> Value:
        value = expect_value(x)
        indices = change(value.indices, attributes, *(each if each is None else _expect_array(each) for each in arrays))
        return replace(value, indices=indices, used_once=value.used_once and network.is_used_once(name))

    return apply


def _transpose(indices: np.ndarray, attributes: Mapping[str, Any]) -> np.ndarray:
    axes = attributes.get("perm") or list(range(indices.ndim + 1))[::-1]
    if axes[0] != 0:
        raise ValueError("expected the batch as the first axis")
    return indices.transpose([axis - 1 for axis in axes[1:]])


def _reshape(indices: np.ndarray, attributes: Mapping[str, Any], shape: np.ndarray) -> np.ndarray:
    sizes = [int(size) for size in shape]
    if not attributes.get("allowzero"):
        sizes = [indices.shape[axis - 1] if axis and size == 0 else size for axis, size in enumerate(sizes)]
    rest = sizes[1:]
    if rest.count(-1) > 1 or any(size < -1 for size in rest):
        raise ValueError(f"expected a shape of images, got {sizes}")
    return indices.reshape(rest)


def _flatten(indices: np.ndarray, attributes: Mapping[str, Any]) -> np.ndarray:
    if attributes.get("axis", 1) not in (1, -indices.ndim):
        raise ValueError(f"axis {attributes['axis']}: expected 1")
    return indices.reshape(-1)


def _squeeze(indices: np.ndarray, attributes: Mapping[str, Any], axes: np.ndarray | None = None) -> np.ndarray:
    chosen = axes_of(attributes, axes)
    if chosen is None:
        return indices.reshape([size for size in indices.shape if size != 1])
    return np.squeeze(indices, tuple(_sample_axis(axis, indices.ndim + 1) for axis in chosen))


def _unsqueeze(indices: np.ndarray, attributes: Mapping[str, Any], axes: np.ndarray | None = None) -> np.ndarray:
    chosen = axes_of(attributes, axes) or ()
    return np.expand_dims(indices, tuple(_sample_axis(axis, indices.ndim + 1 + len(chosen)) for axis in chosen))


def _sample_axis(axis: int, rank: int) -> int:
    if axis % rank == 0:
        raise ValueError("expected the batch as the first axis")
    return axis % rank - 1


def _pad(
    indices: np.ndarray, attributes: Mapping[str, Any], pads: Any = None, value: Any = None, axes: Any = None
) -> np.ndarray:
    widths = [int(width) for width in (attributes["pads"] if pads is None else pads)]
    rank = indices.ndim + 1
    chosen = axes_of({}, axes) or tuple(range(rank))
    if attributes.get("mode", b"constant") != b"constant" or (value is not None and value.size and value.any()):
        raise ValueError("expected padding by zeros")
    if len(widths) != 2 * len(chosen) or min(widths) < 0 or max(widths) > 64:
        raise ValueError(f"expected padding by 0 to 64 rows and columns, got {widths}")
    pairs = [(0, 0)] * rank
    for number, axis in enumerate(chosen):
        pairs[axis] = widths[number], widths[number + len(chosen)]
    if pairs[0] != (0, 0):
        raise ValueError("expected no padding of the batch")
    return np.pad(indices, pairs[1:], constant_values=-1)


def _cast(indices: np.ndarray, attributes: Mapping[str, Any]) -> np.ndarray:
    if attributes["to"] not in (1, 10, 11, 16):
        raise ValueError("expected a cast to floats")
    return indices


def _leaky(values: np.ndarray, attributes: Mapping[str, Any]) -> np.ndarray:
    return np.where(values > 0, values, attributes.get("alpha", 0.01) * values)


def _prelu(network: Network, name: str, attributes: Mapping[str, Any], x: Any, slope: Any) -> Value:
    slope = _expect_array(slope)
    if slope.size and not (slope == slope.ravel()[0]).all():
        raise ValueError("a slope for each channel: LeakyReLU of nn has one slope")
    return _unary(_leaky, is_activation=True)(network, name, {"alpha": float(slope.ravel()[0])}, x)


def _clip(
    network: Network, name: str, attributes: Mapping[str, Any], x: Any, low: Any = None, high: Any = None
) -> Value:
    low = float(attributes.get("min", -np.inf) if low is None else low)
    high = float(attributes.get("max", np.inf) if high is None else high)
    return _unary(lambda values, _: np.clip(values, low, high), is_activation=True)(network, name, attributes, x)


#: The operators that only rearrange elements.
VIEWS: dict[str, Callable[..., Value]] = {
    "Cast": _view(_cast),
    "Flatten": _view(_flatten),
    "Dropout": _view(lambda indices, attributes, *options: indices),
    "Identity": _view(lambda indices, attributes: indices),
    "Pad": _view(_pad),
    "Reshape": _view(_reshape),
    "Squeeze": _view(_squeeze),
    "Transpose": _view(_transpose),
    "Unsqueeze": _view(_unsqueeze),
}

#: The operators on activations.
OPERATORS: dict[str, Callable[..., Value]] = {
    **VIEWS,
    "Add": _binary(lambda a, b: a + b, "Add"),
    "AveragePool": _pool("avg_pool2d"),
    "BatchNormalization": _batch_norm,
    "Clip": _clip,
    "Conv": _conv,
    "Div": _binary(lambda a, b: a / b, "Div"),
    "Erf": _unary(lambda values, _: elementwise.erf(values)),
    "Erfc": _unary(lambda values, _: 1 - elementwise.erf(values)),
    "Gelu": _unary(lambda values, options: elementwise.gelu(values, options.get("approximate") == b"tanh")),
    "Gemm": _gemm,
    "GlobalAveragePool": _mean,
    "LeakyRelu": _unary(_leaky, is_activation=True),
    "LogSoftmax": _softmax,
    "MatMul": lambda network, name, attributes, a, b: _dense(network, name, a, _expect_array(b)),
    "MaxPool": _pool("max_pool2d"),
    "Mul": _binary(lambda a, b: a * b, "Mul"),
    "Neg": _unary(lambda values, _: -values),
    "PRelu": _prelu,
    "Pow": _binary(lambda a, b: a**b, "Pow"),
    "ReduceMean": _mean,
    "Relu": _unary(lambda values, _: np.maximum(values, 0), is_activation=True),
    "Sigmoid": _unary(lambda values, _: elementwise.sigmoid(values), is_activation=True),
    "Softmax": _softmax,
    "Sub": _binary(lambda a, b: a - b, "Sub"),
    "Tanh": _unary(lambda values, _: np.tanh(values)),
}
