"""The residual block: what holds for a network holds inside it."""

import numpy as np
import pytest

from nn import (
    Adam,
    Add,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    MaxPool2D,
    ReLU,
    Sequential,
    checkpoint,
)
from nn.fold import fold_batch_norm, optimize_for_inference
from nn.fuse import fuse
from nn.inspection import activations, first_pooling, last_hidden, saliency_map
from nn.layers.chain import walk
from nn.layers.conv2d import ConvReLU
from nn.training import fit
from tests.gradcheck import apart, assert_gradient, check_gradients, numeric_gradient

pytestmark = pytest.mark.usefixtures("each_backend")

SHAPE = (6, 5, 1)


def block(dropout=0.0):
    body = [Conv2D(3, padding="same"), BatchNorm(), ReLU(), Dropout(dropout), Conv2D(3, padding="same"), BatchNorm()]
    return Add(body, shortcut=[Conv2D(3, 1), BatchNorm()])


def network(rng, dtype=np.float64, dropout=0.0):
    layers = [block(dropout), ReLU(), Add([Conv2D(3, padding="same"), ReLU()]), MaxPool2D(2), Flatten(), Dense(4)]
    model = Sequential(layers, SHAPE, rng=rng, dtype=dtype)
    for array in model.parameters:
        array.value[...] = rng.standard_normal(array.value.shape)
    for array in model.buffers:
        array.value[...] = rng.uniform(0.5, 2, array.value.shape)
    return model


def test_is_the_sum_of_its_branches(rng):
    model = network(rng)
    add = model.layers[0]
    x = rng.standard_normal((3, *SHAPE))
    body = shortcut = x
    for layer in add.layers:
        body = layer.forward(body)
    for layer in add.shortcut:
        shortcut = layer.forward(shortcut)
    np.testing.assert_array_equal(add.forward(x), body + shortcut)
    identity = model.layers[2]
    y = rng.standard_normal((3, 6, 5, 3))
    np.testing.assert_array_equal(identity.forward(y), identity.layers[1].forward(identity.layers[0].forward(y)) + y)


def test_names_are_those_of_the_block(rng):
    model = network(rng)
    names = [parameter.name for parameter in model.parameters]
    assert names[:2] == ["add_1/conv2d_1/kernel", "add_1/conv2d_1/bias"]
    assert "add_1/shortcut/conv2d_1/kernel" in names
    assert "add_2/conv2d_1/kernel" in names
    assert "add_1/batch_norm_2/mean" in model.state_dict()
    assert [layer.name for layer in fuse(model).layers][:2] == ["add_1", "relu_1"]


def test_gradients_of_a_fused_network(rng):
    check_gradients(fuse(network(rng)), apart((3, *SHAPE), rng), rng)


@pytest.mark.parametrize("change", [fuse, fold_batch_norm, optimize_for_inference])
def test_fused_and_folded_inside(change, rng):
    model = network(rng)
    changed = change(model)
    kinds = {type(layer) for layer in walk(changed.layers)}
    assert (BatchNorm in kinds) == (change is fuse)
    assert (ConvReLU in kinds) == (change is not fold_batch_norm)
    x = rng.standard_normal((3, *SHAPE))
    np.testing.assert_allclose(changed.predict(x), model.predict(x), rtol=1e-9, atol=1e-12)
    assert sum(layer.multiply_adds() for layer in changed.layers) == sum(each.multiply_adds() for each in model.layers)


def test_fused_shares_and_folded_copies(rng):
    model = network(rng)
    before = model.state_dict()
    assert all(a is b for a, b in zip(model.parameters, fuse(model).parameters, strict=True))
    for array in fold_batch_norm(model).parameters:
        array.value[...] = 0
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_checkpoints_keep_it(precision, tmp_path, rng):
    model = network(rng, np.float32)
    checkpoint.save(tmp_path / "a.npz", model, {}, precision=precision)
    again = checkpoint.load(tmp_path / "a.npz").model
    assert again.config() == model.config()
    assert [array.name for array in again.parameters] == [array.name for array in model.parameters]
    x = rng.standard_normal((3, *SHAPE)).astype(np.float32)
    np.testing.assert_allclose(again.forward(x), model.forward(x), rtol=0.1 if precision == "int8" else 0, atol=0.5)


