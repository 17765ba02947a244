"""ONNX files of our own, files as other exporters write them, and files that are damaged or ask for too much."""

import contextlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nn import CheckpointError, zoo
from nn.export import export_model
from nn.export.onnx_schema import ONNX
from nn.export.protobuf import encode
from nn.imports import import_model
from nn.imports.onnx_values import input_indices
from tests.nn.export.networks import SHIPPED, TOLERANCE, images, of_case, set_weights, shipped
from tests.nn.layers.test_layers import CASES

SCRIPTS = Path(__file__).parents[3] / "scripts"


@pytest.mark.parametrize("name", SHIPPED)
def test_our_own_files(name, tmp_path, rng):
    source = shipped(name)
    x = images(source.model, rng)
    for to in ("onnx", "onnx-int8"):
        export_model(source.model, tmp_path / "network.onnx", to, source.meta)
        imported = import_model(tmp_path / "network.onnx")
        np.testing.assert_allclose(imported.model.forward(x), source.model.forward(x), rtol=0, atol=TOLERANCE)
        assert imported.meta == source.meta | {"imported": "network.onnx"}


@pytest.mark.parametrize("case", CASES)
def test_every_layer(case, tmp_path, rng):
    model = of_case(case, rng)
    export_model(model, tmp_path / "network.onnx", "onnx")
    if case == "dropout":
        pytest.skip("nothing is left of it")
    found = import_model(tmp_path / "network.onnx").model
    x = rng.normal(size=(3, *model.input_shape)).astype(np.float32)
    logits = found.forward(x.reshape(3, *found.input_shape)).reshape(3, *model.output_shape)
    np.testing.assert_allclose(logits, model.forward(x), rtol=0, atol=TOLERANCE)


class File:
    """A file of ONNX, operator by operator."""

    def __init__(self, *shape):
        self.nodes, self.tensors, self.shape, self.outputs = [], [], shape, ["y"]

    def add(self, operator, inputs, output, domain="", **attributes):
        kinds = {float: "f", int: "i", list: "ints", bytes: "s", dict: "t"}
        entries = [{"name": name, kinds[type(value)]: value} for name, value in attributes.items()]
        names = [each if isinstance(each, str) else self.constant(each) for each in inputs]
        node = {"op_type": operator, "input": names, "output": output, "domain": domain, "attribute": entries}
        self.nodes.append(node)
        return output

    def constant(self, array):
        array = np.asarray(array)
        array = array.astype(np.int64 if array.dtype.kind == "i" else np.float32)
        name = f"constant_{len(self.tensors)}"
        self.tensors.append({**tensor(array), "name": name})
        return name

    def write(self, path):
        dimensions = [{"dim_param": "N"}, *({"dim_value": size} for size in self.shape)]
        of_input = {"name": "x", "type": {"tensor_type": {"elem_type": 1, "shape": {"dim": dimensions}}}}
        graph = {"node": self.nodes, "initializer": self.tensors, "input": of_input}
        graph["output"] = [{"name": name} for name in self.outputs]
        path.write_bytes(encode(ONNX, "Model", {"ir_version": 7, "graph": graph}))
        return path


def tensor(array):
    return {"dims": list(array.shape), "data_type": {"f": 1, "i": 7}[array.dtype.kind], "raw_data": array.tobytes()}


@pytest.fixture
def weights(rng):
    """Of a convolution of 3 channels to 4."""
    return {
        "kernel": rng.normal(size=(4, 3, 3, 3)),
        "bias": rng.normal(size=4),
    }


def check(path, x, outputs):
    """The imported network answers ``outputs`` for ``x`` (N, C, H, W)."""
    model = import_model(path).model
    found = model.forward(np.ascontiguousarray(np.moveaxis(x, 1, -1)).reshape(len(x), *model.input_shape))
    np.testing.assert_allclose(found, outputs, rtol=1e-4, atol=1e-4)
    return model


