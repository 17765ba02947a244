"""What a subclass inherits, and freezing."""

import copy

import numpy as np
import pytest

from nn import SGD, Adam, AdamW, BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential, checkpoint
from nn.fold import fold_batch_norm, optimize_for_inference
from nn.fuse import fuse
from nn.layers.base import HOOKS, Layer
from tests.gradcheck import check_gradients


class Leaky(ReLU):
    """A user's own: a ReLU by inheritance only."""

    def _function(self, x, y):
        np.multiply(x, np.where(x > 0, 1, 0.5), out=y)

    def _gradient(self, dy, saved, dx):
        np.multiply(dy, np.where(saved > 0, 1, 0.5), out=dx)


class Doubled(Dense):
    def forward(self, x, training=False):
        return 2 * super().forward(x, training)

    def backward(self, dy, need_dx=True):
        return super().backward(2 * dy, need_dx)


class ScaledNorm(BatchNorm):
    def forward(self, x, training=False):
        return 3 * super().forward(x, training)

    def backward(self, dy, need_dx=True):
        return super().backward(3 * dy, need_dx)


class Reversed(Flatten):
    def forward(self, x, training=False):
        return np.ascontiguousarray(super().forward(x, training)[:, ::-1])

    def backward(self, dy, need_dx=True):
        return super().backward(np.ascontiguousarray(dy[:, ::-1]), need_dx)


class MinPool(MaxPool2D):
    def forward(self, x, training=False):
        return -super().forward(-x, training)


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [Conv2D(3), Leaky(), MaxPool2D(2), Flatten(), Dense(4), Leaky(), Dense(3)],
        lambda: [Conv2D(3), ReLU(), Flatten(), Doubled(4), ReLU(), Doubled(3)],
        lambda: [Conv2D(3), ScaledNorm(), ReLU(), Flatten(), Dense(4), ScaledNorm(), Dense(3)],
        lambda: [Conv2D(3), ReLU(), Reversed(), Dense(3)],
        lambda: [Conv2D(3), ReLU(), MinPool(2), Flatten(), Dense(3)],
        lambda: [Conv2D(3), ReLU(), MinPool(2), Flatten(), Doubled(4), BatchNorm(), Dense(3)],
    ],
)
@pytest.mark.parametrize("change", [fuse, fold_batch_norm, optimize_for_inference])
def test_a_subclass_is_computed_as_what_it_is(layers, change, rng):
    model = Sequential(layers(), (7, 8, 1), rng=rng, dtype=np.float64)
    for array in model.parameters:
        array.value[...] = rng.standard_normal(array.value.shape)
    x = rng.standard_normal((5, 7, 8, 1))
    expected = model.forward(x)
    np.testing.assert_allclose(change(model).forward(x), expected, rtol=1e-9, atol=1e-12)
    predicted = np.exp(expected - expected.max(axis=1, keepdims=True))
    np.testing.assert_allclose(change(model).predict(x), predicted / predicted.sum(axis=1, keepdims=True), rtol=1e-9)


def test_a_subclass_trains_as_what_it_is(rng):
    model = Sequential([Doubled(4), Leaky(), Doubled(3)], (5,), rng=rng, dtype=np.float64)
    check_gradients(fuse(model), rng.standard_normal((4, 5)), rng)
    optimizer = Adam(model.parameters)
    y = model.forward(rng.standard_normal((4, 5)), training=True)
    model.backward(np.ones_like(y), optimizer=optimizer)  # this layer's backward takes no optimizer
    optimizer.step()


def test_a_subclass_starts_from_the_safe_defaults():
    class Mine(Conv2D):
        """The same as its base class."""

    for hook in HOOKS:
        assert vars(Mine)[hook] is vars(Layer)[hook]


def test_a_user_defined_class_is_not_saved_as_one_of_the_library(rng, tmp_path):
    mine = type("Dropout", (Dropout,), {"__module__": "mine"})
    model = Sequential([Flatten(), mine(0.5), Dense(2)], (3, 3, 1), rng=rng)
    with pytest.raises(
        ValueError, match=r"dropout_1: expected a layer of nn.layers or a registered one, got mine.Dropout"
    ):
        checkpoint.save(tmp_path / "a.npz", model, {})
    assert not (tmp_path / "a.npz").exists()


