"""The order in which the analyses of a panel are computed."""

from types import SimpleNamespace

import pytest

from apps.draw.core.document import BrushStroke, Document
from apps.draw.core.effects import Recognize
from apps.draw.core.panels import Panel
from apps.draw.core.points import Points
from apps.draw.engine.analysis_queue import AnalysisQueue


def request(number, panel=Panel.INSIDE):
    return Recognize(number, Document((BrushStroke(Points([(1.0, 2.0)])),)), panel=panel)


@pytest.fixture
def queue():
    """A queue of two analyses of two pieces each: the piece's name and the request's number."""

    def run(name, request):
        yield from [(name, request.number)] * 2

    return AnalysisQueue(SimpleNamespace(analyses=lambda request: ["a", "b"], run=run))


def steps(queue):
    found = []
    while queue.due:
        found.append(queue.step())
    return [each for each in found if each is not None]


def test_all_analyses_are_computed_in_order(queue):
    assert not queue.due
    queue.renew(request(1))
    assert steps(queue) == [("a", 1), ("a", 1), ("b", 1), ("b", 1)]


def test_an_analysis_that_has_begun_is_finished_and_comes_last(queue):
    queue.renew(request(1))
    assert queue.step() == ("a", 1)
    queue.renew(request(2))
    assert steps(queue) == [("a", 1), ("b", 2), ("b", 2), ("a", 2), ("a", 2)]


def test_another_panel_drops_what_was_begun(queue):
    queue.renew(request(1))
    queue.step()
    queue.renew(request(2, Panel.MODELS))
    assert steps(queue)[0] == ("a", 2)


def test_pieces_of_no_document_end_with_the_first_one(queue):
    queue.begin(iter(["prepared", "prepared"]))
    assert queue.step() == "prepared"
    queue.renew(request(1))
    assert steps(queue)[0] == ("a", 1)