def conv_reference(x, kernel, stride=1):
    """A plain convolution, (N, C, H, W)."""
    view = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwuv,fcuv->nfhw", view, kernel)


@pytest.mark.parametrize("order", ["channels first", "channels last"])
def test_flatten_in_both_orders(order, weights, tmp_path, rng):
    file = File(3, 6, 6)
    y = file.add("Conv", ["x", weights["kernel"], weights["bias"]], "conv")
    y = file.add("Relu", [y], "relu")
    dense = rng.normal(size=(64, 5))
    if order == "channels last":
        y = file.add("Transpose", [y], "last", perm=[0, 2, 3, 1])
    y = file.add("Reshape", [y, np.array([-1, 64])], "flat")
    file.add("MatMul", [y, dense], "y")
    x = rng.normal(size=(3, 3, 6, 6)).astype(np.float32)
    pixels = np.maximum(conv_reference(x, weights["kernel"]) + weights["bias"][:, None, None], 0)
    if order == "channels last":
        pixels = np.moveaxis(pixels, 1, -1)
    check(file.write(tmp_path / "a.onnx"), x, pixels.reshape(3, 64) @ dense)


def test_as_keras_exports_it(weights, tmp_path, rng):
    """Images are transposed around every convolution, casts do nothing, and biases are sums of their own."""
    file = File(6, 6, 3)
    y = file.add("Cast", ["x"], "cast", to=1)
    y = file.add("Transpose", [y], "first", perm=[0, 3, 1, 2])
    y = file.add("Conv", [y, weights["kernel"]], "conv", dilations=[1, 1], group=1, strides=[1, 1])
    y = file.add("Transpose", [y], "last", perm=[0, 2, 3, 1])
    y = file.add("Add", [y, weights["bias"].reshape(1, 1, 1, 4)], "biased")
    y = file.add("Relu", [y], "relu")
    shape = file.add("Shape", [y], "shape")
    batch = file.add("Slice", [shape, np.array([0]), np.array([1]), np.array([0])], "batch")
    target = file.add("Concat", [batch, np.array([-1])], "target", axis=0)
    y = file.add("Reshape", [y, target], "flat")
    dense, bias = rng.normal(size=(64, 5)), rng.normal(size=5)
    y = file.add("MatMul", [y, dense], "product")
    y = file.add("Add", [y, bias], "logits")
    file.add("Softmax", [y], "y", axis=-1)
    x = rng.normal(size=(3, 3, 6, 6)).astype(np.float32)
    pixels = np.maximum(conv_reference(x, weights["kernel"]) + weights["bias"][:, None, None], 0)
    model = check(file.write(tmp_path / "a.onnx"), x, np.moveaxis(pixels, 1, -1).reshape(3, 64) @ dense + bias)
    assert [layer.kind for layer in model.layers] == ["conv2d", "relu", "flatten", "dense"]


def test_a_bias_that_one_of_two_branches_has(tmp_path, rng):
    """The sum must not become part of a layer whose output is used elsewhere."""
    file = File(1, 4, 4)
    kernel, bias = rng.normal(size=(2, 1, 1, 1)), np.array([3.0, -5.0]).reshape(2, 1, 1)
    y = file.add("Conv", ["x", kernel], "conv")
    file.add("Transpose", [y], "last", perm=[0, 2, 3, 1])
    a = file.add("Relu", [file.add("Add", [file.add("Transpose", ["last"], "b", perm=[0, 3, 1, 2]), bias], "c")], "d")
    a = file.add("Conv", [a, np.eye(2).reshape(2, 2, 1, 1)], "e")
    file.add("Flatten", [file.add("Add", [a, y], "sum")], "flat")
    file.add("MatMul", ["flat", np.eye(32)], "y")
    x = rng.normal(size=(2, 1, 4, 4)).astype(np.float32)
    z = conv_reference(x, kernel)
    check(file.write(tmp_path / "a.onnx"), x, (np.maximum(z + bias, 0) + z).reshape(2, -1))


