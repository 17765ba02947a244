"""Accuracy on pictures under perturbations."""

import numpy as np
import pytest

from apps.cli.evaluation import picture_perturbations
from apps.cli.evaluation.picture_perturbations import perturb_pictures
from nn.digits.picture_set import LabelledPicture
from nn.digits.recognizer import Recognizer
from nn.digits.synthesis import picture_effects

BAR = np.zeros((60, 40), np.uint8)
BAR[10:50, 18:24] = 255


class Counter:
    """A recognizer that reads 1, or nothing where there is much ink."""

    def recognize_images(self, pictures):
        found = [1 if np.mean(picture) / np.iinfo(np.uint8).max < 0.3 else None for picture in pictures]
        return [type("Answer", (), {"label": label}) for label in found]

    def recognize_image(self, picture):
        return self.recognize_images([255 * picture])[0]


@pytest.fixture(autouse=True)
def _few_effects(monkeypatch):
    effects = {name: picture_effects.EFFECTS[name] for name in ("invert", "noise")}
    for module in (picture_effects, picture_perturbations):
        monkeypatch.setattr(module, "EFFECTS", effects)


def samples(*labels):
    return [LabelledPicture(BAR, label, "paint") for label in labels]


def test_accuracy_is_of_the_pictures_that_are_read_right():
    seen = []
    steps = perturb_pictures(Counter(), samples(*"11121"), 3, 0, lambda: seen.append(1))
    assert len(seen) == 3
    assert [(step.factor, step.value, step.n) for step in steps[:2]] == [
        ("inverted, % of the range", 100, 3),
        ("inverted, % of the range", 60, 3),
    ]
    assert [step.accuracy for step in steps] == [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]
    assert perturb_pictures(Counter(), samples(*"22"), 3, 0) == []


def test_the_same_seed_gives_the_same_steps(rng):
    recognizer = Recognizer.load()
    one, other = (perturb_pictures(recognizer, samples(*"111"), 2, 4) for _ in range(2))
    assert one == other


def test_large_pictures_are_reduced_and_unreadable_ones_left_out(tmp_path):
    assert picture_perturbations._reduced(np.zeros((2500, 40), np.uint16)).shape == (834, 14)
    assert perturb_pictures(Counter(), [LabelledPicture(tmp_path / "none.png", "1", "photo")], 1, 0) == []
