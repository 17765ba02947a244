"""Recognizes documents with the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from apps.draw.core.document import CANVAS, LINE_WIDTH, Document, Strokes

if TYPE_CHECKING:
    from apps.models import Model
    from nn.digits import Line, Page, Prediction


def recognize(model: Model, document: Document) -> Prediction:
    """Recognize the digit of a document. Images of MNIST are not normalized again."""
    if document.picture is None:
        return model.recognizer.recognize(as_arrays(document.strokes))
    if not document.picture.prepared or model.network is None:
        return model.recognizer.recognize_image(document.picture.gray)
    from nn.digits import Prediction

    image = network_input(model, document)
    (probabilities,) = model.network.predict(image[None])[:, :10]
    total = probabilities.sum()
    if not total > 0:
        raise FloatingPointError("the network gives each digit a probability of 0")
    probabilities = probabilities / total
    return Prediction(int(probabilities.argmax()), probabilities, image)


def recognize_line(model: Model, document: Document) -> Line | Page:
    """Recognize a line of ink, or the lines of a picture; boxes are in canvas units. An image of MNIST is one digit."""
    picture = document.picture
    if picture is None:
        return model.recognizer.recognize_line(as_arrays(document.strokes))
    from nn.digits import Line, LineDigit, Page

    height, width = picture.gray.shape
    if picture.prepared:
        page = Page.from_line(Line((LineDigit(recognize(model, document), (0, 0, width, height)),)))
    else:
        page = model.recognizer.recognize_page_image(picture.gray)
    scale = min(LINE_WIDTH / width, CANVAS / height)
    left, top = (LINE_WIDTH - scale * width) / 2, (CANVAS - scale * height) / 2
    corner = np.array((left, top, left, top))

    def placed(digit: LineDigit) -> LineDigit:
        return LineDigit(digit.prediction, tuple((corner + scale * np.array(digit.box)).tolist()))

    return Page(tuple(Line(tuple(map(placed, line.digits)), line.marks) for line in page.lines))


def as_arrays(strokes: Strokes) -> list[np.ndarray]:
    """Strokes as the recognizer takes them."""
    return [stroke.points.array() for stroke in strokes]


def network_input(model: Model, document: Document) -> np.ndarray:
    """(28, 28) float32: what the model's network is shown of a document."""
    if document.picture is None:
        from nn.digits.rasterize import strokes_to_image

        return strokes_to_image(as_arrays(document.strokes))
    if document.picture.prepared:
        return document.picture.gray.astype(np.float32) / np.float32(255)
    return model.recognizer.recognize_image(document.picture.gray).image
