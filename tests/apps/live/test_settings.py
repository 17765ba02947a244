"""The settings of a training to watch."""

from dataclasses import fields, replace

import numpy as np
import pytest

from apps.live.presets import PRESETS
from apps.live.settings import AUGMENTATIONS, CHOICES, LAYER_KINDS, MAX_LAYERS, LayerChoice, LiveSettings  # fmt: skip
from nn import zoo
from nn.initializers import INITIALIZERS
from nn.recipes import OPTIMIZERS, SCHEDULES, Recipe


def test_the_default_is_the_reference_network_and_its_plain_training():
    model, reference = LiveSettings(seed=3).build(), zoo.build("baseline", rng=np.random.default_rng(3))
    for array, other in zip(model.parameters, reference.parameters, strict=True):
        assert array.name == other.name
        np.testing.assert_array_equal(array.value, other.value)
    assert LiveSettings().recipe() == Recipe()


def test_each_setting_has_a_choice_with_the_default_among_its_values():
    assert {each.name for each in fields(LiveSettings)} == {"layers", *CHOICES}
    for name, choice in CHOICES.items():
        assert getattr(LiveSettings(), name) in choice.values
        assert all(choice.show(value) for value in choice.values)


def test_the_choices_are_what_the_library_knows():
    assert set(CHOICES["optimizer"].values) == set(OPTIMIZERS)
    assert set(CHOICES["schedule"].values) < set(SCHEDULES)
    assert set(CHOICES["initializer"].values) == set(INITIALIZERS)
    for name in AUGMENTATIONS:
        assert LiveSettings(augmentation=name).recipe().augmentation.rotation == AUGMENTATIONS[name].get("rotation", 0)


@pytest.mark.parametrize("name", CHOICES)
def test_a_setting_moves_through_its_values_and_stops_at_the_ends(name):
    settings, values = LiveSettings(), CHOICES[name].values
    for _ in values:
        settings = settings.stepped(name, -1)
    found = [settings]
    for _ in values:
        found.append(found[-1].stepped(name, 1))
    assert tuple(getattr(each, name) for each in found) == (*values, values[-1])


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_possible(name):
    settings = PRESETS[name].settings
    assert settings.problem() == ""
    assert settings.build().output_shape == (10,)
    assert settings.recipe()


def test_layers_are_added_removed_and_resized():
    settings = LiveSettings().with_layer(1, "norm")
    assert [layer.label for layer in settings.layers] == ["Conv 32", "Pool", "Norm", "Dense 64"]
    settings = settings.resized(3, 1).resized(0, -1).without_layer(1)
    assert [layer.label for layer in settings.layers] == ["Conv 16", "Norm", "Dense 128"]
    assert [type(layer).__name__ for layer in settings.build().layers] == [
        *("Conv2D", "ReLU", "BatchNorm", "Flatten", "Dense", "ReLU", "Dense"),
    ]
    assert LiveSettings(layers=()).build().output_shape == (10,)


@pytest.mark.parametrize(
    ("kinds", "problem"),
    [
        (("dense", "conv"), "layer 2, Conv 16: expected images, got the vectors of a dense layer before it"),
        (("pool",) * 5, "layer 5, Pool: expected larger maps: the layers before it leave no pixels"),
        (("dense",) * 9, f"expected at most {MAX_LAYERS} layers, got 9"),
        (("conv", "norm", "pool", "dropout", "dense", "norm", "dropout"), ""),
    ],
)
def test_a_problem_is_one_line_and_the_network_is_impossible(kinds, problem):
    settings = LiveSettings(layers=tuple(LayerChoice(kind, LAYER_KINDS[kind].default) for kind in kinds))
    assert settings.problem() == problem
    if problem and len(kinds) <= MAX_LAYERS:
        with pytest.raises(ValueError):
            settings.build()
    else:
        settings.build()


def test_the_initializer_reaches_every_kernel():
    model = replace(LiveSettings(), initializer="zeros").build()
    assert not any(array.value.any() for array in model.parameters)
    with pytest.raises(ValueError, match="settings: augmentation: expected one of none, little, strong, got 'wild'"):
        LiveSettings(augmentation="wild").recipe()