def test_a_bad_variance_inside_is_an_error(tmp_path, rng):
    model = network(rng, np.float32)
    next(array for array in model.buffers if array.name == "add_1/batch_norm_1/variance").value[0] = -1
    with pytest.raises(ValueError, match="add_1/batch_norm_1/variance: expected numbers of at least 0"):
        checkpoint.save(tmp_path / "a.npz", model, {})


def test_inspection_looks_through_it(rng):
    model = network(rng)
    x = rng.uniform(0, 1, (2, *SHAPE))
    numeric = numeric_gradient(lambda: float(model.forward(x)[:, 1].sum()), x)
    assert_gradient("image", saliency_map(model, x, 1), numeric)
    assert list(activations(model, x)) == [layer.name for layer in model.layers]
    assert (first_pooling(model), last_hidden(model)) == ("max_pool2d_1", "flatten_1")


def test_training_sets_its_dropout_for_each_step(rng):
    """So that a training can be resumed: the masks follow from the seed and the step."""
    images, labels = rng.integers(0, 256, (20, *SHAPE), np.uint8), rng.integers(0, 4, 20)
    found = []
    for seed in (1, 1, 2):
        model = network(np.random.default_rng(3), np.float32, dropout=0.5)
        for _ in fit(model, Adam(model.parameters), images, labels, epochs=1, batch_size=8, seed=seed):
            pass
        found.append(model.state_dict()["add_1/conv2d_1/kernel"])
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_steps_made_in_backward_are_the_same(rng):
    """Of a dense layer inside a block, too."""
    x, dy = rng.standard_normal((7, 5)), rng.standard_normal((7, 5))
    found = []
    for within in (False, True):
        model = Sequential([Add([Dense(4), ReLU(), Dense(5)])], (5,), rng=np.random.default_rng(1), dtype=np.float64)
        optimizer = Adam(model.parameters)
        for _ in range(3):
            model.forward(x, training=True)
            model.backward(dy, optimizer=optimizer if within else None)
            optimizer.step()
        found.append([*model.state_dict().values(), *optimizer.state_dict().values()])
    for separate, together in zip(*found, strict=True):
        np.testing.assert_array_equal(separate, together)


def test_freezing_a_block_freezes_what_it_holds(rng):
    model = network(rng)
    model.layers[0].trainable = False
    assert not any(layer.parameters and layer.trainable for layer in walk(model.layers[:1]))
    assert model.layers[2].trainable


@pytest.mark.parametrize("depth", [9, 100, 5000])
def test_blocks_nested_too_deep(depth):
    config = {"type": "Dense", "units": 3}
    for _ in range(depth):
        config = {"type": "Add", "layers": [config]}
    with pytest.raises(ValueError, match=r"nested at most 8 deep|at most 1,000 layers"):
        Sequential.from_config({"layers": [config], "input_shape": [3], "dtype": "float32"})


@pytest.mark.parametrize(
    "options",
    [{}, {"layers": 5}, {"layers": {"type": "ReLU"}}, {"layers": []}, {"layers": "ReLU"}, {"layers": ["ReLU"]}],
)
def test_descriptions_of_no_block(options):
    with pytest.raises(ValueError):
        Sequential.from_config({"layers": [{"type": "Add"} | options], "input_shape": [3], "dtype": "float32"})


def test_repr():
    """Also with layers that have no description."""
    mine = type("Mine", (Dense,), {})
    assert repr(Add([mine(2)])) == "Add([Mine(units=2, kernel_initializer='glorot_uniform')], shortcut=None)"


def test_branches_of_different_outputs(rng):
    with pytest.raises(ValueError, match=r"add_1: expected branches of the same output, got \(6, 5, 2\) and .*5, 1\)"):
        Sequential([Add([Conv2D(2, padding="same")])], SHAPE, rng=rng)


def test_a_small_residual_network_learns(rng):
    images = np.zeros((60, *SHAPE), np.float32)
    labels = np.arange(60) % 3
    images[np.arange(60), 1 + labels, 1:4] = rng.uniform(0.5, 1, (60, 3, 1))
    layers = [Conv2D(4, padding="same"), Add([Conv2D(4, padding="same"), BatchNorm(), ReLU()]), ReLU()]
    model = Sequential([*layers, Add([Conv2D(4, padding="same")]), GlobalAvgPool2D(), Dense(3)], SHAPE, rng=rng)
    for _ in fit(model, Adam(model.parameters, 0.02), images, labels, epochs=40, batch_size=20):
        pass
    assert (model.predict(images).argmax(axis=1) == labels).mean() > 0.95
