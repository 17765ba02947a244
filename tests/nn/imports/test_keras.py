"""Files of Keras: our own, and descriptions as Keras writes them; test_onnx.py reads files that Keras itself wrote."""

import contextlib
import io
import json
import zipfile

import numpy as np
import pytest

from nn import CheckpointError
from nn.export import export_model
from nn.imports import import_model
from tests.nn.export.networks import SHIPPED, TOLERANCE, images, of_case, shipped
from tests.nn.layers.test_layers import CASES

h5py = pytest.importorskip("h5py", reason="h5py is not installed")


@pytest.mark.parametrize("name", SHIPPED)
def test_our_own_files(name, tmp_path, rng):
    source = shipped(name)
    export_model(source.model, tmp_path / "network.keras", "keras", source.meta)
    imported = import_model(tmp_path / "network.keras")
    for name, array in source.model.state_dict().items():
        np.testing.assert_array_equal(imported.model.state_dict()[name], array)
    assert [repr(layer) for layer in imported.model.layers] == [
        repr(layer).replace("he_normal", "glorot_uniform") for layer in source.model.layers
    ]
    assert imported.meta == source.meta | {"imported": "network.keras"}


@pytest.mark.parametrize("case", [case for case in CASES if case != "gelu by tanh"])
def test_every_layer(case, tmp_path, rng):
    model = of_case(case, rng)
    export_model(model, tmp_path / "network.keras", "keras")
    found = import_model(tmp_path / "network.keras").model
    x = images(model, rng)
    logits = found.forward(x.reshape(len(x), *found.input_shape)).reshape(len(x), *model.output_shape)
    np.testing.assert_allclose(logits, model.forward(x), rtol=0, atol=TOLERANCE)


def layer(kind, module="keras.layers", **config):
    return {"module": module, "class_name": kind, "config": {"name": kind.lower(), **config}}


def conv(**changes):
    options = {"filters": 2, "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", "use_bias": True}
    return layer("Conv2D", activation="linear", **options | changes)


def dense(activation="linear", use_bias=True):
    return layer("Dense", units=3, activation=activation, use_bias=use_bias)


INPUT = layer("InputLayer", batch_shape=[None, 6, 6, 1])


@pytest.fixture
def write(tmp_path):
    """Writes a Sequential of layers, and its weights by place; returns the path."""

    def write(layers, weights=None, config=None):
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            for place, arrays in (weights or {}).items():
                for number, array in enumerate(arrays):
                    file[f"{place}/vars/{number}"] = array
        model = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": layers}}
        with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
            archive.writestr("metadata.json", "{}")
            archive.writestr("config.json", json.dumps(model) if config is None else config)
            archive.writestr("model.weights.h5", buffer.getvalue())
        return tmp_path / "a.keras"

    return write


def kinds(path):
    return [each.kind for each in import_model(path).model.layers]


def test_models_in_models(write, rng):
    inner = layer("Sequential", module="keras", layers=[layer("InputLayer", batch_shape=[None, 6, 6, 1]), conv()])
    last = rng.normal(size=(32, 3))
    weights = {
        "layers/conv2d": [rng.normal(size=(3, 3, 1, 1)), np.zeros(1)],
        "layers/sequential/layers/conv2d": [rng.normal(size=(3, 3, 1, 2)), np.zeros(2)],
        "layers/dense": [last, np.ones(3)],
    }
    layers = [INPUT, conv(filters=1, padding="same"), inner, layer("Flatten"), dense("softmax")]
    model = import_model(write(layers, weights)).model
    assert [each.kind for each in model.layers] == ["conv2d", "conv2d", "flatten", "dense"]
    np.testing.assert_array_equal(model.layers[3].kernel.value, last.astype(np.float32))


def test_options_of_layers(write, rng):
    norm = layer("BatchNormalization", axis=-1, epsilon=0.1, momentum=0.9, scale=False, center=True)
    layers = [
        INPUT, layer("Rescaling", scale=1 / 255, offset=0.0), layer("ZeroPadding2D", padding=[[0, 1], [0, 1]]),
        conv(strides=[2, 2], use_bias=False), norm, layer("GaussianNoise", stddev=0.1),
        layer("ReLU", negative_slope=0.5, max_value=None, threshold=0.0), layer("GlobalAveragePooling2D"),
    ]  # fmt: skip
    mean, variance = rng.normal(size=2), rng.uniform(1, 2, 2)
    weights = {
        "layers/conv2d": [rng.normal(size=(3, 3, 1, 2))],
        "layers/batch_normalization": [np.ones(2), mean, variance],
    }
    imported = import_model(write(layers, weights))
    first, second, third, _ = imported.model.layers
    assert (first.padding, first.stride, second.epsilon, third.negative_slope) == ("same", (2, 2), 0.1, 0.5)
    np.testing.assert_array_equal(second.variance.value, variance.astype(np.float32))
    assert second.gamma.value.tolist() == [1, 1]
    assert "0 to 255" in imported.notes[0]


