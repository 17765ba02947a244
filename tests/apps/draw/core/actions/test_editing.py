"""Drawing, erasing, undo and redo."""

from types import SimpleNamespace

from apps.draw.core import actions
from apps.draw.core.actions import files
from apps.draw.core.document import BRUSHES, CANVAS, LINE_WIDTH
from apps.draw.core.effects import (
    Recognize,
)
from apps.draw.core.messages import (
    Answered,
    PenDown,
    PenMove,
    Release,
)
from apps.draw.core.state import Perform, State
from tests.apps.draw.core.play import ABLE, DOT, LINE, play, points, prediction_of


def test_a_tap_is_a_stroke_of_one_point():
    state, effects = play(*DOT)
    assert points(state) == (((50.0, 60.0),),)
    assert effects == [Recognize(1, state.document)]


def test_every_movement_extends_the_stroke_and_requests_recognition():
    state, effects = play(PenDown((1.0, 2.0)), PenMove((3.0, 4.0)), PenMove((5.0, 6.0)), Release(None))
    assert points(state) == (((1.0, 2.0), (3.0, 4.0), (5.0, 6.0)),)
    assert [effect.number for effect in effects] == [1, 2, 3]
    assert effects[-1].document == state.document


def test_a_pen_that_is_up_or_does_not_move_draws_nothing():
    assert play(PenMove((3.0, 4.0))) == (State(), [])
    state, effects = play(PenDown((1.0, 2.0)), PenMove((1.0, 2.0)))
    assert points(state) == (((1.0, 2.0),),)
    assert len(effects) == 1


def test_a_stroke_is_clipped_at_the_edge():
    state, _ = play(
        PenDown((270.0, 100.0)),
        PenMove((290.0, 100.0)),
        PenMove((300.0, 200.0)),
        PenMove((260.0, 200.0)),
        Release(None),
    )
    assert points(state) == (((270.0, 100.0), (280.0, 100.0)), ((280.0, 200.0), (260.0, 200.0)))
    assert play(Perform(actions.UNDO), state=state)[0].document.blank


def test_undo_and_redo_go_stroke_by_stroke_without_limit():
    state, _ = play(*(LINE * 50))
    drawn = [state.document]
    for left in reversed(range(50)):
        state, _ = play(Perform(actions.UNDO), state=state)
        assert len(state.document.strokes) == left
        drawn.append(state.document)
    assert play(Perform(actions.UNDO), state=state) == (state, [])
    for document in reversed(drawn[:-1]):
        state, _ = play(Perform(actions.REDO), state=state)
        assert state.document == document
    assert play(Perform(actions.REDO), state=state) == (state, [])


def test_clear_can_be_undone_and_new_ink_ends_redo():
    drawn, _ = play(*LINE, *DOT)
    state, effects = play(Perform(actions.CLEAR), state=drawn)
    assert (state.document.blank, effects) == (True, [])
    state, effects = play(Perform(actions.UNDO), state=state)
    assert state.document == drawn.document
    assert len(effects) == 1
    state, _ = play(Perform(actions.UNDO), *DOT, state=state)
    assert not actions.REDO.enabled(state)


def test_undo_lifts_the_pen():
    state, _ = play(PenDown((1.0, 2.0)), PenMove((3.0, 4.0)), Perform(actions.UNDO), PenMove((5.0, 6.0)))
    assert state.document.blank


def test_the_brush_is_kept_with_the_stroke():
    state, _ = play(*LINE, Perform(actions.THICKER), *DOT, *[Perform(actions.THINNER)] * 9, *DOT)
    assert [stroke.width for stroke in state.document.strokes] == [20.0, 28.0, BRUSHES[0]]
    for _ in BRUSHES:
        state, _ = play(Perform(actions.THICKER), state=state)
    assert state.brush == len(BRUSHES) - 1
    assert not actions.THICKER.enabled(state)


def test_erasing_can_be_undone():
    drawn, _ = play(PenDown((10.0, 50.0)), PenMove((200.0, 50.0)), Release(None))
    state, effects = play(
        Perform(actions.ERASER), PenDown((100.0, 20.0)), PenMove((100.0, 90.0)), Release(None), state=drawn
    )
    assert [(stroke[0], stroke[-1]) for stroke in points(state)] == [
        ((10.0, 50.0), (86.0, 50.0)),
        ((114.0, 50.0), (200.0, 50.0)),
    ]
    assert isinstance(effects[-1], Recognize)
    assert play(Perform(actions.UNDO), state=state)[0].document == drawn.document


def test_erasing_nothing_adds_no_undo_entry():
    drawn, _ = play(*LINE, Perform(actions.ERASER))
    state, effects = play(PenDown((200.0, 200.0)), PenMove((210.0, 200.0)), Release(None), state=drawn)
    assert (state.undo_stack.past, effects) == (drawn.undo_stack.past, [])
    assert state.document is drawn.document


def test_lines_have_their_own_canvas():
    assert not play(Perform(actions.LINE))[0].line_mode  # these weights read single digits
    state, effects = play(ABLE, *DOT, Perform(actions.LINE), PenDown((1000.0, 100.0)), Release(None))
    assert (state.size, points(state)) == ((LINE_WIDTH, CANVAS), (((1000.0, 100.0),),))
    assert effects[-1].line_mode
    line = SimpleNamespace(text="17", digits=())
    state, _ = play(Answered(effects[-1].number, None, line), state=state)
    assert state.line.text == "17"
    state, effects = play(Perform(actions.LINE), state=state)
    assert (points(state), effects[-1].line_mode) == ((((50.0, 60.0),),), False)


def test_cleared_lines_are_kept_as_recent():
    line = SimpleNamespace(text="17", digits=())
    state, effects = play(ABLE, Perform(actions.LINE), *LINE)
    state, _ = play(Answered(effects[-1].number, None, line), Perform(actions.CLEAR), state=state)
    state, _ = play(*DOT, Perform(actions.CLEAR), Perform(actions.LINE), *DOT, Perform(actions.CLEAR), state=state)
    assert [(kept.line, kept.label) for kept in state.recent] == [("17", None), ("", None), (None, None)]
    first = state.recent[0].document
    state, _ = play(Perform(actions.RECENT, 0), state=state)
    assert (state.document, state.line_mode) == (first, True)
    state, _ = play(Perform(actions.RECENT, 2), state=state)
    assert (points(state), state.line_mode) == ((((50.0, 60.0),),), False)
    assert not files.labelled(state)  # a line is not one digit


def test_cleared_drawings_are_kept_as_recent():
    state, _ = play(*LINE, Answered(1, prediction_of(4)), Perform(actions.CLEAR), *DOT, Perform(actions.CLEAR))
    assert [kept.answer for kept in state.recent] == [4, None]
    first = state.recent[0].document
    state, _ = play(Perform(actions.RECENT, 0), state=state)
    assert state.document == first
    state, _ = play(Perform(actions.CLEAR), state=state)
    assert len(state.recent) == 2  # it is kept already
