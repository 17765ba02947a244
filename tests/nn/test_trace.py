"""The numbers of an explanation give the output, for every layer and every network."""

import numpy as np
import pytest

import nn
from nn import inspection, zoo
from nn.fold import fold_batch_norm
from nn.fuse import fuse
from nn.layers.chain import walk
from nn.trace import IMAGE, SOFTMAX, Trace, explain_unit
from tests.apps.web.page.test_network import NETWORKS, network


def indices(shape, rng, count=6):
    """The corners of an output, and some more."""
    corners = [tuple(0 for _ in shape), tuple(size - 1 for size in shape)]
    return [*corners, *(tuple(int(rng.integers(size)) for size in shape) for _ in range(count))]


def check(trace, rng):
    for name in trace:
        values = trace[name].values
        for index in indices(values.shape, rng):
            unit = trace.explain(name, index)
            assert unit.value == pytest.approx(float(values[index]), rel=1e-4, abs=1e-5), (name, index)
            windows = [window for window in unit.windows if window.weights is not None]
            sums = [window.products.sum() for window in windows]
            first = unit.steps[-1] if len(windows) > 1 else unit.steps[0]
            assert not windows or first.result == pytest.approx(sum(sums), rel=1e-6, abs=1e-9), (name, index)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_steps_give_the_output_of_every_kind_of_layer(name, rng):
    model = network(name)
    trace = Trace.of(model, rng.uniform(0, 1, model.input_shape).astype(np.float32))
    layers = {layer.name: layer for layer in walk(model.layers)}
    assert set(trace) == {IMAGE, SOFTMAX, *layers}
    assert all("explain" in vars(type(layer)) for layer in layers.values())
    check(trace, rng)


@pytest.mark.parametrize("changed", [lambda model: model, fuse, fold_batch_norm])
@pytest.mark.parametrize("arch", zoo.ARCHITECTURES)
def test_the_steps_give_the_output_in_every_named_architecture(arch, changed, rng):
    model = changed(zoo.build(arch, rng=rng))
    image = rng.uniform(0, 1, (28, 28)).astype(np.float32)
    trace = Trace.of(model, image)
    check(trace, rng)
    expected = inspection.activations(model, image[None])
    assert list(trace) == [IMAGE, *expected, SOFTMAX]
    for name, values in expected.items():
        np.testing.assert_array_equal(trace[name].batch, values)
    np.testing.assert_allclose(trace[SOFTMAX].batch, model.predict(image[None]), rtol=1e-4, atol=1e-6)


def test_the_window_is_what_the_output_depends_on(rng):
    """Beside what really changes the output: a pixel changed, one at a time."""
    model = network("padding on one side, cropping on the other")
    x = rng.uniform(0.1, 1, model.input_shape).astype(np.float32)
    name, index = "conv2d_1", (4, 1, 3)
    window = Trace.of(model, x).explain(name, index).windows[0]
    inside = {window.index(place) for place in range(window.values.size)}
    before = Trace.of(model, x)[name].values[index]
    for place in np.ndindex(x.shape):
        changed = x.copy()
        changed[place] += 1
        assert (Trace.of(model, changed)[name].values[index] != before) == (place in inside)


def small(*layers, shape=(8, 8, 1)):
    return nn.Sequential(list(layers), shape, rng=np.random.default_rng(5))


def test_the_path_follows_the_largest_contribution_to_a_pixel(rng):
    model = small(nn.Conv2D(3, padding="same"), nn.ReLU(), nn.MaxPool2D(), nn.Flatten(), nn.Dense(4))
    trace = Trace.of(model, rng.uniform(0, 1, (8, 8)))
    path = trace.path("dense_1", (2,))
    assert [name for name, _ in path] == ["dense_1", "flatten_1", "max_pool2d_1", "relu_1", "conv2d_1", IMAGE]
    products = trace["flatten_1"].values * model.layers[-1].kernel.value[:, 2]
    assert path[1][1] == (np.abs(products).argmax(),)
    row, column, channel = path[2][1]
    pool = trace["relu_1"].values[2 * row : 2 * row + 2, 2 * column : 2 * column + 2, channel]
    assert trace["relu_1"].values[path[3][1]] == pool.max()
    top, left, bottom, right = trace.field("max_pool2d_1", path[2][1])
    y, x, _ = path[-1][1]
    assert top <= y < bottom
    assert left <= x < right


def test_on_a_blank_image_the_path_ends_at_a_bias():
    model = small(nn.Conv2D(3), nn.Flatten(), nn.Dense(4))
    assert [name for name, _ in Trace.of(model, np.zeros((8, 8))).path("conv2d_1", (2, 2, 1))] == ["conv2d_1"]


def test_the_path_goes_through_the_larger_branch():
    block = nn.Add([nn.Conv2D(1, 1)], shortcut=[nn.BatchNorm()])
    model = small(block, nn.Flatten(), nn.Dense(2))
    block.layers[0].kernel.value[...] = -9
    trace = Trace.of(model, np.ones((8, 8)))
    assert trace.source("add_1", (1, 1, 0)) == ("add_1/conv2d_1", (1, 1, 0))
    block.layers[0].kernel.value[...] = 0.1
    trace = Trace.of(model, np.ones((8, 8)))
    assert trace.source("add_1", (1, 1, 0)) == ("add_1/shortcut/batch_norm_1", (1, 1, 0))


