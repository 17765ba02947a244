"""What is seen inside a network: its activations, and gradients and occlusion held to their definitions."""

import numpy as np
import pytest

from nn import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential, zoo
from nn.fold import fold_batch_norm, optimize_for_inference
from nn.fuse import fuse
from nn.inspection import (
    activations,
    first_convolution,
    first_pooling,
    last_hidden,
    occlusion_map,
    occlusion_map_steps,
    saliency_map,
)
from tests.gradcheck import assert_gradient, numeric_gradient
from tests.nn.test_fold import network, normalized

pytestmark = pytest.mark.usefixtures("each_backend")


def logit(model, x, label):
    return float(model.forward(x)[:, label].sum())


@pytest.mark.parametrize("as_is", [lambda model: model, fuse, fold_batch_norm, optimize_for_inference])
def test_saliency_map_is_the_derivative_of_the_logit(as_is, rng):
    model = as_is(network(normalized(), rng))
    x = rng.uniform(0, 1, (2, 9, 8, 1))
    numeric = numeric_gradient(lambda: logit(model, x, 3), x)
    assert_gradient("image", saliency_map(model, x, 3), numeric)


def test_saliency_map_through_batch_norm_of_the_image(rng):
    model = network([BatchNorm(), Flatten(), Dropout(0.5), Dense(4), ReLU(), Dense(3)], rng)
    x = rng.uniform(0, 1, (2, 9, 8, 1))
    before = model.state_dict()
    assert_gradient("image", saliency_map(model, x, 1), numeric_gradient(lambda: logit(model, x, 1), x))
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])  # nothing of the model changes


@pytest.mark.parametrize("arch", zoo.ARCHITECTURES)
def test_every_architecture_can_be_inspected(arch, rng):
    model = fold_batch_norm(zoo.build(arch, rng=rng))
    x = rng.uniform(0, 1, (1, 28, 28, 1)).astype(np.float32)
    seen = activations(model, x)
    assert list(seen) == [layer.name for layer in model.layers]
    np.testing.assert_array_equal(seen[model.layers[-1].name], model.forward(x))
    gradient = saliency_map(model, x, 2)
    step = 1e-2 * np.sign(gradient)
    rise = model.forward(x + step)[0, 2] - model.forward(x - step)[0, 2]
    assert rise > 0
    assert occlusion_map(model, x[0], 2, stride=8).shape == (28, 28)
    assert last_hidden(model) in seen
    assert (first_convolution(model) is None) == (arch == "mlp")
    assert (first_pooling(model) is None) == (arch == "mlp")


def test_first_convolution_names_the_last_elementwise_layer(rng):
    layers = [Conv2D(3), BatchNorm(), ReLU(), MaxPool2D(2), Flatten(), Dense(4)]
    model = network(layers, rng)
    name, kernel = first_convolution(model)
    assert (name, kernel.shape) == ("relu_1", (3, 3, 1, 3))
    assert (first_pooling(model), last_hidden(model)) == ("max_pool2d_1", "flatten_1")


def brute_force_occlusion(model, image, label, size, stride):
    total, count = np.zeros(image.shape), np.zeros(image.shape)
    logits = model.forward(image[None, ..., None])[0]
    start = next(start for start in range(1 - size, 1) if start % stride == 0)  # one of the squares begins at 0
    for top in range(start, image.shape[0], stride):
        for left in range(start, image.shape[1], stride):
            covered = image.copy()
            covered[max(top, 0) : top + size, max(left, 0) : left + size] = 0
            if (covered != image).any():
                fall = logits[label] - model.forward(covered[None, ..., None])[0, label]
                total[max(top, 0) : top + size, max(left, 0) : left + size] += fall
                count[max(top, 0) : top + size, max(left, 0) : left + size] += 1
    return total / np.maximum(count, 1)


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (4, 2), (5, 3)])
def test_occlusion_map_equals_brute_force(size, stride, rng):
    model = network([Flatten(), Dense(6), ReLU(), Dense(4)], rng)
    image = np.zeros((9, 8))
    image[2:6, 3:5] = rng.uniform(0.2, 1, (4, 2))
    expected = brute_force_occlusion(model, image, 1, size, stride)
    found = occlusion_map(model, image, 1, size=size, stride=stride, batch_size=5)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    *_, last = occlusion_map_steps(model, image, 1, size=size, stride=stride, batch_size=2)
    np.testing.assert_allclose(last, expected, rtol=1e-9, atol=1e-12)


def test_occlusion_map_of_a_blank_image_is_zero(rng):
    model = network([Flatten(), Dense(4)], rng)
    assert not occlusion_map(model, np.zeros((9, 8)), 0).any()


@pytest.mark.parametrize("look", [saliency_map, lambda model, x, label: occlusion_map(model, x[0], label)])
def test_unknown_label(look, rng):
    model = Sequential([Flatten(), Dense(4)], (3, 3, 1), rng=rng)
    with pytest.raises(ValueError, match=r"label: expected an integer in \[0, 3\], got 4"):
        look(model, np.zeros((1, 3, 3, 1), np.float32), 4)
