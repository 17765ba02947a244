"""Synthetic pictures: their labels, their sizes, and that they repeat."""

import numpy as np
import pytest

from nn.digits.picture_set import DIGIT, LINE, PAGE
from nn.digits.recognizer import Recognizer
from nn.digits.synthesis.pictures import PICTURE_KINDS, _paper_and_ink, sample_picture


@pytest.mark.parametrize("name", PICTURE_KINDS)
def test_each_kind_has_its_sizes_and_labels(name, rng):
    kind = PICTURE_KINDS[name]
    for _ in range(4):
        made = sample_picture(rng, name)
        picture = made.read()
        assert made.kind == name
        assert picture.dtype == np.uint8
        assert kind.side[0] - 1 <= max(picture.shape) <= kind.side[1] + 1
        lines = made.label.split("/")
        assert kind.lines[0] <= len(lines) <= kind.lines[1]
        assert all(kind.digits[0] <= len(line) <= kind.digits[1] for line in lines)
        assert made.content == (name if name in (LINE, PAGE) else DIGIT)


def test_pictures_repeat_with_the_seed():
    first, second = (sample_picture(np.random.default_rng(5)) for _ in range(2))
    assert (first.label, first.kind) == (second.label, second.kind)
    assert np.array_equal(first.read(), second.read())


def test_labels_may_be_chosen(rng):
    assert sample_picture(rng, "scan", 7).label == "7"
    assert sample_picture(rng, "line", "2026").label == "2026"
    assert sample_picture(rng, "page", "12/345").label == "12/345"
    for label in ("", "x", "12/", -1):
        with pytest.raises(ValueError, match="label: expected digits"):
            sample_picture(rng, "page", label)
    with pytest.raises(ValueError, match="kind: expected"):
        sample_picture(rng, "fax")


def test_without_effects_pictures_are_read_right(rng, monkeypatch):
    """What is written is the label: digits are not cut off, and neither too small nor too faint."""
    for name, kind in PICTURE_KINDS.items():
        plain = {field: getattr(kind, field) for field in kind.__slots__} | {"effects": (), "neighbour": 0.0}
        monkeypatch.setitem(PICTURE_KINDS, name, type(kind)(**plain | {"pen": (0.06, 0.1), "side": (100, 300)}))
    made = [sample_picture(rng) for _ in range(30)]
    predictions = Recognizer.load().recognize_images(each.read() for each in made)
    correct = sum(str(found.label) == each.label for found, each in zip(predictions, made, strict=True))
    assert correct >= 0.9 * len(made)


def test_lines_of_a_page_are_apart(rng):
    """The second is 1.5 to 2.2 heights below the first."""
    kind = next(kind for kind in PICTURE_KINDS.values() if kind.lines[1] > 1)
    bar = [np.array([[0.0, 0.0], [0.0, 1.0]])]
    for _ in range(5):
        picture = _paper_and_ink(kind, [bar, bar], rng)
        ink = np.abs(picture - picture[0, 0]).max(axis=1) > 0.2
        begins = np.flatnonzero(np.diff(ink.astype(int)) > 0)
        assert len(begins) == 2
        height = ink.sum() / 2
        assert 1.2 < np.diff(begins)[0] / height < 2.3
