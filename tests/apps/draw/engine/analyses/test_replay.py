"""The predictions for a drawing as it grew."""

from dataclasses import replace

import pytest

from apps.draw.core.document import BrushStroke, Document, beginning
from apps.draw.core.points import Points
from apps.draw.engine.analyses.replay import MOST, moments
from apps.draw.engine.model import recognize
from apps.models import ModelFolder
from tests.apps.draw.fakes import FakeRecognizer


@pytest.fixture
def models(weights):
    return ModelFolder(None, lambda path: FakeRecognizer(), weights)


def test_each_moment_is_the_prediction_for_the_first_points(models, request_seven):
    line = Document((BrushStroke(Points((140.0, 2.0 * number) for number in range(130))),))
    *pauses, (name, found) = moments(models, replace(request_seven, document=line))
    assert name == "moments"
    assert len(found) == len(pauses) == MOST
    assert (found[0].points, found[-1].points) == (1, 130)
    for moment in found:
        prediction = recognize(models.current, Document(beginning(line.strokes, moment.points)))
        assert (moment.label, moment.confidence) == (prediction.label, prediction.confidence)
        assert moment.final == prediction.probabilities[found[-1].label]


def test_scrubbing_computes_nothing_again(models, request_seven):
    (*_, first) = moments(models, request_seven)
    shown = Document(beginning(request_seven.document.strokes, 1))
    assert list(moments(models, replace(request_seven, document=shown, whole=request_seven.document))) == [first]


def test_a_picture_has_no_moments(models, request_seven):
    assert list(moments(models, replace(request_seven, document=Document()))) == [("moments", ())]
