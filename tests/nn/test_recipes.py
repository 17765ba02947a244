"""Recipes: their settings, their files, and training by them."""

import dataclasses
import itertools
import json

import numpy as np
import pytest

from nn import SGD, AdamW, Dense, Flatten, Sequential, recipes, zoo
from nn.data.augment import Augmentation
from nn.recipes import Recipe
from nn.trainer import Trainer
from nn.training import EpochEnd, StepEnd

EVERYTHING = Recipe(
    epochs=4,
    batch_size=8,
    learning_rate=0.01,
    schedule="one_cycle",
    weight_decay=0.1,
    label_smoothing=0.1,
    clip_norm=1.0,
    ema_decay=0.9,
    patience=3,
    augmentation=Augmentation(rotation=5, shift=1),
)


TO_THE_END = Recipe(
    epochs=4,
    batch_size=8,
    optimizer="sgd",
    learning_rate=0.05,
    schedule="anneal_to_constant",
    weight_decay=0.1,
    swa_fraction=0.5,
)


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (40, 6, 5), dtype=np.uint8)


@pytest.fixture
def labels(rng):
    return rng.integers(0, 3, 40)


def trainer(recipe):
    return Trainer(Sequential([Flatten(), Dense(3)], (6, 5, 1), rng=np.random.default_rng(0)), recipe)


def test_the_plain_recipe_is_the_specified_training():
    plain = recipes.named("plain", "deep")
    assert (plain.epochs, plain.batch_size, plain.learning_rate, plain.schedule) == (5, 32, 1e-3, "constant")
    assert plain.augmentation == Augmentation()
    others = (plain.weight_decay, plain.label_smoothing, plain.clip_norm, plain.ema_decay, plain.patience)
    assert others == (0, 0, 0, 0, 0)


def test_the_default_recipe_of_the_baseline_keeps_its_epochs():
    assert recipes.named("default", "baseline").epochs == 5
    assert recipes.named("default", "another.json") == recipes.named("default", "baseline")


def test_the_gentle_recipe_is_the_default_with_other_warps():
    gentle, default = recipes.named("gentle", "deep"), recipes.named("default", "deep")
    assert dataclasses.replace(gentle, augmentation=default.augmentation) == default
    assert not gentle.augmentation.elastic
    assert not gentle.augmentation.thickness


def test_the_thorough_recipe_takes_twenty_epochs_and_no_network_fewer_than_its_own():
    assert recipes.named("thorough", "baseline").epochs == recipes.named("thorough", "mine.json").epochs == 20
    assert recipes.named("thorough", "deep") == recipes.named("default", "deep")


@pytest.mark.parametrize("arch", zoo.ARCHITECTURES)
def test_a_document_gives_the_recipe_back(arch):
    for recipe in (recipes.named("default", arch), EVERYTHING, TO_THE_END):
        assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


def test_files_of_earlier_releases_still_load():
    old = {"schedule": "plateau", "tail": 0.5, "averaging": 0, "drawings": 7, "non_digits": 0.5, "painted": 0.25}
    new = Recipe.from_dict(Recipe().to_dict() | recipes.current_names(old))
    assert (new.schedule, new.swa_fraction, new.ema_decay) == ("anneal_to_constant", 0.5, 0)
    assert (new.synthetic_drawings, new.non_digit_fraction, new.painted_fraction) == (7, 0.5, 0.25)


def test_a_file_changes_what_it_names(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('{"epochs": 7, "augmentation": {"rotation": 3}}')
    expected = dataclasses.replace(recipes.named("default", "tiny"), epochs=7, augmentation=Augmentation(rotation=3))
    assert recipes.named(str(path), "tiny") == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not a recipe"),
        ("[1]", "not a recipe"),
        ('{"speed": 1}', "not a recipe: .*speed"),
        ('{"epochs": 0}', "epochs to be a whole number of at least 1, got 0"),
        ('{"epochs": 2.5}', "epochs to be a whole number of at least 1, got 2.5"),
        ('{"schedule": "slow"}', "a schedule of constant, one_cycle, cosine, anneal_to_constant, got 'slow'"),
        ('{"learning_rate": "fast"}', r"learning_rate in \[0, inf\), got 'fast'"),
        ('{"learning_rate": NaN}', r"learning_rate in \[0, inf\), got nan"),
        ('{"ema_decay": 1}', r"ema_decay in \[0, 1\), got 1"),
        ('{"optimizer": "lion"}', "an optimizer of adam, sgd, got 'lion'"),
        ('{"swa_fraction": 0.5}', "ema_decay or swa_fraction, got both, 0.998 and 0.5"),
        ('{"augmentation": {"speed": 3}}', "not a recipe: .*speed"),
        ('{"augmentation": 3}', "not a recipe"),
    ],
)
def test_files_that_are_no_recipes(text, complaint, tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        recipes.named(str(path), "baseline")


def test_an_unknown_name_is_refused():
    with pytest.raises(
        ValueError,
        match=r"expected one of default, plain, thorough, drawing, gentle, or a file of settings, got 'slow'",
    ):
        recipes.named("slow", "baseline")


@pytest.mark.parametrize("recipe", [EVERYTHING, TO_THE_END])
@pytest.mark.parametrize("stop", [3, 5, 12])
def test_a_course_goes_on_from_its_state(recipe, stop, images, labels):
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
    # Stopped just before the end of an epoch, the best epoch may not have been heard of: train.py saves after it.
    for name, value in whole.model.state_dict().items():
        np.testing.assert_array_equal(resumed.model.state_dict()[name], value, err_msg=name)


def test_patience_ends_the_training(images, labels):
    """Validated on labels that it never learns."""
    patient = trainer(dataclasses.replace(EVERYTHING, epochs=50, schedule="constant"))
    ends = [e for e in patient.fit(images, labels, 0, (images, np.zeros(40, int))) if isinstance(e, EpochEnd)]
    assert patient.best.epoch == ends[-1].epoch - 3 < 47
    assert list(patient.fit(images, labels, 0, (images, labels))) == []  # it stays over


def test_patience_needs_something_to_validate_with(images, labels):
    with pytest.raises(ValueError, match="expected images to validate with"):
        next(trainer(EVERYTHING).fit(images, labels, 0))


def test_the_averages_are_what_is_left(images, labels):
    averaged = trainer(Recipe(epochs=2, ema_decay=0.99))
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


def test_the_tail_is_the_last_share_of_all_steps(images, labels):
    """Twenty steps, of which the last half count: every eighth, so the sixteenth alone."""
    tailed, seen = trainer(TO_THE_END), []
    for event in tailed.fit(images, labels, 0):
        if isinstance(event, StepEnd):
            seen.append(tailed.model.state_dict())
    tailed.finish()
    assert tailed.average.start == 10
    for name, value in tailed.model.state_dict().items():
        np.testing.assert_allclose(value, seen[15][name], rtol=1e-5)


def test_the_optimizer_is_the_recipes():
    adam, sgd = trainer(EVERYTHING).optimizer, trainer(TO_THE_END).optimizer
    assert (type(adam), adam.weight_decay) == (AdamW, 0.1)
    assert (type(sgd), sgd.momentum, sgd.nesterov, sgd.weight_decay) == (SGD, 0.9, True, 0.1)
