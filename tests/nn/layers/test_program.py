"""One image in one call of compiled code gives what the layers give one after another."""

import contextlib
import threading

import numpy as np
import pytest

from nn import (
    Adam,
    Add,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Layer,
    MaxPool2D,
    ReLU,
    Sequential,
    zoo,
)
from nn.layers.chain import infer_all
from nn.ops import backend


@pytest.fixture(autouse=True)
def tuned(needs_numba):
    """Only the tuned operations include a program."""
    with backend.use("numba"):
        yield


def draw(model, rng):
    """Weights and running means as training makes them, none of them trivial."""
    for array in model.parameters + model.buffers:
        low, high = (0.5, 1.5) if array.name.endswith(("gamma", "variance")) else (-0.3, 0.3)
        array.value[...] = rng.uniform(low, high, array.value.shape)
    return model


def program_of(model):
    return model._inference_layers.program(np.zeros((1, *model.input_shape), model.dtype))


def check(model, images, tolerance=1e-5):
    plain = model.forward(images)
    for image, logits in zip(images, plain, strict=True):
        found = model.infer(image[None])
        np.testing.assert_allclose(found[0], logits, rtol=tolerance, atol=tolerance * max(1, np.abs(plain).max()))
        probabilities = model.predict(image[None])[0]
        shares = np.exp(logits - logits.max())
        np.testing.assert_allclose(probabilities, shares / shares.sum(), atol=20 * tolerance)


@pytest.mark.parametrize("arch", zoo.ARCHITECTURES)
def test_networks_of_the_zoo(arch, rng):
    model = draw(zoo.build(arch), rng)
    images = rng.random((3, 28, 28, 1), np.float32) * (rng.random((3, 28, 28, 1)) < 0.4)
    check(model, images.astype(np.float32))
    assert program_of(model) is not None


@pytest.mark.parametrize(
    "layers",
    [
        [Conv2D(70, 3, stride=2, padding="same"), Conv2D(3, (2, 5)), Flatten(), Dense(70), BatchNorm(), Dense(3)],
        [Conv2D(6, 5, padding="same"), BatchNorm(), ReLU(), MaxPool2D(2), Conv2D(33, 1, stride=3), Flatten()],
        [DepthwiseConv2D(3, stride=2, padding="same"), AvgPool2D((2, 3)), MaxPool2D(2, stride=1), Flatten(), ReLU()],
        [MaxPool2D((3, 2), stride=(2, 3)), BatchNorm(), ReLU(), Flatten(), Dense(2), ReLU()],
        [Conv2D(4), ReLU(), MaxPool2D(3), Flatten(), Dense(2)],
        [Flatten(), Dense(2)],
    ],
    ids=["strides", "pooled", "depthwise", "pools", "pools of three", "dense"],
)
def test_sizes_and_options(layers, rng):
    model = draw(Sequential(layers, (11, 14, 2), rng=rng, dtype=np.float64), rng)
    check(model, rng.standard_normal((2, 11, 14, 2)), 1e-12)


@pytest.mark.parametrize("threads", [contextlib.nullcontext, backend.one_thread], ids=["all threads", "one thread"])
@pytest.mark.parametrize("size", [9, 29], ids=["few tiles", "many tiles"])
def test_convolutions_of_many_channels(size, threads, rng):
    layers = [Conv2D(32, 3, padding="same"), BatchNorm(), ReLU(), Conv2D(32, 3), ReLU(), MaxPool2D(2), Conv2D(64, 3)]
    model = draw(Sequential([*layers, Flatten(), Dense(128), Dense(3)], (size, size, 16), rng=rng), rng)
    with threads():
        check(model, rng.standard_normal((2, size, size, 16)).astype(np.float32), 1e-4)
    assert program_of(model).has_threads


@pytest.mark.parametrize("name", ["kernel", "bias", "gamma", "mean"])
def test_transformed_weights_follow_the_weights(name, rng):
    layers = [Conv2D(32, 3), BatchNorm(), ReLU(), Flatten(), Dense(2)]
    model = draw(Sequential(layers, (12, 12, 32), rng=rng), rng)
    image = rng.standard_normal((1, 12, 12, 32)).astype(np.float32)
    check(model, image, 1e-4)
    changed = next(array for array in model.parameters + model.buffers if array.name.endswith(name))
    for value in (0.5, np.nan, 0.25):
        changed.value.flat[-1] = value
        if np.isnan(value):
            assert np.isnan(model.infer(image)).any()
        else:
            check(model, image, 1e-4)