def test_zeros_around_a_strided_convolution(tmp_path, rng):
    file = File(1, 6, 6)
    kernel = rng.normal(size=(2, 1, 3, 3))
    y = file.add("Pad", ["x", np.array([0, 0, 0, 0, 0, 0, 1, 1])], "padded")
    y = file.add("Conv", [y, kernel], "conv", strides=[2, 2])
    file.add("GlobalAveragePool", [y], "mean")
    file.add("Flatten", ["mean"], "y")
    x = rng.normal(size=(2, 1, 6, 6)).astype(np.float32)
    padded = np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 1)))
    check(file.write(tmp_path / "a.onnx"), x, conv_reference(padded, kernel, 2).mean((2, 3)))


GELU = {
    "erf": lambda file: [
        file.add("Div", ["x", 2**0.5], "a"), file.add("Erf", ["a"], "b"), file.add("Add", ["b", 1.0], "c"),
        file.add("Mul", ["x", "c"], "d"), file.add("Mul", ["d", 0.5], "act"),
    ],
    "erfc": lambda file: [
        file.add("Neg", ["x"], "a"), file.add("Mul", ["a", 0.5**0.5], "b"), file.add("Erfc", ["b"], "c"),
        file.add("Mul", [0.5, "x"], "d"), file.add("Mul", ["d", "c"], "act"),
    ],
    "operator": lambda file: [file.add("Gelu", ["x"], "act")],
    "tanh": lambda file: [
        file.add("Pow", ["x", 3.0], "a"), file.add("Mul", ["a", 0.044715], "b"), file.add("Add", ["x", "b"], "c"),
        file.add("Mul", ["c", (2 / np.pi) ** 0.5], "d"), file.add("Tanh", ["d"], "e"), file.add("Add", ["e", 1.0], "f"),
        file.add("Mul", ["x", 0.5], "g"), file.add("Mul", ["g", "f"], "act"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("way", GELU)
def test_ways_to_write_gelu(way, tmp_path):
    file = File(7)
    GELU[way](file)
    file.add("MatMul", ["act", np.eye(7)], "y")
    layers = import_model(file.write(tmp_path / "a.onnx")).model.layers
    assert [layer.kind for layer in layers] == ["gelu", "dense"]
    assert layers[0].approximate == (way == "tanh")


def test_normalized_images(tmp_path, rng):
    file = File(1, 3, 3)
    y = file.add("Div", [file.add("Sub", ["x", 0.1307], "a"), 0.3081], "b")
    file.add("Gemm", [file.add("Flatten", [y], "c"), rng.normal(size=(2, 9)), np.zeros(2)], "y", transB=1)
    model = import_model(file.write(tmp_path / "a.onnx")).model
    assert [layer.kind for layer in model.layers] == ["batch_norm", "flatten", "dense"]
    zero = model.layers[0].forward(np.full((1, 3, 3, 1), 0.1307, np.float32))
    np.testing.assert_allclose(zero, 0, atol=1e-6)


def test_images_of_0_to_255(tmp_path):
    file = File(3, 3, 1)
    y = file.add("Mul", ["x", 1 / 255], "a")
    file.add("MatMul", [file.add("Reshape", [y, np.array([0, -1])], "b"), np.eye(9)], "y")
    imported = import_model(file.write(tmp_path / "a.onnx"))
    assert [layer.kind for layer in imported.model.layers] == ["flatten", "dense"]
    assert "0 to 255" in imported.notes[0]


def test_a_grouped_convolution_with_a_bias(tmp_path, rng):
    """The bias becomes batch normalization, as a depthwise convolution has none."""
    file, kernel, bias = File(3, 6, 6), rng.normal(size=(3, 1, 3, 3)), rng.normal(size=3)
    y = file.add("Conv", ["x", kernel, bias], "conv", group=3, pads=[1, 1, 1, 1])
    file.add("Relu", [y], "y")
    model = import_model(file.write(tmp_path / "network.onnx")).model
    assert [layer.kind for layer in model.layers] == ["depthwise_conv2d", "batch_norm", "relu"]
    x = rng.random((2, 6, 6, 3)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), (3, 3), axis=(1, 2))
    expected = np.maximum(np.einsum("nijcuv,cuv->nijc", windows, kernel[:, 0]) + bias, 0)
    np.testing.assert_allclose(model.forward(x), expected, rtol=1e-5, atol=1e-5)


def conv(**options):
    return lambda file: file.add("Conv", ["x", np.ones((2, 1, 3, 3))], "y", **options)


def padded(file, *after):
    """``x`` with zeros after each of its axes."""
    return file.add("Pad", ["x", np.array([0, 0, 0, 0, *after])], "y" if after[-1] > 1 or after[0] else "padded")


def pool(**options):
    return lambda file: file.add("MaxPool", ["x"], "y", **options)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda file: [file.add("LSTM", ["x"], "a"), file.add("Einsum", ["a"], "y")], "for Einsum, LSTM"),
        (lambda file: file.add("Conv", ["x"], "y", domain="com.microsoft"), "for com.microsoft.Conv"),
        (conv(dilations=[2, 2]), r"dilations \[2, 2\]: the convolutions of nn have none"),
        (conv(group=3), "group 3: expected 1, or a group of one kernel for each channel"),
        (conv(strides=[2, 2], pads=[1, 1, 1, 1]), r"padding \(1, 1, 1, 1\) .* by \(0, 0, 1, 1\) here"),
        (conv(auto_pad=b"SAME_LOWER"), "SAME_LOWER"),
        (conv(strides=[0, 1]), r"stride: expected two sizes of at least 1, got \[0, 1\]"),
        (pool(kernel_shape=[2, 2], strides=[0, 0]), r"stride: expected two sizes of at least 1, got \[0, 0\]"),
        (pool(kernel_shape=[2]), r"window: expected two sizes of at least 1, got \[2\]"),
        (pool(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]), "padding: the pooling layers of nn have none"),
        (pool(kernel_shape=[4, 4], strides=[4, 4], ceil_mode=1), "padding: the pooling layers of nn have none"),
        (lambda file: file.add("Clip", ["x", 0.0, 6.0], "y"), "no layer of nn computes the function"),
        (lambda file: file.add("Softmax", [file.add("Flatten", ["x"], "a")], "y", axis=0), "axis 0"),
        (lambda file: file.add("BatchNormalization", ["x", *[np.ones(1)] * 4], "y", training_mode=1), "training_mode"),
        (lambda file: file.add("Sigmoid", [file.add("Softmax", ["x"], "a")], "y"), "softmax"),
        (lambda file: file.add("Gemm", ["x", np.ones((36, 2))], "y"), "expected vectors"),
        (lambda file: file.add("Transpose", ["x"], "y", perm=[1, 0, 2, 3]), "the batch as the first axis"),
        (lambda file: file.add("Reshape", ["x", np.array([-1, 7])], "y"), "reshape"),
        (lambda file: file.add("Relu", ["z"], "y"), "expected an input or attribute 'z', found none"),
        (lambda file: file.add("Mul", [file.add("Relu", ["x"], "a"), conv()(file)], "z"), "of two outputs"),
        (lambda file: file.outputs.append("z") or file.add("Relu", ["x"], "y"), "z: expected an output"),
        (lambda file: [file.add("Relu", ["x"], "y"), file.add("Tanh", ["x"], "z"), file.outputs.append("z")],
         "expected one output, found 2"),
        (lambda file: [file.add("Conv", ["x", np.ones((1, 1, 1, 1))], "y"), file.add("MaxPool", ["y"], "z",
                                                                                  kernel_shape=[2, 2])], "all lead"),
        (lambda file: setattr(file, "shape", (1, 1 << 20, 1 << 20)) or file.add("Relu", ["x"], "y"), "numbers"),
        (pool(kernel_shape=[9, 9]), "expected outputs of 1 to"),
        (lambda file: file.add("Add", ["x", file.add("Mul", [np.ones((1 << 13, 1)), np.ones((1, 1 << 13))], "a")], "y"),
         "too large an array"),
        (lambda file: file.add("Conv", ["x", "x"], "y"), "expected weights in the file, got an output"),
        (lambda file: file.add("Conv", ["x", np.ones((2, 3))], "y"), "a kernel of four axes, got 2"),
        (lambda file: file.add("Relu", [padded(file, 0, 0, 1, 1)], "y"), "of zeros of padding"),
        (lambda file: file.add("Pow", ["x", np.arange(2.0, 8.0)], "y"), "expected one number"),
        (lambda file: file.add("Div", [np.arange(2.0, 8.0), "x"], "y"), "expected one number"),
        (lambda file: file.add("Add", [file.add("Flatten", ["x"], "a"), "x"], "y"), "outputs of one shape and order"),
        (lambda file: file.add("Add", ["x", np.ones((2, 1, 1, 6, 6))], "y"), "one number for each channel"),
        (pool(kernel_shape=[2, 2], dilations=[2, 1]), "dilations: the pooling layers of nn have none"),
        (lambda file: file.add("MaxPool", [file.add("Flatten", ["x"], "a")], "y", kernel_shape=[2, 2]),
         r"expected images \(N, C, H, W\), got \(N, 36\)"),
        (lambda file: file.add("MaxPool", [file.add("Transpose", ["x"], "a", perm=[0, 1, 3, 2])], "y",
                               kernel_shape=[2, 2]), "another order of axes"),
        (lambda file: file.add("ReduceMean", ["x"], "y", axes=[1]), "a mean over the height and the width"),
        (lambda file: file.add("Gemm", ["x", np.ones((36, 2))], "y", transA=1), "transA"),
        (lambda file: file.add("Softmax", ["x"], "y"), "the softmax of vectors"),
        (lambda file: file.add("Flatten", ["x"], "y", axis=2), "axis 2: expected 1"),
        (lambda file: file.add("Squeeze", ["x"], "y", axes=[0]), "the batch as the first axis"),
        (lambda file: file.add("Reshape", ["x", np.array([-1, -1, -1])], "y"), "expected a shape of images"),
        (lambda file: file.add("Pad", ["x", np.zeros(8, int)], "y", mode=b"reflect"), "padding by zeros"),
        (lambda file: padded(file, 0, 0, 0, 65), "padding by 0 to 64 rows"),
        (lambda file: padded(file, 1, 0, 0, 0), "no padding of the batch"),
        (lambda file: file.add("Cast", ["x"], "y", to=7), "a cast to floats"),
        (lambda file: file.add("PRelu", ["x", np.array([0.1, 0.2])], "y"), "a slope for each channel"),
        (lambda file: file.add("Gather", ["x", np.array([0])], "y"), "of images is not supported"),
        (lambda file: file.add("Constant", [], "y"), "expected a number or an array"),
        (lambda file: file.add("Transpose", ["x"], "y", perm=[0, 1, 3, 2]), "numbers in another order"),
        (lambda file: setattr(file, "shape", (1, 6, 6, 6)) or file.add("Relu", ["x"], "y"),
         r"x: expected images or vectors, got \(N, 1, 6, 6, 6\)"),
        (lambda file: setattr(file, "shape", ()) or file.add("Relu", ["x"], "y"), "expected images or vectors"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(make, message, tmp_path):
    file = File(1, 6, 6)
    make(file)
    with pytest.raises(CheckpointError, match=message) as error:
        import_model(file.write(tmp_path / "a.onnx"))
    assert str(error.value).startswith(str(tmp_path / "a.onnx"))
    assert "\n" not in str(error.value)


def test_views_means_and_slopes(tmp_path, rng):
    """Operators that have several spellings, and constants that are operators."""
    file = File(1, 4, 4)
    y = file.add("Unsqueeze", [file.add("Squeeze", ["x"], "squeezed", axes=[1]), np.array([1])], "image")
    y = file.add("PRelu", [y, np.array([0.2])], "prelu")
    y = file.add("Conv", [y, np.ones((2, 1, 1, 1))], "conv", auto_pad=b"SAME_UPPER")
    y = file.add("LeakyRelu", [y], "leaky")
    y = file.add("AveragePool", [y], "pooled", kernel_shape=[2, 2], strides=[2, 2])
    file.add("Constant", [], "factor", value_float=2.0)
    y = file.add("Mul", [y, "factor"], "scaled")
    y = file.add("ReduceMean", [y], "mean", axes=[-2, -1], keepdims=0)
    file.add("Constant", [], "eye", value=tensor(np.eye(2, dtype=np.float32)))
    file.add("Constant", [], "shape", value_ints=[-1, 2])
    file.add("MatMul", [file.add("Reshape", [y, "shape"], "flat"), "eye"], "y")
    x = rng.normal(size=(3, 1, 4, 4)).astype(np.float32)
    slope = np.where(x > 0, x, 0.2 * 0.01 * x)
    check(file.write(tmp_path / "a.onnx"), x, np.repeat(2 * slope.mean((2, 3)), 2, axis=1))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "expected one input, the images, found 0"),
        ([{"name": "x"}, {"name": "z"}], "expected one input, the images, found 2"),
        ([{"name": "x"}], "x: expected an input of fixed height, width and channels"),
    ],
)
def test_wrong_inputs(inputs, message, tmp_path):
    graph = {"node": [{"op_type": "Relu", "input": ["x"], "output": ["y"]}], "input": inputs, "output": {"name": "y"}}
    (tmp_path / "a.onnx").write_bytes(encode(ONNX, "Model", {"ir_version": 7, "graph": graph}))
    with pytest.raises(CheckpointError, match=message):
        import_model(tmp_path / "a.onnx")


