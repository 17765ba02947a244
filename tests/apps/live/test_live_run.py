"""A training that is watched: the same bits as without, and presets that fail as they say."""

import numpy as np
import pytest

from apps.live.live_run import LiveRun
from apps.live.presets import PRESETS
from apps.live.settings import LayerChoice, LiveSettings
from nn import zoo
from nn.data.batches import epoch_order
from nn.digits import Recognizer
from nn.recipes import Recipe
from nn.trainer import Trainer
from tests.apps.live.bars import bars

SMALL = (LayerChoice("conv", 4), LayerChoice("pool", 2), LayerChoice("dense", 16))


@pytest.fixture(scope="module")
def data():
    return bars().split(60)


def run_of(data, **settings):
    images, labels, *validation = data
    return LiveRun(LiveSettings(**{"layers": SMALL, "epochs": 2} | settings), images, labels, tuple(validation))


def finish(run):
    while run.advance():
        pass
    return run.snapshot(observe=True)


def weights(run):
    return [array.value.copy() for array in run.model.parameters]


def test_the_bits_are_those_of_train():
    """However it is watched: at each step, with a drawing, and with single steps in between."""
    images, labels, *_ = data = bars(130).split(30)
    run = run_of(data, layers=LiveSettings().layers, seed=5, augmentation="little")
    run.monitor.show(np.ones((28, 28), np.float32))
    while run.advance_and_compare() and run.advance():
        run.snapshot(observe=True)
    settings = run.settings.recipe()
    model = zoo.build("baseline", rng=np.random.default_rng(5))
    list(Trainer(model, Recipe(epochs=2, augmentation=settings.augmentation)).fit(images, labels, 5))
    assert run.state == "finished"
    for array, other in zip(run.model.parameters, model.parameters, strict=True):
        np.testing.assert_array_equal(array.value, other.value)


def test_snapshots_repeat(data):
    found = []
    for _ in range(2):
        run = run_of(data)
        for _ in range(5):
            run.advance()
        found.append(run.snapshot(observe=True))
    for name in ("confusion", "mistakes", "points", "answers"):
        np.testing.assert_array_equal(*(getattr(each.observation, name) for each in found))
    np.testing.assert_array_equal(found[0].filters, found[1].filters)
    np.testing.assert_array_equal(found[0].curves.loss, found[1].curves.loss)


def test_it_learns_and_ends(data):
    run = run_of(data, epochs=6, learning_rate=1e-2)
    assert run.snapshot(observe=True).observation.accuracy < 0.4
    found = finish(run)
    assert (found.state, found.position.epoch) == ("finished", 6)
    assert found.position.step == found.position.steps == 60
    assert found.observation.accuracy > 0.9
    assert not run.advance()
    assert not run.advance_and_compare()
    assert run.snapshot(paused=True).state == "finished"


def test_a_single_step_says_what_it_changed(data):
    run = run_of(data, batch_size=20)
    run.advance()
    before, filters = weights(run), run.snapshot().filters
    assert run.advance_and_compare()
    change = run.snapshot().change
    np.testing.assert_array_equal(change.filters, run.snapshot().filters - filters)
    for (name, share), old, array in zip(change.layers, before, run.model.parameters, strict=True):
        assert name == array.name
        np.testing.assert_allclose(share, np.linalg.norm(array.value - old) / np.linalg.norm(old), rtol=1e-5)
    assert change.loss_after < change.loss_before
    assert change.loss_before == pytest.approx(run.snapshot().curves.loss[-1], rel=1e-5)
    images, labels, *_ = data
    batch = epoch_order(len(labels), 0, 1)[20:36]
    np.testing.assert_array_equal(change.images, images[batch])
    np.testing.assert_array_equal(change.labels, labels[batch])
    run.advance()
    assert run.snapshot().change is None


def test_a_rate_that_is_too_high_fails(data):
    preset = PRESETS["high_rate"].settings
    found = finish(run_of(data, learning_rate=preset.learning_rate, epochs=3))
    assert found.curves.loss[-1] > 2.0
    assert found.observation.accuracy < 0.3
    run = run_of(data, optimizer="sgd", learning_rate=1e30, epochs=3)
    found = finish(run)
    assert found.state == "failed"
    assert "a lower learning rate may help" in found.note
    assert not run.advance()


def test_zeros_as_initial_weights_fail(data):
    found = finish(run_of(data, initializer="zeros", epochs=3))
    assert found.curves.loss[-1] == pytest.approx(np.log(10), abs=0.05)
    assert not found.filters.any()
    assert (found.observation.confusion.any(axis=0)).sum() == 1


def test_unshuffled_digits_fail(data):
    """The last batches decide the answer for everything, which the same training with shuffling does not do."""
    sizes = {"batch_size": 8, "learning_rate": 1e-2, "epochs": 2}
    accuracy = {
        shuffle: finish(run_of(data, shuffle=shuffle, **sizes)).observation.accuracy for shuffle in (True, False)
    }
    assert accuracy[True] > accuracy[False] + 0.3


@pytest.mark.parametrize("suffix", ["npz", "onnx", "safetensors", "h"])
def test_what_is_kept_can_be_used(suffix, data, tmp_path):
    run = run_of(data)
    finish(run)
    path = tmp_path / f"kept.{suffix}"
    run.keep(path)
    if suffix == "npz":
        recognizer = Recognizer.load(path)
        image = data[2][0]
        np.testing.assert_array_equal(recognizer.network.predict(image[None]), run.model.predict(image[None]))
    assert path.stat().st_size > 1000


def test_an_unknown_suffix_is_one_line(data, tmp_path):
    names = ".npz or .h, .safetensors, .keras, .onnx"
    with pytest.raises(ValueError, match=f"kept.txt: expected a name that ends in {names}"):
        run_of(data).keep(tmp_path / "kept.txt")
    assert not list(tmp_path.iterdir())


def test_an_impossible_network_is_one_line(data):
    with pytest.raises(ValueError, match="network: layer 2, Conv 4: expected images"):
        run_of(data, layers=SMALL[::-1][:1] + SMALL[:1])
