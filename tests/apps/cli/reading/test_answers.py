"""Answers for files, wherever they are read."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.cli.reading.answers import Reader, load_recognizer, to_dict
from nn import checkpoint, zoo
from nn.digits import Recognizer
from nn.digits.stroke_files import Drawing, write_drawing
from nn.errors import CheckpointError

SEVEN = [np.array([[60.0, 60], [200, 60], [120, 230]])]


@pytest.fixture
def weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_drawing("seven.json", Drawing(SEVEN))
    picture = np.zeros((60, 40), np.uint8)
    picture[10:50, 18:24] = 255
    Image.fromarray(picture).save("bar.png")
    save(tmp_path / "weights.npz", 0)
    return tmp_path / "weights.npz"


def save(path, seed):
    checkpoint.save(path, zoo.build("baseline", rng=np.random.default_rng(seed)), {})


def test_answers_are_in_the_order_of_the_names(weights):
    bar, missing, seven, again = Reader(weights).read(["bar.png", "missing.png", "seven.json", "bar.png"])
    assert seven == {"file": "seven.json"} | to_dict(Recognizer.load(weights).recognize(SEVEN))
    assert missing == {"file": "missing.png", "error": "missing.png: expected a picture, found nothing"}
    assert bar == again
    assert bar["label"] is not None


def test_an_answer_has_the_boxes_of_foreign_ink(weights):
    picture = np.asarray(Image.open("bar.png")).copy()
    picture[:, -2:] = 255
    Image.fromarray(picture).save("strip.png")
    bar, strip = Reader(weights).read(["bar.png", "strip.png"])
    assert "ignored" not in bar
    assert strip["ignored"] == [[38, 0, 40, 60]]


def test_answers_are_the_same_from_another_folder(weights, monkeypatch):
    names = ["bar.png", "missing.png", "missing.json", "seven.json", "weights.npz", "."]
    expected = Reader(weights).read(names)
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    assert Reader(weights, weights.parent).read(names) == expected
    assert all(
        answer["error"].startswith(f"{name}: ")
        for answer, name in zip(expected, names, strict=True)
        if "error" in answer
    )


def test_a_folder_that_cannot_be_listed_says_why(weights, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    Path("locked").mkdir()
    assert Reader(weights).read(["locked"]) == [{"file": "locked", "error": "locked: Permission denied"}]


def test_weights_are_loaded_once_unless_they_change(weights):
    first = load_recognizer(weights)
    assert load_recognizer(weights) is first
    save(weights, 1)
    assert load_recognizer(weights) is not first
    with pytest.raises(CheckpointError, match=r"nowhere.npz: "):
        load_recognizer(Path("nowhere.npz"))
