"""``recognizer.js`` gives the answers of ``nn.digits.Recognizer``, for drawings and lines of any kind."""

import numpy as np
import pytest

from nn import checkpoint, inspection
from nn.digits import Recognizer
from nn.digits.normalize import picture_to_image
from nn.digits.painting import paint
from nn.digits.prediction import DOT, NOT_A_DIGIT
from nn.digits.strokes import place, transform
from nn.digits.synthesis import sample_held_out, sample_many
from nn.paths import WEIGHTS
from tests.apps.web.page.driver import as_json, as_picture, encode, floats, needs_node, run

pytestmark = needs_node

DEEP, TINY = WEIGHTS / "deep-drawing.npz", WEIGHTS / "tiny.npz"


@pytest.fixture(scope="module")
def drawings():
    """2,360 drawings: digits, letters and other non-digits, scribbles, taps, at all scales and places."""
    rng = np.random.default_rng(19)
    drawings = sample_many(1400, rng, non_digits=0.4)[0] + sample_held_out(300, rng)
    for strokes in sample_many(200, rng)[0]:  # in pixels, as a mouse moves
        drawings.append(
            [np.rint(stroke) for stroke in transform(strokes, rng.uniform(10, 400), rng.uniform(0, 900, 2))]
        )
    for strokes in sample_many(100, rng)[0]:  # points twice, or far too many of them
        drawings.append([np.repeat(stroke, rng.integers(2, 5), axis=0) for stroke in strokes])
    for length in rng.integers(1, 3000, 100):  # scribbles
        drawings.append([rng.normal(size=(length, 2)).cumsum(axis=0)])
    for count in rng.integers(1, 9, 100):  # taps and short lines
        drawings.append(list(rng.uniform(0, 100, (count, rng.integers(1, 4), 2))))
    for exponent in rng.uniform(-12, 8, 100):
        drawings.append(transform(drawings[rng.integers(1400)], 10**exponent, rng.uniform(-1, 1, 2) * 10**exponent))
    circle = np.linspace(0, 2 * np.pi, 1601)
    drawings += [
        [],
        [np.zeros((1, 2))],
        [np.zeros((50, 2))],
        [np.array([[3.0, 4.0]]), np.array([[3.0, 4.0]])],
        [np.array([[0.0, 0.0], [0.0, 1e-10]])],
        [np.array([[-1e9, -1e9], [1e9, 1e9]])],
        [np.array([[5.0, 0.0], [5.0, 100.0]])],
        [np.stack([np.cos(circle), np.sin(circle)], axis=1)],
        [np.stack([np.arange(2001.0), np.zeros(2001)], axis=1)],
        [np.stack([np.arange(2001.0) % 40, np.arange(2001.0) // 40], axis=1)],
        *([np.array([[x, y]]) for x in range(10)] for y in range(50)),
    ]
    return drawings


BROKEN = [
    [[(np.nan, 0.0), (1.0, 1.0)]],
    [[(0.0, 0.0), (np.inf, 1.0)]],
    [[(0.0, -np.inf)]],
    [[(0.0, 0.0), (1e10, 0.0)]],
    [[(0.0, 0.0)], []],
    [[(1.0, 2.0, 3.0)]],
    [[(1.0,)]],
]


def check(predictions, expected):
    """Check predictions of the page against those of Python."""
    assert [(each["label"], each["reason"]) for each in predictions] == [(each.label, each.reason) for each in expected]
    numbers = [[each["confidence"], each["digitProbability"]] for each in predictions]
    for found, python, tolerance in (
        ([floats(each["image"]) for each in predictions], [each.image.ravel() for each in expected], 1e-5),
        ([floats(each["probabilities"]) for each in predictions], [each.probabilities for each in expected], 1e-4),
        (numbers, [[each.confidence, each.digit_probability] for each in expected], 1e-4),
    ):
        np.testing.assert_allclose(found, python, rtol=0, atol=tolerance)


@pytest.mark.parametrize(("weights", "step"), [(DEEP, 4), (TINY, 2)], ids=("deep", "tiny"))
def test_drawings_are_recognized_as_in_python(weights, step, drawings):
    expected = Recognizer.load(weights).recognize_many(drawings[::step])
    check(run("recognize", weights=weights, drawings=as_json(drawings[::step])), expected)
    reasons = [each.reason for each in expected]
    assert reasons.count(None) > 125
    assert reasons.count(DOT) > 2
    assert weights == TINY or reasons.count(NOT_A_DIGIT) > 125


def test_broken_strokes_are_refused_as_in_python():
    recognizer = Recognizer.load(TINY)
    for strokes, result in zip(BROKEN, run("recognize", weights=TINY, drawings=as_json(BROKEN)), strict=True):
        with pytest.raises(ValueError, match=r"^stroke ") as raised:
            recognizer.recognize(strokes)
        assert result["kind"] == "Error"
        assert result["error"].split(":")[0] == str(raised.value).split(":")[0]


def line(rng):
    """A line of digits and other symbols: some touch, some are torn apart or low, some written in another order."""
    strokes, right = [], 0.0
    for symbol in sample_many(int(rng.integers(1, 7)), rng, non_digits=0.2)[0]:
        points = np.concatenate(symbol)
        matrix = np.diag(rng.choice([0.4, 1.0, 2.0], 2, p=[0.1, 0.8, 0.1]))
        tear = rng.choice([0.0, 0.4], p=[0.8, 0.2])
        left = right - points[:, 0].min()
        strokes += [
            stroke @ matrix + (left + tear * number, rng.uniform(-0.1, 0.1)) for number, stroke in enumerate(symbol)
        ]
        right = max(stroke[:, 0].max() for stroke in strokes) + rng.uniform(-0.05, 0.4)
    return [strokes[index] for index in rng.permutation(len(strokes))] if rng.random() < 0.2 else strokes


@pytest.mark.parametrize(("weights", "count"), [(DEEP, 12), (TINY, 40)], ids=("deep", "tiny"))
def test_lines_are_recognized_as_in_python(weights, count):
    rng = np.random.default_rng(20)
    lines = [[], [np.zeros((1, 2))], [np.array([[0.0, 0.0], [50.0, 0.0]])], *(line(rng) for _ in range(count))]
    recognizer = Recognizer.load(weights)
    for strokes, found in zip(lines, run("lines", weights=weights, drawings=as_json(lines)), strict=True):
        expected = recognizer.recognize_line(strokes)
        assert found["text"] == expected.text
        assert found["confidence"] == pytest.approx(expected.confidence, abs=1e-3)
        assert sorted(number for digit in found["digits"] for number in digit["strokes"]) == list(range(len(strokes)))
        assert [tuple(digit["box"]) for digit in found["digits"]] == [digit.box for digit in expected.digits]
        check([digit["prediction"] for digit in found["digits"]], [digit.prediction for digit in expected.digits])


def test_the_occlusion_map_is_that_of_python():
    image = Recognizer.load(TINY).recognize(sample_many(1, np.random.default_rng(3))[0][0]).image
    for picture in (image, np.zeros_like(image)):
        expected = inspection.occlusion_map(checkpoint.load(TINY).model, picture, 3)
        found = floats(run("occlusion", weights=TINY, image=encode(picture), label=3))
        np.testing.assert_allclose(found, expected.ravel(), rtol=0, atol=1e-4)


def pictures():
    """Digits and letters with thin and thick pens, dark on bright or the opposite, in uneven light, with noise."""
    rng = np.random.default_rng(22)
    for index, strokes in enumerate(sample_many(40, rng, non_digits=0.2)[0]):
        side = int(np.exp(rng.uniform(np.log(28), np.log(350))))
        brush = max(1.5, side * rng.uniform(0.01, 0.2))
        drawn = place(strokes, side * rng.uniform(0.3, 0.6), rng.uniform(0.15, 0.35, 2) * side)
        ink = paint(drawn, (side, side + int(rng.integers(20))), brush) / 255
        height, width = ink.shape
        light = (
            1
            - rng.uniform(0, 0.5) * np.linspace(0, 1, width)
            - rng.uniform(0, 0.3) * np.linspace(0, 1, height)[:, None]
        )
        picture = light * (1 - rng.choice([0.07, 0.15, 0.8]) * ink) if index % 3 else ink
        picture = np.clip(picture + rng.normal(0, rng.choice([0, 0.03]), ink.shape), 0, 1)
        yield picture.astype(np.float32) if index % 5 == 0 else np.rint(255 * picture).astype(np.uint8)
    yield np.zeros((40, 40), np.uint8)
    yield np.full((300, 200), 255, np.uint8)
    yield np.ones((1, 1), np.float32)
    for shape in ((1, 50), (50, 1), (2, 700), (900, 3), (28, 28)):
        yield rng.integers(0, 256, shape, dtype=np.uint8)
    dot = np.zeros((60, 60), np.uint8)
    dot[28:33, 28:33] = 255
    yield dot
    filled = np.zeros((60, 60), np.uint8)
    filled[10:50, 15:40] = 255
    yield filled


def test_pictures_are_recognized_as_in_python():
    drawn = list(pictures())
    recognizer = Recognizer.load(DEEP)
    found = run("pictures", weights=DEEP, pictures=[as_picture(picture) for picture in drawn])
    check(found, recognizer._predict([picture_to_image(picture) for picture in drawn]))  # the plain way


def test_invalid_pictures_are_rejected():
    nan, large = np.full((3, 3), np.nan, np.float32), np.full((3, 3), 255, np.float32)
    broken = [
        as_picture(nan),
        as_picture(large),
        as_picture(np.ones((0, 3), np.uint8)),
        as_picture(large) | {"width": 2},
    ]
    for result in run("pictures", weights=TINY, pictures=broken):
        assert result["kind"] == "Error"
        assert result["error"].startswith("picture: expected ")
