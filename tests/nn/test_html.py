"""HTML for notebooks: well-formed and escaped."""

import math
import xml.dom.minidom

import numpy as np
import pytest

from nn import History, Sequential, zoo
from nn.digits import Line, LineDigit, Prediction
from nn.history import Evaluation
from nn.html import bars, curves, picture, table
from nn.layers import ReLU
from nn.training import EpochEnd


def prediction():
    return Prediction(None, np.full(10, 0.1, np.float32), np.zeros((28, 28), np.float32), "<not a digit>")


def history():
    found = History()
    for epoch in (1, 2):
        found.append(EpochEnd(epoch, 1.0, 1 / epoch, 0.5, None), Evaluation(0.5, 0.25))
    return found


def model():
    model = zoo.build("tiny")
    model.layers[0].name = "<script>"
    return model


@pytest.mark.parametrize(
    "make",
    [
        lambda: prediction()._repr_html_(),
        lambda: Line((LineDigit(prediction(), (0, 0, 1, 1)),))._repr_html_(),
        lambda: history()._repr_html_(),
        lambda: History()._repr_html_(),
        lambda: model()._repr_html_(),
        lambda: curves("<a>", {"<b>": [1.0, math.nan, 2.0], "c": [1.0], "d": []}),
        lambda: bars(["<a>"], [0.5]),
        lambda: table([["<a>"], ["&"]]),
    ],
)
def test_is_escaped_and_well_formed(make):
    text = make()
    document = text.replace("<br>", "").replace('pixelated">', 'pixelated"/>')
    elements = xml.dom.minidom.parseString(f"<p>{document}</p>").getElementsByTagName("*")
    tags = {"p", "div", "b", "img", "svg", "text", "rect", "polyline", "table", "tr", "th", "td"}
    assert {element.tagName for element in elements} <= tags
    assert "nan" not in text


def test_a_curve_descends_on_the_screen_as_the_loss_does():
    points = curves("loss", {"training": [2.0, 1.0]}).split('points="')[1].split('"')[0].split()
    (x1, y1), (x2, y2) = (map(float, point.split(",")) for point in points)
    assert x1 < x2
    assert y1 < y2  # SVG's y runs down


def test_a_picture_has_its_pixels():
    import base64
    import io

    from PIL import Image

    image = np.array([[0.0, 0.5], [1.0, 2.0]])
    data = picture(image).split("base64,")[1].split('"')[0]
    np.testing.assert_array_equal(Image.open(io.BytesIO(base64.b64decode(data))), [[0, 128], [255, 255]])


def test_reprs_are_one_line():
    small = Sequential([ReLU()], (3,))
    assert repr(small) == "<Sequential of 1 layers, (3,) to (3,), 0 parameters>"
    assert (
        repr(history()) == "<History of 2 epochs: loss 0.5000, accuracy 0.5000, val_loss 0.5000, val_accuracy 0.2500>"
    )


def test_a_picture_has_its_height_in_its_style():
    """JupyterLab sets `height: auto` on all pictures, which is stronger than an attribute."""
    assert 'style="height: 112px;' in picture(np.zeros((28, 28)))
