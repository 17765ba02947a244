"""Training by a recipe."""

import dataclasses
import itertools

import numpy as np
import pytest

from nn import Dense, Flatten, Sequential, synthetic_drawings, zoo
from nn.recipes import Recipe
from nn.trainer import Trainer
from nn.training import EpochEnd, StepEnd
from tests.nn.test_recipes import EVERYTHING, TO_THE_END


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (40, 6, 5), dtype=np.uint8)


@pytest.fixture
def labels(rng):
    return rng.integers(0, 3, 40)


def trainer(recipe):
    return Trainer(Sequential([Flatten(), Dense(3)], (6, 5, 1), rng=np.random.default_rng(0)), recipe)


@pytest.mark.parametrize("recipe", [EVERYTHING, TO_THE_END])
@pytest.mark.parametrize("stop", [3, 7, 12])
def test_it_resumes_from_its_state(recipe, stop, images, labels):
    whole, halves = trainer(recipe), trainer(recipe)
    validation = images[:10], labels[:10]
    for _ in whole.fit(images, labels, 1, validation):
        pass
    steps = (event for event in halves.fit(images, labels, 1, validation) if isinstance(event, StepEnd))
    last = next(itertools.islice(steps, stop - 1, None))
    resumed = trainer(recipe)
    resumed.model.load_state_dict(halves.model.state_dict())
    resumed.load_state_dict(halves.state_dict())
    for _ in resumed.fit(images, labels, 1, validation, start=last):
        pass
    whole.finish()
    resumed.finish()
    # Interrupted just before the end of an epoch, early stopping does not know of it yet: train.py saves after it.
    for name, value in whole.model.state_dict().items():
        np.testing.assert_array_equal(resumed.model.state_dict()[name], value, err_msg=name)


def test_early_stopping_ends_the_training(images, labels):
    """Validated on labels that it never learns."""
    patient = trainer(dataclasses.replace(EVERYTHING, epochs=50, schedule="constant"))
    ends = [e for e in patient.fit(images, labels, 0, (images, np.zeros(40, int))) if isinstance(e, EpochEnd)]
    assert patient.early_stopping.epoch == ends[-1].epoch - 3 < 47
    assert list(patient.fit(images, labels, 0, (images, labels))) == []  # it stays over


def test_early_stopping_needs_validation_images(images, labels):
    with pytest.raises(ValueError, match="expected validation images"):
        next(trainer(EVERYTHING).fit(images, labels, 0))


def test_the_averages_become_the_final_weights(images, labels):
    averaged = trainer(Recipe(epochs=2, batch_size=4, ema_decay=0.99))
    for _ in averaged.fit(images, labels, 0):
        pass
    last = averaged.model.state_dict()
    with averaged.average.applied():
        mean = averaged.model.state_dict()
    averaged.finish()
    found = averaged.model.state_dict()
    for name, value in mean.items():
        np.testing.assert_array_equal(found[name], value)
        assert not np.array_equal(value, last[name])


def test_stochastic_weight_averaging_covers_the_last_fraction_of_the_steps(images, labels):
    """Of twenty steps the last half, every eighth: the sixteenth alone."""
    averaged, seen = trainer(TO_THE_END), []
    for event in averaged.fit(images, labels, 0):
        if isinstance(event, StepEnd):
            seen.append(averaged.model.state_dict())
    averaged.finish()
    assert averaged.average.start == 10
    for name, value in averaged.model.state_dict().items():
        np.testing.assert_allclose(value, seen[15][name], rtol=1e-5)


DRAWINGS = Recipe(epochs=2, batch_size=16, synthetic_drawings=24, non_digit_fraction=0.25)


@pytest.fixture
def digits(rng):
    return rng.integers(0, 256, (40, 28, 28), dtype=np.uint8), np.arange(40) % 10


def test_any_caller_gets_the_recipes_drawings(digits, monkeypatch):
    """They are part of each epoch, new ones each time; and the calibration, which only they make possible."""
    made, really = [], synthetic_drawings.synthesis.images

    def noted(*args):
        made.append(really(*args))
        return made[-1]

    monkeypatch.setattr(synthetic_drawings.synthesis, "images", noted)
    monkeypatch.setattr(synthetic_drawings, "CALIBRATION_COUNT", 100)
    model, progress = zoo.build("tiny", classes=11, rng=np.random.default_rng(0)), []
    trainer = Trainer(model, DRAWINGS)
    events = trainer.fit(*digits, seed=1, on_drawings=lambda *counts: progress.append(counts))
    assert [event.images for event in events if isinstance(event, StepEnd)] == [16, 32, 48, 64] * 2
    assert progress == [(24, 24)] * 2
    (first, labels), (second, _) = made
    assert np.bincount(labels, minlength=11)[10] == 6
    assert (first != second).any()
    trainer.finish()
    assert trainer.calibrate(seed=1).reject_threshold < 1
    assert Trainer(model, Recipe()).calibrate(seed=1) is None


def test_the_recipe_corrupts_images(digits):
    def weights(**settings):
        model = zoo.build("mlp", rng=np.random.default_rng(0))
        for _ in Trainer(model, Recipe(epochs=1, batch_size=20, **settings)).fit(*digits, seed=1):
            pass
        return model.parameters[0].value

    corrupted = weights(corrupted_fraction=0.5)
    assert (corrupted != weights()).any()
    np.testing.assert_array_equal(corrupted, weights(corrupted_fraction=0.5))


def test_images_that_do_not_go_with_corruptions_are_errors(images, labels):
    with pytest.raises(ValueError, match=r"corruptions are of 28x28 images, but the training images are \(6, 5\)"):
        next(trainer(Recipe(corrupted_fraction=0.5)).fit(images, labels, seed=0))


def test_a_network_without_the_non_digit_class_is_an_error(digits):
    with pytest.raises(ValueError, match=r"expected a network of 11 outputs, got \(10,\)"):
        next(Trainer(zoo.build("tiny"), DRAWINGS).fit(*digits, seed=0))


def test_images_that_do_not_go_with_drawings_are_errors(images, labels):
    with pytest.raises(ValueError, match=r"drawings are 28x28 images of 10 classes, but .* \(6, 5\)"):
        next(trainer(DRAWINGS).fit(images, labels, seed=0))


def test_weights_loaded_after_the_trainer_was_made_are_the_start_of_its_average(images, labels):
    """Of an EMA that updates at the eighth step, half is the start."""
    pretrained, averaged = trainer(EVERYTHING).model, trainer(Recipe(epochs=1, batch_size=5, ema_decay=0.999))
    pretrained.parameters[0].value[...] = 100
    averaged.model.load_state_dict(pretrained.state_dict())
    for _ in averaged.fit(images, labels, 0):
        pass
    averaged.finish()
    assert averaged.model.parameters[0].value.min() > 99
