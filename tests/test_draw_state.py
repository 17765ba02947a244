"""The window's state: what each message makes of it, without any window."""

import sys
from subprocess import run
from types import SimpleNamespace

import numpy as np
import pytest

from apps.draw.state import (
    CANVAS,
    Answered,
    Command,
    Do,
    Failed,
    Hover,
    PenDown,
    PenMove,
    Press,
    Ready,
    Recognize,
    Release,
    State,
    clip_segment,
    update,
)

LINE = (PenDown((10.0, 10.0)), PenMove((20.0, 10.0)), Release(None))
DOT = (PenDown((50.0, 60.0)), Release(None))


def play(*messages, state=None):
    """The state after some messages, and the requests they made."""
    state = State() if state is None else state
    requests = []
    for message in messages:
        state, request = update(state, message)
        if request is not None:
            requests.append(request)
    return state, requests


def test_it_needs_no_pygame():
    loaded = "import sys, apps.draw.state, apps.draw.worker; sys.exit('pygame' in sys.modules)"
    assert run([sys.executable, "-c", loaded], check=False).returncode == 0


def test_a_tap_is_a_stroke_of_one_point():
    state, requests = play(*DOT)
    assert state.drawing == (((50.0, 60.0),),)
    assert requests == [Recognize(1, state.drawing)]


def test_every_movement_extends_the_stroke_and_asks():
    state, requests = play(PenDown((1.0, 2.0)), PenMove((3.0, 4.0)), PenMove((5.0, 6.0)), Release(None))
    assert state.drawing == (((1.0, 2.0), (3.0, 4.0), (5.0, 6.0)),)
    assert [request.number for request in requests] == [1, 2, 3]
    assert requests[-1].drawing == state.drawing


def test_a_pen_that_is_up_or_rests_draws_nothing():
    state, requests = play(PenMove((3.0, 4.0)))
    assert (state, requests) == (State(), [])
    state, requests = play(PenDown((1.0, 2.0)), PenMove((1.0, 2.0)))
    assert state.drawing == (((1.0, 2.0),),)
    assert len(requests) == 1


def test_a_line_stops_at_the_edge_and_goes_on_where_it_comes_back():
    state, _ = play(
        PenDown((270.0, 100.0)),
        PenMove((290.0, 100.0)),
        PenMove((300.0, 200.0)),
        PenMove((260.0, 200.0)),
        Release(None),
    )
    assert state.drawing == (((270.0, 100.0), (280.0, 100.0)), ((280.0, 200.0), (260.0, 200.0)))
    state, _ = play(Do(Command.UNDO), state=state)
    assert state.drawing == ()


def test_a_line_across_a_corner_from_outside_to_outside_leaves_its_middle():
    state, _ = play(PenDown((100.0, 10.0)), PenMove((100.0, -20.0)), PenMove((-20.0, 100.0)))
    assert state.drawing[1] == pytest.approx(np.array([(80.0, 0.0), (0.0, 80.0)]))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((1.0, 2.0), (3.0, 4.0), ((1.0, 2.0), (3.0, 4.0))),
        ((-10.0, 5.0), (10.0, 5.0), ((0.0, 5.0), (10.0, 5.0))),
        ((140.0, 300.0), (140.0, -300.0), ((140.0, 280.0), (140.0, 0.0))),
        ((-1.0, 0.0), (-1.0, 280.0), None),
        ((-10.0, 5.0), (5.0, -10.0), None),
        ((300.0, 1.0), (400.0, 2.0), None),
    ],
)
def test_clipping(start, end, expected):
    assert clip_segment(start, end) == expected


def test_clipping_agrees_with_sampling():
    rng = np.random.default_rng(0)
    part = np.linspace(0.0, 1.0, 20_001)[:, np.newaxis]
    for a, b in rng.uniform(-200.0, 480.0, (200, 2, 2)):
        points = a + part * (b - a)
        inside = points[((points >= 0.0) & (points <= CANVAS)).all(axis=1)]
        clipped = clip_segment(tuple(a), tuple(b))
        if clipped is None:
            assert not len(inside)
        elif len(inside):
            np.testing.assert_allclose(clipped, inside[[0, -1]], atol=0.1)


