"""Recipes: their settings, the table of named ones, and files."""

import dataclasses
import json

import numpy as np
import pytest

from nn import SGD, AdamW, Parameter, recipes, zoo
from nn.data.augment import Augmentation
from nn.recipes import Recipe
from nn.trainer import Trainer

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


def test_the_plain_recipe_is_the_specified_training():
    plain = recipes.get("plain", "deep")
    assert (plain.epochs, plain.batch_size, plain.learning_rate, plain.schedule) == (5, 32, 1e-3, "constant")
    assert plain.augmentation == Augmentation()
    others = (plain.weight_decay, plain.label_smoothing, plain.clip_norm, plain.ema_decay, plain.patience)
    assert others == (0, 0, 0, 0, 0)


def test_the_default_recipe_of_the_baseline_keeps_its_epochs():
    assert recipes.get("default", "baseline").epochs == 5
    assert recipes.get("default", "another.json") == recipes.get("default", "baseline")


def test_the_gentle_recipe_is_the_default_with_other_warps():
    gentle, default = recipes.get("gentle", "deep"), recipes.get("default", "deep")
    assert dataclasses.replace(gentle, augmentation=default.augmentation) == default
    assert not gentle.augmentation.elastic
    assert not gentle.augmentation.thickness


def test_thorough_is_longer_than_the_default_or_has_its_own_entry():
    assert recipes.get("thorough", "baseline").epochs == recipes.get("thorough", "mine.json").epochs == 20
    assert recipes.get("thorough", "baseline").optimizer == "sgd"
    for arch in zoo.ARCHITECTURES:
        if recipes.get("thorough", arch) == recipes.get("default", arch):
            assert arch in recipes.RECIPES["thorough"].by_architecture
            assert arch in recipes.RECIPES["thorough"].summary


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_entry_of_the_table_is_whole_and_described(name):
    entry = recipes.RECIPES[name]
    assert recipes.get(name, "baseline") is recipes.get(name, "mine.json") is entry.by_architecture["baseline"]
    for arch, recipe in entry.by_architecture.items():
        assert arch in zoo.ARCHITECTURES
        assert recipes.get(name, arch) is recipe
    assert f"{name}: {entry.summary}" in recipes.describe()


def test_the_drawing_recipe_has_synthetic_drawings_and_non_digits():
    drawing = recipes.get("drawing", "deep")
    assert (drawing.synthetic_drawings, drawing.non_digit_fraction, drawing.painted_fraction) == (20_000, 0.4, 0.15)
    assert drawing.corrupted_fraction == 0.4


@pytest.mark.parametrize("arch", zoo.ARCHITECTURES)
def test_to_dict_and_from_dict_are_inverse(arch):
    for recipe in (recipes.get("default", arch), EVERYTHING, TO_THE_END):
        assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


def test_files_of_earlier_releases_still_load():
    old = {"schedule": "plateau", "tail": 0.5, "averaging": 0, "drawings": 7, "non_digits": 0.5, "painted": 0.25}
    new = Recipe.from_dict(old, recipes.get("default", "baseline"))
    assert (new.schedule, new.swa_fraction, new.ema_decay) == ("anneal_to_constant", 0.5, 0)
    assert (new.synthetic_drawings, new.non_digit_fraction, new.painted_fraction) == (7, 0.5, 0.25)


def test_old_names_work_for_one_more_release():
    with pytest.warns(DeprecationWarning, match="nn.recipes.get"):
        assert recipes.named is recipes.get
    with pytest.warns(DeprecationWarning, match="nn.trainer.Trainer"):
        assert recipes.Course is Trainer
    with pytest.warns(DeprecationWarning, match="to_dict"):
        assert EVERYTHING.document() == EVERYTHING.to_dict()
    with pytest.warns(DeprecationWarning, match="from_dict"):
        assert Recipe.of_document(EVERYTHING.to_dict()) == EVERYTHING


def test_a_file_changes_what_it_names(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('{"epochs": 7, "augmentation": {"rotation": 3}}')
    expected = dataclasses.replace(recipes.get("default", "tiny"), epochs=7, augmentation=Augmentation(rotation=3))
    assert recipes.get(str(path), "tiny") == expected


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_with_a_byte_order_mark(encoding, tmp_path):
    (tmp_path / "mine.json").write_text('{"epochs": 7}', encoding)
    assert recipes.get(str(tmp_path / "mine.json"), "tiny").epochs == 7


@pytest.mark.parametrize("name", ["x" * 300, "nu\0l"])
def test_an_impossible_name(name, tmp_path):
    with pytest.raises(ValueError, match=r"expected one of default, .*, or a JSON file of settings, got "):
        recipes.get(str(tmp_path / name), "tiny")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not a recipe"),
        ("[1]", "not a recipe"),
        ('{"speed": 1}', "not a recipe: .*speed"),
        ('{"epochs": 0}', "epochs to be a whole number of at least 1, got 0"),
        ('{"epochs": 2.5}', "epochs to be a whole number of at least 1, got 2.5"),
        ('{"schedule": "slow"}', "schedule to be one of constant, one_cycle, cosine, anneal_to_constant, got 'slow'"),
        ('{"learning_rate": "fast"}', r"learning_rate in \[0, inf\), got 'fast'"),
        ('{"learning_rate": NaN}', r"learning_rate in \[0, inf\), got nan"),
        ('{"ema_decay": 1}', r"ema_decay in \[0, 1\), got 1"),
        ('{"optimizer": "lion"}', "optimizer to be one of adam, sgd, got 'lion'"),
        ('{"swa_fraction": 0.5}', "ema_decay or swa_fraction, got both, 0.998 and 0.5"),
        ('{"augmentation": {"speed": 3}}', "not a recipe: .*speed"),
        ('{"augmentation": 3}', "not a recipe"),
    ],
)
def test_files_that_are_no_recipes(text, complaint, tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        recipes.get(str(path), "baseline")


def test_an_unknown_name_is_an_error():
    with pytest.raises(
        ValueError,
        match=r"expected one of default, plain, thorough, drawing, gentle, or a JSON file of settings, got 'slow'",
    ):
        recipes.get("slow", "baseline")


def test_the_optimizer_and_its_settings_come_from_the_recipe():
    parameters = [Parameter("p", np.zeros(3))]
    adam, sgd = EVERYTHING.make_optimizer(parameters), TO_THE_END.make_optimizer(parameters)
    assert (type(adam), adam.weight_decay) == (AdamW, 0.1)
    assert (type(sgd), sgd.momentum, sgd.nesterov, sgd.weight_decay) == (SGD, 0.9, True, 0.1)


@pytest.mark.parametrize("schedule", recipes.SCHEDULES)
def test_each_schedule_has_the_recipes_rate(schedule):
    recipe = Recipe(learning_rate=0.25, schedule=schedule, swa_fraction=0.5)
    rates = [recipe.make_schedule(100)(step) for step in range(100)]
    assert 0.25 in rates
    if schedule == "anneal_to_constant":
        assert set(rates[50:]) == {0.25}
        assert 0.25 not in rates[:50]