@pytest.mark.parametrize(
    ("layers", "name", "index", "field"),
    [
        ([nn.Conv2D(2, 3)], "conv2d_1", (2, 1, 0), (2, 1, 5, 4)),
        ([nn.Conv2D(2, 3, padding="same")], "conv2d_1", (0, 7, 0), (0, 6, 2, 8)),
        ([nn.Conv2D(2, 3), nn.MaxPool2D(), nn.Conv2D(2, 2)], "conv2d_2", (1, 1, 1), (2, 2, 8, 8)),
        ([nn.Conv2D(2, (4, 3), (2, 1))], "conv2d_1", (2, 3, 0), (4, 3, 8, 6)),
        ([nn.DepthwiseConv2D((3, 2), (1, 3))], "depthwise_conv2d_1", (2, 1, 0), (2, 3, 5, 5)),
        ([nn.MaxPool2D((2, 3), (3, 1))], "max_pool2d_1", (1, 4, 0), (3, 4, 5, 7)),
        ([nn.Add([nn.Conv2D(1, 3, padding="same")])], "add_1", (4, 4, 0), (3, 3, 6, 6)),
        ([nn.Conv2D(2, 3), nn.GlobalAvgPool2D()], "global_avg_pool2d_1", (1,), (0, 0, 8, 8)),
    ],
)
def test_receptive_field(layers, name, index, field):
    model = small(*layers, nn.Flatten(), nn.Dense(2)) if name[0] != "g" else small(*layers, nn.Dense(2))
    trace = Trace.of(model, np.ones((8, 8)))
    assert trace.field(name, index) == field
    if name == "conv2d_1":
        assert trace.field(SOFTMAX, (1,)) == (0, 0, 8, 8)


def test_steps_from_layer_to_layer_come_back(rng):
    trace = Trace.of(zoo.build("tiny", rng=rng), rng.uniform(0, 1, (28, 28)))
    name, index = SOFTMAX, trace.strongest(SOFTMAX)
    names = []
    while name != IMAGE:
        names.append(name)
        before = name
        name, index = trace.step(name, index, -1)
        assert trace.explain(name, index)  # it exists
        assert trace.step(name, index, 1)[0] == before
    assert names == list(trace)[:0:-1]
    assert trace.step(IMAGE, index, -1) == (IMAGE, index)
    assert trace.step(SOFTMAX, (3,), 1) == (SOFTMAX, (3,))


def test_a_step_keeps_place_and_channel():
    model = small(nn.Conv2D(3), nn.ReLU(), nn.MaxPool2D(), nn.Conv2D(5, 2), nn.Flatten(), nn.Dense(2))
    trace = Trace.of(model, np.ones((8, 8)))
    assert trace.step("conv2d_1", (5, 2, 1), 1) == ("relu_1", (5, 2, 1))
    assert trace.step("relu_1", (5, 2, 1), 1) == ("max_pool2d_1", (2, 1, 1))
    name, (row, column, channel) = trace.step("max_pool2d_1", (2, 2, 0), 1)
    assert (name, row, column, channel) == ("conv2d_2", 1, 1, trace["conv2d_2"].values[1, 1].argmax())
    assert trace.step("conv2d_2", (1, 1, 4), 1) == ("flatten_1", (19,))
    assert trace.step("flatten_1", (19,), 1)[1] == trace.strongest("dense_1")


def test_the_chain_begins_at_the_last_sum_and_goes_on_to_the_next(rng):
    model = small(nn.Conv2D(3), nn.BatchNorm(), nn.ReLU(), nn.MaxPool2D(), nn.Flatten(), nn.Dense(2))
    trace = Trace.of(model, rng.uniform(0.5, 1, (8, 8)))
    _, index = trace.source("max_pool2d_1", (1, 2, 0))
    assert trace.chain("relu_1", index) == [(name, index) for name in ("conv2d_1", "batch_norm_1", "relu_1")]
    assert trace.chain("conv2d_1", index) == [("conv2d_1", index)]
    onward = [("batch_norm_1", index), ("relu_1", index), ("max_pool2d_1", (1, 2, 0))]
    assert trace.onward("conv2d_1", index) == onward
    assert trace.onward("max_pool2d_1", (1, 2, 0)) == [("flatten_1", (15,))]
    assert trace.onward(SOFTMAX, (1,)) == []


class Twice(nn.Layer):
    """A layer of a user's own."""

    def forward(self, x, training=False):
        return 2 * x


def test_a_layer_of_ones_own_shows_its_output():
    unit = explain_unit(small(Twice(), nn.Flatten(), nn.Dense(2)), np.eye(8), "layer_1", (3, 3, 0))
    assert (unit.value, unit.windows[0].values.shape, unit.windows[0].weights) == (2.0, (8, 8, 1), None)
    np.testing.assert_array_equal(unit.windows[0].values[..., 0], np.eye(8))


@pytest.mark.parametrize(
    ("layer", "index", "message"),
    [
        ("conv2d_9", (0, 0, 0), "layer: expected one of image, conv2d_1, .*softmax, got 'conv2d_9'"),
        ("conv2d_1", (0, 6, 0), r"conv2d_1: expected an index into an output of \(6, 6, 2\), got \(0, 6, 0\)"),
        ("conv2d_1", (0, -1, 0), r"conv2d_1: expected an index"),
        ("conv2d_1", (0,), r"conv2d_1: expected an index"),
    ],
)
def test_a_wrong_unit_gets_one_line(layer, index, message):
    with pytest.raises(ValueError, match=message):
        explain_unit(small(nn.Conv2D(2), nn.Flatten(), nn.Dense(2)), np.eye(8), layer, index)