def test_undo_and_redo_go_stroke_by_stroke_without_limit():
    state, _ = play(*(LINE * 50))
    drawn = [state.drawing]
    for left in reversed(range(50)):
        state, _ = play(Do(Command.UNDO), state=state)
        assert len(state.drawing) == left
        drawn.append(state.drawing)
    assert play(Do(Command.UNDO), state=state) == (state, [])
    for drawing in reversed(drawn[:-1]):
        state, _ = play(Do(Command.REDO), state=state)
        assert state.drawing == drawing
    assert play(Do(Command.REDO), state=state) == (state, [])


def test_clear_can_be_undone_and_new_ink_ends_redo():
    drawn, _ = play(*LINE, *DOT)
    state, requests = play(Do(Command.CLEAR), state=drawn)
    assert (state.drawing, requests) == ((), [])
    state, requests = play(Do(Command.UNDO), state=state)
    assert state.drawing == drawn.drawing
    assert len(requests) == 1
    state, _ = play(Do(Command.UNDO), *DOT, state=state)
    assert not state.allows(Command.REDO)


def test_undo_lifts_the_pen():
    state, _ = play(PenDown((1.0, 2.0)), PenMove((3.0, 4.0)), Do(Command.UNDO), PenMove((5.0, 6.0)))
    assert state.drawing == ()


def test_a_blank_canvas_asks_nothing_and_has_no_answer():
    assert play(Do(Command.PREDICT), Do(Command.CLEAR), Do(Command.UNDO)) == (State(), [])
    state, _ = play(*DOT, Answered(1, SimpleNamespace(label=3)), Do(Command.CLEAR))
    assert state.prediction is None


def test_answers_to_ink_that_is_gone_are_dropped():
    prediction = SimpleNamespace(label=3)
    state, _ = play(*LINE, Do(Command.CLEAR), Answered(2, prediction))
    assert state.prediction is None
    state, (request,) = play(*DOT, state=state)
    state, _ = play(Answered(2, prediction), Failed(2, "late"), state=state)
    assert (state.prediction, state.error) == (None, None)
    state, _ = play(Answered(request.number, prediction), state=state)
    assert state.prediction is prediction


def test_answers_to_ink_that_was_undone_are_dropped():
    state, _ = play(*DOT, *DOT, Do(Command.UNDO), Answered(2, SimpleNamespace(label=3)))
    assert state.prediction is None


def test_an_answer_stays_while_the_stroke_grows():
    prediction = SimpleNamespace(label=3)
    state, _ = play(PenDown((1.0, 2.0)), Answered(1, prediction), PenMove((3.0, 4.0)))
    assert state.prediction is prediction


def test_a_failure_is_shown_until_an_answer_comes():
    state, _ = play(*DOT, Answered(1, SimpleNamespace(label=3)), Do(Command.PREDICT), Failed(2, "broken"))
    assert (state.prediction, state.error) == (None, "broken")
    state, _ = play(Do(Command.PREDICT), Answered(3, SimpleNamespace(label=3)), state=state)
    assert (state.prediction.label, state.error) == (3, None)


def test_a_failed_start_is_shown():
    state, _ = play(Failed(0, "broken"), Ready())
    assert (state.error, state.ready) == ("broken", True)


def test_predict_asks_again():
    state, requests = play(*DOT, Do(Command.PREDICT))
    assert requests == [Recognize(1, state.drawing), Recognize(2, state.drawing)]


def test_a_button_acts_when_the_pointer_goes_up_on_it():
    drawn, _ = play(*DOT)
    state, _ = play(Hover(Command.CLEAR), Press(Command.CLEAR), state=drawn)
    assert (state.drawing, state.pressed) == (drawn.drawing, Command.CLEAR)
    assert play(Release(Command.CLEAR), state=state)[0].drawing == ()
    for elsewhere in (None, Command.UNDO):
        after, requests = play(Release(elsewhere), state=state)
        assert (after.drawing, after.pressed, requests) == (drawn.drawing, None, [])
    assert play(Release(Command.CLEAR), state=drawn)[0].drawing == drawn.drawing


def test_quit():
    assert not play(Do(Command.QUIT))[0].running