def test_a_file_without_a_network(tmp_path):
    (tmp_path / "a.onnx").write_bytes(encode(ONNX, "Model", {"ir_version": 7}))
    with pytest.raises(CheckpointError, match=r"a.onnx: it has no network"):
        import_model(tmp_path / "a.onnx")


def test_weights_in_another_file(tmp_path, rng):
    kernel = rng.normal(size=(5, 2)).astype(np.float32)
    (tmp_path / "a.data").write_bytes(bytes(8) + kernel.tobytes())
    for location, offset, message in (
        ("a.data", "8", None),
        ("a.data", "9", "expected 40 bytes of weights, found 39"),
        ("a.data", "-1", "a.data can't be read: Invalid argument"),
        ("a.data", "eight", "invalid literal"),
        ("../a.data", "8", "same folder"),
        ("/a.data", "8", "same folder"),
        ("..", "8", "same folder"),
        ("", "8", "same folder"),
        ("b", "8", "none"),
    ):
        file = File(5)
        entries = [{"key": "location", "value": location}, {"key": "offset", "value": offset}]
        file.tensors = [{"name": "w", "dims": [5, 2], "data_type": 1, "data_location": 1, "external_data": entries}]
        file.add("MatMul", ["x", "w"], "y")
        file.write(tmp_path / "a.onnx")
        if message is None:
            np.testing.assert_array_equal(import_model(tmp_path / "a.onnx").model.parameters[0].value, kernel)
        else:
            with pytest.raises(CheckpointError, match=message):
                import_model(tmp_path / "a.onnx")