class TestFreezing:
    def network(self, rng, dtype=np.float64):
        layers = [Conv2D(3), BatchNorm(), ReLU(), Flatten(), Dense(4), ReLU(), Dense(3)]
        return Sequential(layers, (5, 5, 1), rng=rng, dtype=dtype)

    def train(self, model, optimizer, rng, steps=3, fused=True):
        trained = fuse(model) if fused else model
        for _ in range(steps):
            y = trained.forward(rng.standard_normal((6, 5, 5, 1)), training=True)
            trained.backward(y - 1, need_dx=False, optimizer=optimizer)
            optimizer.step()

    @pytest.mark.parametrize(
        "make",
        [
            Adam,
            lambda p: AdamW(p, weight_decay=0.5),
            lambda p: SGD(p, 0.1, momentum=0.9, weight_decay=0.5),
        ],
        ids=["adam", "adamw", "sgd"],
    )
    @pytest.mark.parametrize("fused", [False, True])
    def test_frozen_layers_keep_their_arrays(self, make, fused, rng):
        model = self.network(rng)
        optimizer = make(model.parameters)
        self.train(model, optimizer, rng, fused=fused)
        for layer in (model.layers[0], model.layers[1], model.layers[4]):
            layer.trainable = False
        before = model.state_dict()
        self.train(model, optimizer, rng, fused=fused)
        changed = {name for name, value in model.state_dict().items() if (value != before[name]).any()}
        assert changed == {"dense_2/kernel", "dense_2/bias"}
        model.layers[0].trainable = True
        self.train(model, optimizer, rng, fused=fused)
        assert (model.state_dict()["conv2d_1/kernel"] != before["conv2d_1/kernel"]).all()

    def test_gradients_of_frozen_layers_are_not_computed(self, rng):
        model = self.network(rng)
        model.layers[0].trainable = model.layers[4].trainable = False
        for parameter in model.parameters:
            parameter.grad.fill(7)
        y = model.forward(rng.standard_normal((6, 5, 5, 1)), training=True)
        model.backward(np.ones_like(y))
        untouched = {parameter.name for parameter in model.parameters if (parameter.grad == 7).all()}
        assert untouched == {"conv2d_1/kernel", "conv2d_1/bias", "dense_1/kernel", "dense_1/bias"}

    @pytest.mark.parametrize("fused", [False, True])
    def test_the_other_gradients_are_right(self, fused, rng):
        """Those of the images, too."""
        model = self.network(rng)
        model.layers[0].trainable = model.layers[1].trainable = model.layers[4].trainable = False
        network = fuse(model) if fused else model
        network = Sequential.from_layers(network.layers, network.input_shape, network.dtype)
        all_parameters = [p for p in network.parameters if p.trainable]
        x = rng.standard_normal((4, 5, 5, 1))

        class Trainable:
            parameters, forward, backward = all_parameters, network.forward, network.backward

        check_gradients(Trainable, x, rng)

    def test_clipping_does_not_count_frozen_gradients(self, rng):
        model = self.network(rng)
        optimizer = SGD(model.parameters)
        for parameter in model.parameters:
            parameter.grad.fill(1)
        model.layers[0].trainable = model.layers[1].trainable = model.layers[4].trainable = False
        kernel, bias = model.layers[6].parameters
        assert optimizer.clip_gradients(1.0) == pytest.approx(np.sqrt(kernel.value.size + bias.value.size))
        assert (model.parameters[0].grad == 1).all()

    def test_frozen_before_it_is_built(self, rng):
        first = Dense(4)
        first.trainable = False
        model = Sequential([first, ReLU(), Dense(2)], (3,), rng=rng)
        assert [parameter.trainable for parameter in model.parameters] == [False, False, True, True]

    def test_a_copy_shares_no_weights(self, rng):
        layer = self.network(rng).layers[0]
        other = copy.deepcopy(layer)
        assert other.parameters[0] is other.kernel
        other.kernel.value[...] = 0
        assert layer.kernel.value.all()
