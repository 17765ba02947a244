from types import SimpleNamespace

import numpy as np
import pytest

from nn import zoo
from nn.data.dataset import IncompleteError
from nn.digits import fine_tuning
from nn.errors import DataError
from nn.fold import fold_batch_norm


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Few synthetic drawings to rehearse, no MNIST, and few steps."""

    def unreachable(**options):
        raise IncompleteError("none here")

    monkeypatch.setattr(fine_tuning.mnist, "load", unreachable)
    monkeypatch.setattr(fine_tuning, "SYNTHETIC_ALONE", 100)
    monkeypatch.setattr(fine_tuning, "STEPS", 5)


@pytest.fixture
def model():
    return zoo.build("tiny", rng=np.random.default_rng(0))


def images(count):
    return np.full((count, 28, 28), 255, np.uint8), np.zeros(count, np.int64)


def test_only_the_head_is_trained_and_the_model_is_not_changed(model):
    before = {name: value.copy() for name, value in model.state_dict().items()}
    tuned = fine_tuning.fine_tune(model, *images(2))
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    folded = fold_batch_norm(model).state_dict()
    changed = {name for name, value in tuned.state_dict().items() if (value != folded[name]).any()}
    head = {name for name in folded if name.startswith("dense")}
    assert changed == head
    assert head < set(folded)


def test_the_same_images_give_the_same_network(model):
    first, again, other = (fine_tuning.fine_tune(model, *images(2), seed=seed).state_dict() for seed in (0, 0, 1))
    for name, value in first.items():
        np.testing.assert_array_equal(value, again[name])
    assert any((value != other[name]).any() for name, value in first.items())


def test_weights_are_interpolated(model, monkeypatch):
    """Of the way that they go with an interpolation of 1, they go the share asked for."""
    old = fold_batch_norm(model).state_dict()
    found = {}
    for share in (1.0, 0.25):
        monkeypatch.setattr(fine_tuning, "INTERPOLATION", share)
        found[share] = fine_tuning.fine_tune(model, *images(2)).state_dict()
    for name, value in old.items():
        np.testing.assert_allclose(found[0.25][name], value + 0.25 * (found[1.0][name] - value), atol=1e-6)


def test_many_drawings_have_fewer_variants(model, monkeypatch):
    variants = []
    augment = fine_tuning._augment
    monkeypatch.setattr(fine_tuning, "_augment", lambda *args: variants.append(args[1]) or augment(*args))
    monkeypatch.setattr(fine_tuning, "TOTAL_VARIANTS", 80)
    for count in (1, 2, 8, 30):
        fine_tuning.fine_tune(model, *images(count))
    assert variants == [40, 40, 10, 4]


@pytest.mark.parametrize(("count", "size"), [(30, 28), (30, 12), (200, 28)])
def test_any_set_of_images_may_take_the_place_of_mnist(model, monkeypatch, rng, count, size):
    """``NN_DATA`` names it. Images of another size are not rehearsed."""
    monkeypatch.setattr(fine_tuning, "MNIST_IMAGES", 100)
    monkeypatch.setattr(fine_tuning, "SYNTHETIC", 20)
    found = SimpleNamespace(train_images=rng.integers(0, 256, (count, size, size), np.uint8))
    monkeypatch.setattr(fine_tuning.mnist, "load", lambda **options: found)
    fine_tuning.fine_tune(model, *images(2))


def test_images_that_can_not_be_read_are_an_error(model, monkeypatch):
    """Without them the network would forget more, and no one would know why."""

    def damaged(**options):
        raise DataError("train-images-idx3-ubyte: damaged")

    monkeypatch.setattr(fine_tuning.mnist, "load", damaged)
    with pytest.raises(DataError, match="damaged"):
        fine_tuning.fine_tune(model, *images(2))