def test_damaged_files(tmp_path, rng):
    """Each is read or refused with one line."""
    model = zoo.build("tiny")
    set_weights(model, rng)
    path = tmp_path / "a.onnx"
    export_model(model, path, "onnx")
    data = path.read_bytes()
    for number in range(60):
        changed = bytearray(data)
        if number < 20:
            changed = changed[: rng.integers(len(data))]
        else:
            for place in rng.integers(0, len(data) if number % 2 else 2_000, 3):
                changed[place] = rng.integers(256)
        path.write_bytes(changed)
        with contextlib.suppress(CheckpointError):
            import_model(path)


def test_fields_that_are_missing(tmp_path):
    file = File(2)
    file.add("Gemm", ["x", np.ones((2, 1))], "y", alpha=1.0)
    del file.nodes[0]["attribute"][0]["name"]
    with pytest.raises(CheckpointError, match="not a description of a network: KeyError"):
        import_model(file.write(tmp_path / "a.onnx"))


def test_weights_that_are_not_finite(tmp_path):
    file = File(2)
    file.add("Gemm", ["x", np.full((2, 1), np.inf)], "y", alpha=0.0)
    with pytest.raises(CheckpointError, match="dense_1/kernel: expected finite weights"):
        import_model(file.write(tmp_path / "a.onnx"))


