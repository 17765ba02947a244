import numpy as np
import pytest

from nn.digits import readings
from nn.digits.components import Components
from nn.digits.ink import smooth_ink
from nn.digits.normalize import picture_to_image
from nn.digits.painting import paint
from nn.digits.prediction import NOT_A_DIGIT, Prediction
from nn.digits.readings import SUSPECT, choose, is_doubtful
from tests.nn.digits.drawings import SEVEN

PICTURE = 1 - paint(SEVEN, (280, 280), 10) / np.float32(255)


def answer(label, probability=1.0, is_digit=1.0):
    probabilities = np.full(10, (1 - probability) / 9, np.float32)
    probabilities[label or 0] = probability
    return Prediction(label, probabilities, PICTURE, None if label is not None else NOT_A_DIGIT, is_digit)


def first_reading(picture):
    return readings.first_reading(smooth_ink(picture))


def other_readings(picture):
    return readings.other_readings(picture, smooth_ink(picture), first_reading(picture))


def test_a_clean_picture_is_read_the_plain_way():
    reading = first_reading(PICTURE)
    assert np.abs(reading.image - picture_to_image(PICTURE)).mean() < 0.01
    assert (len(reading.ignored), reading.suspect, reading.several) == (0, False, False)


def test_foreign_ink_is_reported():
    picture = PICTURE.copy()
    picture[:, 275:] = 0
    reading = first_reading(picture)
    assert reading.ignored.tolist() == [[275, 0, 280, 280]]
    np.testing.assert_allclose(reading.image, first_reading(PICTURE).image, atol=0.05)


@pytest.mark.parametrize("size", [280, 60])
def test_pale_parts_of_a_stroke_are_not_lost(size):
    pale = 1 - 0.4 * (1 - PICTURE)
    mixed = np.where(np.arange(280)[:, None] < 150, PICTURE, pale)[:: 280 // size, :: 280 // size]
    whole = first_reading(PICTURE[:: 280 // size, :: 280 // size])
    assert np.corrcoef(first_reading(mixed).image.ravel(), whole.image.ravel())[0, 1] > 0.9


def test_a_shadow_is_suspect_and_another_reading_is_not():
    picture = PICTURE * np.where(np.arange(280) < 150, 1, np.float32(0.5))
    first = first_reading(picture)
    assert first.suspect
    expected = first_reading(PICTURE).image
    assert max(np.corrcoef(each.image.ravel(), expected.ravel())[0, 1] for each in other_readings(picture)) > 0.9


def test_ink_from_edge_to_edge_is_suspect():
    picture = np.ones((280, 280), np.float32)
    picture[:, 130:140] = 0
    assert first_reading(picture).suspect


@pytest.mark.parametrize("places", [((0, 99), (-1, 99)), ((99, 0), (99, -1))])
def test_ink_at_opposite_edges_is_suspect(places):
    solid = np.zeros((200, 200), bool)
    solid[places[0]] = True
    components = Components.of(solid)
    assert readings._prior(components, components, False) == 1
    solid[places[1]] = True
    components = Components.of(solid)
    assert readings._prior(components, components, False) == SUSPECT


def test_a_shadow_that_was_ignored_is_more_suspect():
    none = Components.of(np.zeros((100, 100), bool))
    shadow = np.zeros((100, 100), bool)
    shadow[:, :19] = True
    assert readings._prior(none, Components.of(shadow), False) == 1
    shadow[:, :21] = True
    assert readings._prior(none, Components.of(shadow), False) == SUSPECT**2


def test_pale_ink_that_was_left_out_is_suspect_and_another_reading_has_it():
    chalk = (1 - PICTURE) * np.where(np.arange(280)[:, None] < 150, 1, np.float32(0.16))
    first = first_reading(chalk)
    assert first.suspect
    expected = first_reading(1 - PICTURE).image
    assert np.corrcoef(first.image.ravel(), expected.ravel())[0, 1] < 0.8
    assert max(np.corrcoef(each.image.ravel(), expected.ravel())[0, 1] for each in other_readings(chalk)) > 0.9


def test_both_polarities_are_tried_under_a_shadow():
    first = first_reading(PICTURE)._replace(prior=SUSPECT)
    found = readings.other_readings(PICTURE, smooth_ink(PICTURE), first)
    assert len(found) == 3
    assert found[1].prior <= SUSPECT**2  # of the polarity that is less likely


def test_squared_paper_with_lines_along_the_border_is_background():
    small = PICTURE.reshape(28, 10, 28, 10).mean(axis=(1, 3))
    expected, lines = first_reading(small).image, [0, 7, 14, 20, 27]
    small[lines], small[:, lines] = np.minimum(small[lines], 0.3), np.minimum(small[:, lines], 0.3)
    first, *others = (np.abs(each.image - expected).mean() for each in (first_reading(small), *other_readings(small)))
    assert first > 0.3
    assert min(others) < 0.06


@pytest.mark.parametrize(
    ("prediction", "doubtful"),
    [
        (answer(3, 0.99), False),
        (answer(3, 0.7), True),
        (answer(3, 0.99, 0.7), True),
        (answer(None), True),
    ],
)
def test_doubt(prediction, doubtful):
    reading = first_reading(PICTURE)
    assert is_doubtful(reading, prediction) is doubtful
    assert is_doubtful(reading._replace(prior=SUSPECT), prediction)


def test_another_reading_needs_a_high_probability():
    first, *others = found = [first_reading(PICTURE)] * 3
    assert choose(found, [answer(None), answer(4, 0.95), answer(3, 0.99)]) == 2
    assert choose(found, [answer(None), answer(4, 0.8), answer(3, 0.7)]) == 0
    assert choose(found, [answer(5, 0.97), answer(None), answer(3, 0.96)]) == 0
    suspect = [first._replace(prior=SUSPECT), *others]
    assert choose(suspect, [answer(5, 0.97), answer(None), answer(3, 0.96)]) == 2
    assert choose(suspect, [answer(5, 0.97), answer(4, 0.65), answer(None)]) == 1
    assert choose(suspect, [answer(5, 0.75), answer(4, 0.48), answer(None)]) == 0
    shadow = [first._replace(prior=SUSPECT**2), others[0]._replace(prior=SUSPECT**2), others[1]]
    assert choose(shadow, [answer(5, 0.9), answer(4, 0.55), answer(None)]) == 0
    assert choose(shadow, [answer(None), answer(4, 0.55), answer(None)]) == 1


def test_readings_that_would_be_the_same_are_not_tried():
    ruled = PICTURE.copy()
    ruled[150] = 0.4  # a single line may be a part of the digit
    specked = PICTURE.copy()
    specked[5:10, 5:10] = 0
    assert [len(other_readings(picture)) for picture in (PICTURE, specked, ruled)] == [1, 2, 5]
