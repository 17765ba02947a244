"""``unit.js`` computes what ``nn.trace`` does: the window, the weights, the products, and the way to the ink."""

import re

import numpy as np
import pytest

import nn
from nn import checkpoint, zoo
from nn.trace import Trace
from tests.apps.web.page.driver import encode, needs_node, run
from tests.apps.web.page.test_network import NETWORKS, network

pytestmark = needs_node


def check(model, path, rng):
    checkpoint.save(path, model, {})
    image = rng.uniform(0.1, 1, model.input_shape).astype(np.float32)
    trace = Trace.of(model, image)
    units = [
        (number, place)
        for number, name in enumerate(trace)
        for place in {0, trace[name].values.size - 1, int(rng.integers(trace[name].values.size))}
    ]
    for unit, (number, place) in zip(run("units", weights=path, image=encode(image), units=units), units, strict=True):
        name = list(trace)[number]
        shape = trace[name].values.shape
        index = tuple(int(each) for each in np.unravel_index(place, shape))
        expected = trace.explain(name, index)
        assert unit["name"] == name
        assert unit["value"] == pytest.approx(expected.value, rel=1e-3, abs=1e-4)
        assert tuple(unit["field"]) == trace.field(name, index), (name, index)

        def flat(other, at):
            return [other, int(np.ravel_multi_index(at, trace[other].values.shape))]

        assert unit["chain"] == [flat(*each) for each in trace.chain(name, index)], (name, index)
        assert unit["path"] == [flat(*each) for each in trace.path(name, index)], (name, index)
        assert unit["onward"] == [flat(*each) for each in trace.onward(name, index)], (name, index)
        if len(expected.windows) == 1 and name != "softmax":
            (window,) = expected.windows
            np.testing.assert_allclose(unit["values"], window.values.ravel(), rtol=1e-3, atol=1e-4)
            if window.weights is not None:
                np.testing.assert_allclose(unit["weights"], window.weights.ravel(), rtol=1e-5, atol=1e-6)
                total = float(re.search("products ([+−][0-9.]+)", unit["text"])[1].replace("−", "-"))
                assert total == pytest.approx(expected.steps[0].result, abs=0.0051 + 1e-4 * abs(total))


@pytest.mark.parametrize("name", NETWORKS)
def test_units_of_every_kind_of_layer(name, tmp_path, rng):
    check(network(name), tmp_path / "weights.npz", rng)


@pytest.mark.parametrize("arch", ["deep", "lenet5"])
def test_units_of_named_architectures(arch, tmp_path, rng):
    check(zoo.build(arch, rng=rng), tmp_path / "weights.npz", rng)


def test_on_a_blank_image_the_path_ends_at_a_bias(tmp_path):
    model = nn.Sequential([nn.Conv2D(2), nn.Flatten(), nn.Dense(3)], (6, 6, 1))
    checkpoint.save(tmp_path / "weights.npz", model, {})
    (unit,) = run("units", weights=tmp_path / "weights.npz", image=encode(np.zeros((6, 6, 1))), units=[(1, 5)])
    assert unit["path"] == [["conv2d_1", 5]]
