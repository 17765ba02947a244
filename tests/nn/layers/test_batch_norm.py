import numpy as np
import pytest

from nn import BatchNorm, Conv2D, Dense, Flatten, ReLU, Sequential, checkpoint
from nn.fuse import fuse
from tests.gradcheck import check_gradients

pytestmark = pytest.mark.usefixtures("each_backend")


def built(shape, rng, **options):
    layer = BatchNorm(**options)
    layer.build(shape, rng, np.float64)
    return layer


def network(rng, dtype=np.float64):
    layers = [Conv2D(3, 2), BatchNorm(), ReLU(), Flatten(), Dense(5), BatchNorm(), ReLU(), Dense(2)]
    return Sequential(layers, (4, 5, 1), rng=rng, dtype=dtype)


def test_training_gives_each_channel_mean_beta_and_deviation_gamma(rng):
    layer = built((6, 5, 3), rng)
    layer.gamma.value[...], layer.beta.value[...] = [1, 2, 3], [-1, 0, 1]
    y = layer.forward(rng.standard_normal((50, 6, 5, 3)) * [1, 10, 100] + [7, 8, 9], training=True)
    np.testing.assert_allclose(y.mean(axis=(0, 1, 2)), [-1, 0, 1], atol=1e-10)
    np.testing.assert_allclose(y.std(axis=(0, 1, 2)), [1, 2, 3], rtol=1e-4)


def test_running_buffers_move_towards_the_batch(rng):
    layer = built((3,), rng, momentum=0.75)
    x = rng.standard_normal((40, 3)) * 2 + 5
    layer.forward(x, training=True)
    np.testing.assert_allclose(layer.mean.value, 0.25 * x.mean(axis=0))
    np.testing.assert_allclose(layer.variance.value, 0.75 + 0.25 * x.var(axis=0, ddof=1))
    for _ in range(100):
        layer.forward(x, training=True)
    y = layer.forward(x)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-6)


def test_inference_is_independent_of_the_batch(rng):
    layer = built((4, 3), rng)
    layer.forward(rng.standard_normal((30, 4, 3)) + 3, training=True)
    x = rng.standard_normal((5, 4, 3))
    before = layer.mean.value.copy()
    np.testing.assert_allclose(layer.forward(x)[2:3], layer.forward(x[2:3]), rtol=1e-12)
    np.testing.assert_array_equal(layer.mean.value, before)


@pytest.mark.parametrize("fused", [False, True])
def test_gradients_of_a_network(fused, rng):
    model = network(rng)
    check_gradients(fuse(model) if fused else model, rng.standard_normal((6, 4, 5, 1)), rng)


def test_fused_equals_plain_and_shares_buffers(rng):
    model = network(rng)
    fused = fuse(model)
    x = rng.standard_normal((6, 4, 5, 1))
    y = fused.forward(x, training=True)
    np.testing.assert_allclose(y, model.forward(x, training=True), rtol=1e-12)
    assert [s is t for s, t in zip(model.buffers, fused.buffers, strict=True)] == [True] * 4


def test_checkpoints_keep_the_buffers(rng, tmp_path):
    model = network(rng, np.float32)
    x = rng.standard_normal((6, 4, 5, 1)).astype(np.float32)
    model.forward(x + 2, training=True)
    checkpoint.save(tmp_path / "a.npz", model, {})
    again = checkpoint.load(tmp_path / "a.npz").model
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    assert "batch_norm_1/mean" in again.state_dict()


def test_without_a_scale_only_the_mean_is_trained(rng):
    layer = built((6, 5, 3), rng, scale=False)
    assert [array.name for array in layer.parameters] == ["batch_norm/beta"]
    assert layer.gamma in layer.buffers
    layer.forward(rng.standard_normal((50, 6, 5, 3)), training=True)
    np.testing.assert_array_equal(layer.gamma.value, 1)


@pytest.mark.parametrize("options", [{"momentum": 1.0}, {"momentum": -0.1}, {"epsilon": 0.0}])
def test_impossible_options(options):
    with pytest.raises(ValueError, match=r"BatchNorm: (momentum|epsilon): expected"):
        BatchNorm(**options)