@pytest.mark.parametrize("use_bias", [True, False])
def test_separable_and_depthwise_convolutions(use_bias, write, rng):
    """Keras's separable convolution becomes two layers, and the bias of a depthwise one batch normalization."""
    options = {"kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", "use_bias": use_bias}
    depthwise = layer("DepthwiseConv2D", activation="relu", **options)
    separable = layer("SeparableConv2D", filters=4, activation="linear", **options)
    mean = layer("GlobalAveragePooling2D")
    kernels, point = rng.normal(size=(2, 3, 3, 1, 1)), rng.normal(size=(1, 1, 1, 4))
    biases = rng.normal(size=1), rng.normal(size=4)
    weights = {
        "layers/depthwise_conv2d": [kernels[0], *biases[: int(use_bias)]],
        "layers/separable_conv2d": [kernels[1], point, *biases[2 - use_bias :]],
    }
    model = import_model(write([INPUT, depthwise, separable, mean], weights)).model
    kinds = ["depthwise_conv2d", *["batch_norm"] * use_bias, "relu", "depthwise_conv2d", "conv2d"]
    assert [each.kind for each in model.layers] == [*kinds, "global_avg_pool2d"]
    x = rng.random((1, 6, 6, 1)).astype(np.float32)
    view = np.lib.stride_tricks.sliding_window_view
    y = np.maximum(
        np.einsum("ijuv,uv->ij", view(x[0, ..., 0], (3, 3)), kernels[0, ..., 0, 0]) + use_bias * biases[0], 0
    )
    y = np.einsum("ijuv,uv->ij", view(y, (3, 3)), kernels[1, ..., 0, 0]).mean() * point[0, 0, 0] + use_bias * biases[1]
    np.testing.assert_allclose(model.forward(x)[0], y, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [[None, 36], [None, 6, 6]])
def test_inputs_of_other_shapes(shape, write):
    layers = [layer("InputLayer", batch_shape=shape), layer("Reshape", target_shape=[6, 6, 1]), layer("Flatten")]
    model = import_model(write(layers)).model
    assert model.input_shape == (6, 6, 1)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([layer("Lambda"), layer("LSTM")], "no layer of nn for LSTM, Lambda"),
        ([layer("Conv2D", module="my_package")], "no layer of nn for Conv2D"),
        ([layer("Activation", activation="swish")], "activation: no layer of nn for the activation 'swish'"),
        ([layer("ReLU", max_value=6.0)], "relu: max_value"),
        ([conv(dilation_rate=[2, 2])], "dilation_rate"),
        ([layer("DepthwiseConv2D", kernel_size=[3, 3], use_bias=False)], "layers/depthwise_conv2d/vars/0"),
        ([conv(data_format="channels_first")], "channels_first"),
        ([dense()], "dense: of images: put a Flatten before"),
        ([layer("MaxPooling2D", pool_size=[3, 3], strides=[2, 2], padding="same")], "padding"),
        ([layer("Softmax"), layer("Flatten")], "expected softmax only at the end"),
        ([layer("Flatten"), dense()], "expected weights at layers/dense/vars/0, found none"),
        ([conv()], "expected weights at layers/conv2d/vars/0"),
        ([layer("BatchNormalization", axis=1, scale=True, center=True)], "axis 1"),
        ([layer("ZeroPadding2D", padding=[[1, 1], [1, 1]]), layer("Flatten")], "after ZeroPadding2D"),
        ([layer("Reshape", target_shape=[7])], "reshape"),
        ([{"class_name": "Conv2D", "module": "keras.layers", "config": {}}], "not a description of a network"),
        ([layer("InputLayer", batch_shape=[None, None, None, 1])], "expected one input, of fixed height"),
    ],
)
def test_what_is_missing_is_named(layers, message, write):
    with pytest.raises(CheckpointError, match=message) as error:
        import_model(write(layers if layers[0]["class_name"] == "InputLayer" else [INPUT, *layers]))
    assert "\n" not in str(error.value)


def test_links_to_other_files_are_refused(write, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = np.ones((36, 3))
    for link in (h5py.ExternalLink(str(tmp_path / "secret.h5"), "/x"), h5py.SoftLink("/layers/dense/vars/1")):
        path = write([INPUT, layer("Flatten"), dense()], {"layers/dense": [link, np.ones(3)]})
        with pytest.raises(CheckpointError, match="expected weights at layers/dense/vars/0, found none"):
            import_model(path)


def test_damaged_files(tmp_path, rng, write):
    path = tmp_path / "network.keras"
    export_model(shipped("tiny").model, path, "keras")
    data = path.read_bytes()
    for number in range(40):
        changed = bytearray(data[: rng.integers(len(data))] if number < 10 else data)
        for place in rng.integers(0, len(changed), 5 if number >= 10 else 0):
            changed[place] = rng.integers(256)
        path.write_bytes(changed)
        with contextlib.suppress(CheckpointError):
            import_model(path)
    for config in ("[]", "{", "null", "[" * 10_000):
        with pytest.raises(CheckpointError):
            import_model(write([], config=config))


def test_damaged_archives(write):
    """Compressed, or with something else beside the network."""
    path = write([INPUT, layer("Flatten")])
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
        place = archive.getinfo("config.json").header_offset + 30 + len("config.json")
    data = path.read_bytes()
    path.write_bytes(data[:place] + b"\xff" * 8 + data[place + 8 :])
    with pytest.raises(CheckpointError, match="not a file of Keras 3: Error -3 while decompressing"):
        import_model(path)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (entries | {"metadata.json": b"[]"}).items():
            archive.writestr(name, content)
    with pytest.raises(CheckpointError, match="not a description of a network"):
        import_model(path)


def test_a_network_without_layers_or_with_strides_of_0(write):
    empty = {"class_name": "Sequential", "config": {"layers": [], "build_input_shape": [None, 6, 6, 1]}}
    with pytest.raises(CheckpointError, match="expected layers, found none"):
        import_model(write([], config=json.dumps(empty)))
    with pytest.raises(CheckpointError, match="stride: expected two sizes of at least 1"):
        import_model(write([INPUT, layer("MaxPooling2D", pool_size=[2, 2], strides=[0, 0], padding="valid")]))


def test_bombs_are_refused(write, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(20 << 20))
    with pytest.raises(CheckpointError, match="expected at most a hundred times the file's size"):
        import_model(tmp_path / "a.keras")