def test_numbers_in_other_fields(tmp_path):
    file = File(2)
    file.tensors = [{"name": "w", "dims": [2, 1], "data_type": 1, "float_data": [1.5, -2.0]}]
    file.add("MatMul", ["x", "w"], "y")
    kernel = import_model(file.write(tmp_path / "a.onnx")).model.parameters[0].value
    np.testing.assert_array_equal(kernel, [[1.5], [-2]])


@pytest.mark.parametrize("shape", [(1, 28, 28), (28, 28, 1), (28, 28), (784,)])
def test_places_of_the_input(shape):
    ours, indices = input_indices("x", shape)
    assert ours == (28, 28, 1)
    np.testing.assert_array_equal(indices.ravel(), np.arange(784))


def test_channels_of_the_input():
    ours, indices = input_indices("x", (3, 28, 30))
    assert ours == (28, 30, 3)
    assert indices[2, 0, 1] == 5


def export_elsewhere(framework, folder, **environment):
    """Run another framework's exporters in a process of their own."""
    rng = np.random.default_rng(0)
    np.save(folder / "images.npy", np.maximum(rng.uniform(-1, 1, (50, 28, 28, 1)), 0).astype(np.float32))
    command = [sys.executable, "-W", "ignore", str(SCRIPTS / "exchange.py"), "export", framework, str(folder)]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | environment
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=500)