@pytest.mark.parametrize("name", ["value", "array", "statistics", "epsilon", "training", "strided array"])
def test_changed_weights_take_effect(name, rng):
    model, image = draw(zoo.build("tiny"), rng), rng.random((1, 28, 28, 1), np.float32)
    before, first = model.infer(image), model.parameters[0]
    if name == "value":
        first.value[0, 0, 0, 0] += 1
    elif name == "array":
        first.value = first.value * 2
    elif name == "strided array":
        first.value = np.repeat(first.value, 2, axis=3)[..., ::2] * 2
    elif name == "statistics":
        model.buffers[0].value += 1
    elif name == "epsilon":
        next(layer for layer in model.layers if isinstance(layer, BatchNorm)).epsilon = 1.0
    else:
        model.fit(rng.random((4, 28, 28, 1), np.float32), np.arange(4), optimizer=Adam(model.parameters, 0.1))
    assert np.abs(model.infer(image) - before).max() > 1e-3
    if name != "strided array":  # which only the other layers take
        check(model, image)


class Double(Layer):
    def forward(self, x, training=False):
        return 2 * x


@pytest.mark.parametrize("layer", [Double(), Add([Conv2D(2, padding="same")]), ReLU()], ids=["own", "block", "ReLU"])
def test_layers_without_steps(layer, rng):
    model = draw(Sequential([layer, Flatten(), Dense(3)], (6, 6, 2), rng=rng), rng)
    image = rng.random((1, 6, 6, 2), np.float32)
    check(model, image)
    assert program_of(model) is None


def test_a_subclass_has_no_steps(rng):
    class Negative(Dense):
        def forward(self, x, training=False):
            return -super().forward(x, training)

    model = draw(Sequential([Flatten(), Negative(3)], (6, 6, 2), rng=rng), rng)
    check(model, rng.random((1, 6, 6, 2), np.float32))


def test_threads_get_their_own_answers(rng):
    model, images = draw(zoo.build("tiny"), rng), rng.random((8, 28, 28, 1), np.float32)
    expected, found = [model.predict(image[None]) for image in images], [[] for _ in images]

    def work(number):
        for _ in range(50):
            found[number].append(model.predict(images[number : number + 1]))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(images))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answers, answer in zip(found, expected, strict=True):
        assert all((each == answer).all() for each in answers)


def test_earlier_answers_stay(rng):
    model, images = draw(zoo.build("mlp"), rng), rng.random((2, 28, 28, 1), np.float32)
    first = model.infer(images[:1])
    copy = first.copy()
    model.infer(images[1:])
    np.testing.assert_array_equal(first, copy)


def test_not_a_number_stays(rng):
    model = draw(zoo.build("lenet5"), rng)
    image = rng.random((1, 28, 28, 1), np.float32)
    image[0, 14, 14] = np.nan
    assert np.isnan(model.infer(image)).all()
    with pytest.raises(FloatingPointError, match="images"):
        model.predict(image)


def test_images_that_are_too_bright_are_refused(rng):
    model, image = draw(zoo.build("mlp"), rng), np.full((1, 28, 28, 1), 3, np.float32)
    with pytest.raises(ValueError, match="images: expected"):
        model.predict(image)
    program = program_of(model)
    assert program.probabilities(image / 2, 2) is not None
    assert program.probabilities(image, 2) is None
    image[0, 0, 0, 0] = -1  # as normalized images are
    assert program.probabilities(image, 2) is not None


def test_images_of_bytes(rng):
    model = draw(zoo.build("mlp"), rng)
    image = rng.integers(0, 256, (1, 28, 28), np.uint8)
    np.testing.assert_allclose(model.predict(image), model.predict(np.concatenate([image, image]))[:1], atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_images_in_any_order_of_memory(dtype, rng):
    model, image = draw(zoo.build("mlp"), rng), rng.integers(0, 2, (28, 28)).astype(dtype)
    expected = model.predict(image[None].copy())
    readonly = image[None].copy()
    readonly.flags.writeable = False
    for given in (np.asfortranarray(image)[None], np.repeat(image, 2, axis=1)[None, :, ::2], readonly):
        np.testing.assert_array_equal(model.predict(given), expected)


def test_much_work_for_one_thread_has_no_program(rng):
    model = Sequential([Conv2D(64, 5), Conv2D(64, 5), Flatten(), Dense(2)], (28, 28, 1), rng=rng)
    image = rng.random((1, 28, 28, 1), np.float32)
    check(model, image)
    assert program_of(model) is None
    np.testing.assert_array_equal(model.infer(image), infer_all(model._inference_layers.fused, image))
