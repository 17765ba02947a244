"""A folded network predicts what the plain one predicts."""

import numpy as np
import pytest

from nn import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential
from nn.fold import fold_batch_norm, optimize_for_inference

pytestmark = pytest.mark.usefixtures("each_backend")


def network(layers, rng, dtype=np.float64):
    """With random weights and buffers."""
    model = Sequential(layers, (9, 8, 1), rng=rng, dtype=dtype)
    for array in model.parameters + model.buffers:
        array.value[...] = rng.standard_normal(array.value.shape)
    for array in model.buffers:
        if array.name.endswith("variance"):
            array.value[...] = rng.uniform(0.5, 2, array.value.shape)
    return model


def normalized():
    return [
        *(Conv2D(3), BatchNorm(), ReLU(), Conv2D(4), BatchNorm(), ReLU(), MaxPool2D(2)),
        *(Flatten(), Dense(6), BatchNorm(), ReLU(), Dropout(0.5), Dense(5)),
    ]


@pytest.mark.parametrize("make", [fold_batch_norm, optimize_for_inference])
def test_predictions_are_the_same(make, rng):
    model = network(normalized(), rng)
    x = rng.standard_normal((7, 9, 8, 1))
    np.testing.assert_allclose(make(model).predict(x), model.predict(x), rtol=1e-9, atol=1e-12)


def test_batch_norm_and_dropout_are_removed(rng):
    kinds = [type(layer) for layer in fold_batch_norm(network(normalized(), rng)).layers]
    assert kinds == [Conv2D, ReLU, Conv2D, ReLU, MaxPool2D, Flatten, Dense, ReLU, Dense]


def test_batch_norm_after_other_layers_stays(rng):
    model = network([Conv2D(3), ReLU(), BatchNorm(), Flatten(), Dense(2)], rng)
    assert [type(layer) for layer in fold_batch_norm(model).layers] == [Conv2D, ReLU, BatchNorm, Flatten, Dense]
    x = rng.standard_normal((3, 9, 8, 1))
    np.testing.assert_allclose(fold_batch_norm(model).predict(x), model.predict(x), rtol=1e-9, atol=1e-12)


def test_the_model_keeps_its_weights(rng):
    model = network(normalized(), rng)
    before = model.state_dict()
    folded = fold_batch_norm(model)
    for array in folded.parameters:
        array.value[...] = 0
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