def check_folder(folder, pattern):
    """Every file of a folder gives the outputs that its framework gave; returns their number."""
    paths = sorted(folder.glob(pattern))
    for path in paths:
        outputs = np.load(folder / f"{path.name.split('.')[0]}.outputs.npy")
        logits = import_model(path).model.forward(np.load(folder / "images.npy"))
        np.testing.assert_array_equal(logits.argmax(1), outputs.argmax(1), err_msg=path.name)
        log_probabilities = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        nearest = min(np.abs(each - outputs).max() for each in (logits, log_probabilities, np.exp(log_probabilities)))
        assert nearest < TOLERANCE, path.name
    return len(paths)


def test_exporters_of_pytorch(tmp_path):
    for package in ("torch", "onnxscript"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    export_elsewhere("pytorch", tmp_path)
    assert check_folder(tmp_path, "*.onnx") == 8


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_exporters_of_keras(backend, tmp_path):
    for package in ("keras", "h5py", backend):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    export_elsewhere("keras", tmp_path, KERAS_BACKEND=backend)
    assert check_folder(tmp_path, "*.keras") == 4
    has_converter = importlib.util.find_spec("tf2onnx" if backend == "tensorflow" else "onnxscript")
    assert check_folder(tmp_path, "*.onnx") == (4 if has_converter else 0)
