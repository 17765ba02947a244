import numpy as np
import pytest

from nn import Conv2D, Dense, Flatten, ReLU, Sequential, checkpoint
from nn.ensemble import Ensemble, average
from nn.errors import CheckpointError


def network(seed, units=4, side=5, hidden=6, dtype=np.float32):
    layers = [Conv2D(2, 3), ReLU(), Flatten(), Dense(hidden), ReLU(), Dense(units)]
    return Sequential(layers, (side, side, 1), rng=np.random.default_rng(seed), dtype=dtype)


@pytest.fixture
def paths(tmp_path):
    """Two networks that fit together, one with other classes, one with other images."""
    networks = {"a": network(0), "b": network(1, hidden=3)}
    networks |= {"classes": network(2, units=3), "images": network(3, side=6)}
    for name, model in networks.items():
        checkpoint.save(tmp_path / f"{name}.npz", model, {})
    return {name: tmp_path / f"{name}.npz" for name in networks}


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (9, 5, 5)).astype(np.uint8)


def test_the_mean_of_the_probabilities(images, each_backend):
    members = [network(seed) for seed in range(3)]
    found = Ensemble(members).predict(images)
    each = [member.predict(images) for member in members]
    assert (found.dtype, found.shape) == (np.float32, (9, 4))
    np.testing.assert_allclose(found, (each[0] + each[1] + each[2]) / 3, rtol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    assert all(np.abs(found - one).max() > 1e-3 for one in each)


def test_one_network_predicts_the_same_alone(images):
    alone = network(0).predict(images)
    np.testing.assert_array_equal(Ensemble([network(0)]).predict(images), alone)
    np.testing.assert_array_equal(average([alone]), alone)


def test_float64_stays_float64(images):
    assert Ensemble([network(0, dtype=np.float64), network(1, dtype=np.float64)]).predict(images).dtype == np.float64


def test_no_images(images):
    assert Ensemble([network(0), network(1)]).predict(images[:0]).shape == (0, 4)


def test_from_files(paths, images):
    ensemble = Ensemble.load([paths["a"], str(paths["b"])])
    assert (ensemble.input_shape, ensemble.output_shape) == ((5, 5, 1), (4,))
    each = [checkpoint.load(paths[name]).model.predict(images) for name in "ab"]
    np.testing.assert_allclose(ensemble.predict(images), np.mean(each, axis=0), atol=1e-6)
    for member, alone in zip(ensemble.members, each, strict=True):
        np.testing.assert_allclose(member.predict(images), alone, atol=1e-6)


@pytest.mark.parametrize(
    ("other", "shapes"), [("classes", r"\(5, 5, 1\) to \(3,\)"), ("images", r"\(6, 6, 1\) to \(4,\)")]
)
def test_a_file_that_differs_is_named(paths, other, shapes):
    message = rf"{other}\.npz: expected a network from \(5, 5, 1\) to \(4,\), as .*a\.npz is, found one from {shapes}"
    with pytest.raises(CheckpointError, match=message):
        Ensemble.load([paths["a"], paths["b"], paths[other]])


def test_a_file_that_is_missing_is_named(paths, tmp_path):
    with pytest.raises(CheckpointError, match=r"none\.npz: expected a file of weights, found nothing"):
        Ensemble.load([paths["a"], tmp_path / "none.npz"])


def test_a_network_that_differs_is_an_error():
    with pytest.raises(ValueError, match=r"network 2: expected .* as the first is, found one from \(6, 6, 1\)"):
        Ensemble([network(0), network(1, side=6)])


@pytest.mark.parametrize("make", [Ensemble, Ensemble.load])
def test_an_empty_ensemble_is_an_error(make):
    with pytest.raises(ValueError, match=r"Ensemble: (members|paths): expected at least one, got none"):
        make([])
