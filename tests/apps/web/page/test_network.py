"""``network.js`` computes what the layers of ``nn`` compute, layer by layer."""

import numpy as np
import pytest

import nn
from nn import checkpoint, inspection, zoo
from nn.layers.chain import walk
from nn.layers.description import LAYERS
from tests.apps.web.page.driver import encode, floats, needs_node, run

pytestmark = needs_node

#: Networks for images of the given shape.
NETWORKS = {
    "kernels of all kinds": (
        (13, 10, 2),
        lambda: [
            nn.Conv2D(5, (3, 2), padding="same"),
            nn.LeakyReLU(0.2),
            nn.Conv2D(11, 4, stride=(2, 1)),
            nn.Tanh(),
            nn.Conv2D(16, (1, 5), stride=(1, 2), padding="same"),
            nn.Conv2D(3, 2, stride=3, padding="same"),
            nn.Flatten(),
            nn.Dense(7),
            nn.Sigmoid(),
        ],
    ),
    "padding on one side, cropping on the other": (
        (9, 9, 3),
        lambda: [
            nn.Conv2D(8, (5, 1), stride=(1, 4), padding="same"),
            nn.Conv2D(9, 1, stride=5, padding="same"),
            nn.Conv2D(17, (2, 1), padding="same"),
            nn.Flatten(),
        ],
    ),
    "depthwise": (
        (9, 8, 3),
        lambda: [
            nn.DepthwiseConv2D(),
            nn.DepthwiseConv2D((2, 3), stride=(1, 2), padding="same"),
            nn.DepthwiseConv2D(1, stride=2),
            nn.Conv2D(5, 1),
            nn.GlobalAvgPool2D(),
        ],
    ),
    "a window as large as the image": ((6, 4, 1), lambda: [nn.Conv2D(4, (6, 4)), nn.GELU(), nn.Flatten(), nn.Dense(1)]),
    "pooling": (
        (17, 14, 3),
        lambda: [
            nn.MaxPool2D((2, 3), stride=1),
            nn.GELU(approximate=True),
            nn.AvgPool2D(3, stride=2),
            nn.MaxPool2D(),
            nn.Dropout(0.4),
            nn.AvgPool2D((3, 1)),
            nn.GlobalAvgPool2D(),
            nn.BatchNorm(),
            nn.ReLU(),
        ],
    ),
    "residual blocks": (
        (8, 8, 1),
        lambda: [
            nn.Conv2D(4, padding="same", use_bias=False),
            nn.BatchNorm(scale=False),
            nn.Add([nn.BatchNorm(), nn.ReLU(), nn.Conv2D(4, padding="same")]),
            nn.Add(
                [nn.Conv2D(6, stride=2, padding="same"), nn.Add([nn.BatchNorm(epsilon=0.1), nn.Dropout()])],
                shortcut=[nn.Conv2D(6, 1, stride=2), nn.BatchNorm()],
            ),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dense(5),
        ],
    ),
}


def network(name, dtype=np.float32):
    """The network with random weights, also those that are constant at first."""
    shape, layers = NETWORKS[name]
    model = nn.Sequential(layers(), shape, rng=np.random.default_rng(1), dtype=dtype)
    rng = np.random.default_rng(2)
    for array in model.parameters + model.buffers:
        if array.value.ndim == 1:
            array.value[...] = rng.uniform(0.2, 1.5, array.value.shape) * rng.choice([1, -1], array.value.shape)
        if array.name.endswith("variance"):
            array.value[...] = np.abs(array.value)
    return model


def check(model, path):
    image = np.random.default_rng(3).normal(0, 1, model.input_shape).astype(np.float32)
    expected = inspection.activations(model, image[None].astype(model.dtype))
    found = run("activations", weights=path, image=encode(image))
    assert [layer["name"] for layer in found] == list(expected)
    for layer, (name, values) in zip(found, expected.items(), strict=True):
        assert tuple(layer["shape"]) == values.shape[1:], name
        np.testing.assert_allclose(floats(layer["values"]), values.ravel(), rtol=1e-4, atol=1e-5, err_msg=name)


def test_the_networks_have_all_layers():
    used = {type(layer).__name__ for _, layers in NETWORKS.values() for layer in walk(layers())}
    assert used == LAYERS.keys()


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_compute_what_they_compute_in_python(name, tmp_path):
    model = network(name)
    checkpoint.save(tmp_path / "weights.npz", model, {})
    check(model, tmp_path / "weights.npz")


@pytest.mark.parametrize("precision", ["int8", "float64"])
def test_weights_of_other_precisions(precision, tmp_path):
    path = tmp_path / "weights.npz"
    model = network("residual blocks", np.float64 if precision == "float64" else np.float32)
    checkpoint.save(path, model, {}, precision=precision)
    check(checkpoint.load(path).model, path)


@pytest.mark.parametrize("arch", zoo.ARCHITECTURES)
def test_the_named_architectures(arch, tmp_path):
    model = zoo.build(arch, rng=np.random.default_rng(4))
    checkpoint.save(tmp_path / "weights.npz", model, {})
    check(model, tmp_path / "weights.npz")


def test_values_that_are_not_numbers_stay_so(tmp_path):
    layers = [nn.Conv2D(3, padding="same"), nn.ReLU(), nn.MaxPool2D(), nn.GELU(), nn.Flatten()]
    model = nn.Sequential(layers, (6, 6, 1))
    checkpoint.save(tmp_path / "weights.npz", model, {})
    image = np.zeros((6, 6, 1), np.float32)
    image[2, 3] = np.nan
    expected = inspection.activations(model, image[None])
    for layer in run("activations", weights=tmp_path / "weights.npz", image=encode(image)):
        np.testing.assert_allclose(floats(layer["values"]), expected[layer["name"]].ravel(), rtol=1e-5, atol=1e-6)
