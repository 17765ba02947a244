"""Pages: pictures of several digits, in lines."""

import numpy as np
import pytest

from nn.digits import Line, LineDigit, Page, Prediction, pages
from nn.digits.painting import paint
from nn.digits.recognizer import Recognizer
from nn.digits.strokes import bounds, transform
from tests.nn.digits.shapes import BAR, CROSS, RING, ShapeReader, beside


@pytest.fixture
def reader():
    return Recognizer(ShapeReader())


def page(*lines, scale=0.4, pitch=170.0, left=40.0, size=(320, 220)):
    """The picture of lines of shapes, dark on bright."""
    strokes = [
        stroke
        for number, line in enumerate(lines)
        for stroke in transform(line, scale, (left, scale * (50 + pitch * number)))
    ]
    return 255 - paint(strokes, size, 4)


@pytest.mark.parametrize("scale", [1.0, 7.0])
def test_a_line_is_read_with_its_boxes(reader, scale):
    line = transform(beside(RING, CROSS, BAR), scale, (30 * scale, 20 * scale))
    picture = paint(line, (round(340 * scale), round(150 * scale)), 8 * scale)
    for gray in (picture, 255 - picture):
        line = reader.recognize_line_image(gray)
        assert line.text == "041"
        np.testing.assert_allclose(line.digits[2].box, scale * np.array([266, 16, 274, 124]), atol=4 * scale)


def test_a_page_is_read_line_by_line(reader):
    picture = page(beside(RING, CROSS, BAR), beside(CROSS, BAR), beside(RING, RING, RING, BAR))
    found = reader.recognize_page_image(picture)
    assert found.text == "041\n41\n0001"
    assert [len(line.digits) for line in found.lines] == [3, 2, 4]
    assert 0 < found.confidence < 1
    left, top, right, bottom = found.lines[1].digits[0].box
    assert (left, top, right, bottom) == pytest.approx((38, 86, 74, 130), abs=3)


def test_an_empty_picture_has_no_lines(reader):
    blank = np.zeros((50, 200), np.uint8)
    assert reader.recognize_page_image(blank).text == ""
    assert reader.recognize_page_image(blank).confidence == 1
    assert reader.recognize_line_image(blank).text == ""


def test_a_line_is_found_beside_specks_and_a_dark_edge(reader):
    picture = page(beside(RING, CROSS, BAR, RING))
    picture[:, 314:] = 20
    picture[[5, 150, 200, 160], [10, 60, 120, 300]] = 0
    assert reader.recognize_line_image(picture).text == "0410"
    assert reader.recognize_page_image(picture).text == "0410"


def test_several_digits_are_not_taken_for_one(reader):
    prediction = reader.recognize_image(page(beside(RING, CROSS, BAR, RING)))
    assert (prediction.label, prediction.reason) == (None, "several digits")
    assert prediction.page.text == "0410"
    one, two = reader.recognize_images([page(RING), page(beside(RING, CROSS, BAR))])
    assert (one.label, one.reason, one.page) == (0, None, None)
    assert two.reason == "several digits"


def test_one_digit_of_two_parts_is_one(reader):
    cross = [CROSS[0][::1] * (0.45, 1), CROSS[0] * (0.45, 1) + (44, 0), CROSS[1]]
    prediction = reader.recognize_image(page(cross))
    assert (prediction.label, prediction.reason) == (4, None)


def test_light_and_shadow_make_no_difference(reader):
    picture = page(beside(RING, CROSS, BAR), beside(CROSS, RING)).astype(np.float32) / 255
    light = np.full(picture.shape, 0.9, np.float32)
    light[:, 130:] = 0.35
    picture = np.clip(light * (0.2 + 0.8 * picture) + np.random.default_rng(1).normal(0, 0.01, light.shape), 0, 1)
    assert reader.recognize_page_image(picture).text == "041\n40"


def test_a_page_on_ruled_paper(reader):
    picture = page(beside(RING, CROSS, BAR), beside(CROSS, RING))
    for row in (72, 140, 208):
        picture[row : row + 2] = 120
    assert reader.recognize_page_image(picture).text == "041\n40"


@pytest.mark.parametrize("slope", [-0.2, 0.2])
def test_a_skewed_page(reader, slope):
    lines = [
        stroke
        for number in range(2)
        for stroke in transform(beside(RING, CROSS, BAR, RING, CROSS), 0.4, (50, 90 + 75 * number))
    ]
    turned = np.array([[1.0, slope], [-slope, 1.0]]) / np.hypot(1, slope)
    low = min(bounds([stroke @ turned for stroke in lines])[0][1] - 20, 0)
    picture = 255 - paint([stroke @ turned - (0, low) for stroke in lines], (380, 340), 4)
    found = reader.recognize_page_image(picture)
    assert found.text == "04104\n04104"
    left, top, right, bottom = found.lines[0].digits[0].box
    centre = (np.array([70.0, 110.0]) @ turned) - (0, low)
    np.testing.assert_allclose(((left + right) / 2, (top + bottom) / 2), centre, atol=5)


def test_the_longest_line_is_read_where_one_is_wanted(reader):
    picture = page(beside(RING), beside(CROSS, BAR, RING), beside(CROSS, CROSS))
    assert reader.recognize_line_image(picture).text == "410"


def test_a_line_is_a_page_of_one_line():
    assert Page.from_line(Line(())).lines == ()
    line = Line((LineDigit(Prediction(1, np.ones(10) / 10, np.zeros((28, 28))), (0, 0, 1, 1)),))
    assert Page.from_line(line).lines == (line,)


def test_the_edge_of_a_shadow_is_no_digit(reader):
    picture = page(beside(RING, CROSS, BAR), size=(320, 320)).astype(np.float32) / 255
    picture[190:280, 200:320] *= 0.25  # a thing on the paper
    picture[200:270, 197:201] = 0.1  # and the line of its side
    assert reader.recognize_page_image(picture).text == "041"


def test_texture_has_no_digits_and_specks_are_left_out(reader, rng, monkeypatch):
    assert reader.recognize_page_image(rng.integers(0, 256, (600, 800), np.uint8)).text == ""
    monkeypatch.setattr(pages, "MAX_COMPONENTS", 4)
    picture = page(beside(RING, CROSS, BAR))
    picture[5:180:20, 5:300:60] = 0
    assert reader.recognize_page_image(picture).text == "041"
