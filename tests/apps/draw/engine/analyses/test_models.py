"""All models on one document."""

from dataclasses import replace

import numpy as np

from apps.draw.core.document import Document, Picture
from apps.draw.engine.analyses.models import models as compare
from apps.draw.engine.model import recognize
from apps.models import ModelFolder
from tests.apps.draw.fakes import SEVEN, FullRecognizer


def test_every_model_answers_and_a_malformed_file_has_none(models, request_seven):
    *pauses, (name, results) = compare(models, request_seven)
    assert (pauses, name) == ([None, None], "models")
    assert results[0] is None
    prediction = recognize(models.current, request_seven.document)
    assert results[1].answer == ("–" if prediction.label is None else str(prediction.label))
    assert results[1].milliseconds > 0


def test_a_line_is_read_digit_by_digit(weights, request_seven):
    models = ModelFolder(None, lambda path: FullRecognizer(), weights)
    strokes = request_seven.document.strokes * 2
    *_, (_, results) = compare(models, replace(request_seven, document=Document(strokes), line_mode=True))
    digit = min(int(SEVEN[-1][1] / 28.0), 9)
    assert [result.answer for result in results.values()] == [f"{digit}{digit}"] * 2


def test_a_picture_is_recognized_as_a_picture(weights, request_seven):
    models = ModelFolder(None, lambda path: FullRecognizer(), weights)
    document = Document(picture=Picture(np.full((5, 5), 4, np.uint8), "four"))
    *_, (_, results) = compare(models, replace(request_seven, document=document))
    assert [result.answer for result in results.values()] == ["4", "4"]
