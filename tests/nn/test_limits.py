"""Limits on networks that files describe."""

import json

import numpy as np
import pytest

from nn import Add, Conv2D, Dense, Flatten, ReLU, Sequential, checkpoint, limits, zoo
from nn import model as model_module
from nn.digits.calibration import Calibration
from nn.errors import ConfigurationError

RELU = {"type": "ReLU"}
CONV = {"type": "Conv2D", "filters": 1, "padding": "same"}


def build(layers, input_shape=(1, 1, 1)):
    return Sequential.from_config({"input_shape": list(input_shape), "dtype": "float32", "layers": layers})


def nested(layers):
    return [{"type": "Add", "layers": layers}]


@pytest.mark.parametrize(
    ("layers", "input_shape", "what"),
    [
        ([RELU] * 200_000, (1, 1, 1), "layers, got 200,000"),
        (nested([RELU] * 1_000), (1, 1, 1), "layers, got 1,001"),
        ([RELU] * 3, (4096, 4096, 1), "outputs of layers for an image"),
        (nested([RELU, RELU]), (4096, 4096, 1), "outputs of layers for an image"),
        ([CONV | {"filters": 4096}], (128, 128, 1), "outputs of layers"),
        ([CONV | {"kernel_size": 200}], (1000, 1000, 1), "multiply-adds for an image"),
    ],
)
def test_descriptions_of_large_networks_are_refused(layers, input_shape, what):
    with pytest.raises(ValueError, match=rf"^expected a network of at most [\d,]+ {what}.*NN_LIMIT_SCALE"):
        build(layers, input_shape)


@pytest.mark.parametrize("name", zoo.ARCHITECTURES)
def test_named_networks_are_far_below_the_limits(name, monkeypatch):
    monkeypatch.setenv("NN_LIMIT_SCALE", "0.03")
    build(zoo.build(name).config()["layers"], (28, 28, 1))


def test_limits_can_be_raised(monkeypatch):
    monkeypatch.setattr(limits, "MAX_LAYERS", 2)
    with pytest.raises(ValueError, match="at most 2 layers, got 3"):
        build([RELU] * 3)
    monkeypatch.setenv("NN_LIMIT_SCALE", "1.5")
    build([RELU] * 3)
    for invalid in ("0", "-1", "nan", "inf", "many"):
        monkeypatch.setenv("NN_LIMIT_SCALE", invalid)
        with pytest.raises(ConfigurationError, match=r"^NN_LIMIT_SCALE: expected a number above 0"):
            build([RELU])


def test_what_load_would_refuse_is_not_saved(tmp_path, monkeypatch):
    model = Sequential([Add([ReLU(), ReLU()])], (2, 2, 1))
    monkeypatch.setattr(limits, "MAX_LAYERS", 2)
    with pytest.raises(ValueError, match="at most 2 layers, got 3"):
        checkpoint.save(tmp_path / "weights.npz", model)
    assert not list(tmp_path.iterdir())


def test_architecture_files_are_limited_before_their_layers_are_made(tmp_path):
    (tmp_path / "arch.json").write_text(json.dumps([RELU] * 5_000))
    with pytest.raises(ValueError, match=r"arch\.json: expected a network of at most 1,000 layers, got 5,000"):
        zoo.build(str(tmp_path / "arch.json"))


def test_batches_of_large_networks_are_small(monkeypatch):
    model = Sequential([Conv2D(4), ReLU(), Flatten(), Dense(3)], (8, 8, 1))
    images = np.random.default_rng(0).random((50, 8, 8), np.float32)
    expected = model.predict(images)
    monkeypatch.setattr(model_module, "LARGEST_OUTPUT", 3 * 6 * 6 * 4 + 1)
    small = Sequential(model.layers)
    sizes = []
    monkeypatch.setattr(small, "infer", lambda x: sizes.append(len(x)) or model.infer(x))
    np.testing.assert_allclose(small.predict(images), expected, rtol=1e-6)
    assert sizes == [3] * 16 + [2]


@pytest.mark.parametrize("value", [0, -1.0, 1e-60, 1e60, 10**400, float("nan"), float("inf"), True, "1", None])
def test_calibrations_out_of_range_are_refused(value):
    with pytest.raises(ValueError, match="calibration: temperature: expected a number in"):
        Calibration(temperature=value)


@pytest.mark.parametrize(
    "layer",
    [
        {"type": "Conv2D", "filters": 1, "stride": 2**62},
        {"type": "MaxPool2D", "pool_size": 2**80},
        {"type": "AvgPool2D", "pool_size": [1, 2**80]},
        {"type": "BatchNorm", "epsilon": 10**400},
        {"type": "BatchNorm", "momentum": 10**400},
        {"type": "LeakyReLU", "negative_slope": 10**400},
        {"type": "Dropout", "rate": 10**400},
    ],
)
def test_numbers_out_of_range_are_refused(layer):
    with pytest.raises(ValueError, match=rf"{layer['type']}: \w+: expected"):
        build([layer], (28, 28, 1))
