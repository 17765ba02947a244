"""How input, answers and time change the state."""

import sys
from subprocess import run
from types import SimpleNamespace

import numpy as np
import pytest

from apps.draw.core import actions
from apps.draw.core.document import Document, Picture
from apps.draw.core.effects import Recognize
from apps.draw.core.messages import (
    Answered,
    Failed,
    Hover,
    HoverTimeout,
    LoadFailed,
    Opened,
    PanelData,
    PenDown,
    PenMove,
    Press,
    Ready,
    Release,
    Tick,
)
from apps.draw.core.panels import Panel
from apps.draw.core.state import NO_BARS, Perform, State
from tests.apps.draw.core.play import ABLE, DOT, LINE, play, prediction_of


def test_core_and_engine_need_no_pygame():
    loaded = "import sys, apps.draw.core.update, apps.draw.engine.worker; sys.exit('pygame' in sys.modules)"
    assert run([sys.executable, "-c", loaded], check=False).returncode == 0


def test_a_blank_canvas_requests_nothing():
    assert play(Perform(actions.PREDICT), Perform(actions.CLEAR), Perform(actions.UNDO)) == (State(), [])
    state, _ = play(*DOT, Answered(1, prediction_of(3)), Perform(actions.CLEAR))
    assert state.prediction is None


def test_answers_to_cleared_ink_are_dropped():
    prediction = prediction_of(3)
    state, _ = play(*LINE, Perform(actions.CLEAR), Answered(2, prediction))
    assert state.prediction is None
    state, (request,) = play(*DOT, state=state)
    state, _ = play(Answered(1, prediction), Failed(1, "late"), state=state)
    assert (state.prediction, state.error) == (None, None)
    state, _ = play(Answered(request.number, prediction), state=state)
    assert state.prediction is prediction


def test_answers_to_undone_ink_are_dropped():
    state, _ = play(*DOT, *DOT, Perform(actions.UNDO), Answered(2, prediction_of(3)))
    assert state.prediction is None


def test_an_answer_stays_while_the_stroke_grows():
    prediction = prediction_of(3)
    state, _ = play(PenDown((1.0, 2.0)), Answered(1, prediction), PenMove((3.0, 4.0)))
    assert state.prediction is prediction


def test_a_failure_is_shown_until_an_answer_comes():
    state, _ = play(*DOT, Answered(1, prediction_of(3)), Perform(actions.PREDICT), Failed(2, "broken"))
    assert (state.prediction, state.error) == (None, "broken")
    state, _ = play(Perform(actions.PREDICT), Answered(3, prediction_of(3)), state=state)
    assert (state.prediction.label, state.error) == (3, None)


def test_broken_weights_close_the_window():
    state, _ = play(LoadFailed("a.npz: not weights"))
    assert (state.running, state.exit_status, state.error) == (False, 2, "a.npz: not weights")


def test_ink_drawn_before_the_network_is_ready_is_recognized_then():
    state, effects = play(*DOT, Ready())
    assert [effect.number for effect in effects] == [1, 2]
    assert state.ready


def test_bars_move_to_the_probabilities_and_stop():
    state, _ = play(*DOT, Answered(1, prediction_of(3)))
    assert state.bars == NO_BARS
    seen = []
    for _ in range(200):
        if not state.animated:
            break
        state, _ = play(Tick(1 / 60), state=state)
        seen.append(state.bars[3])
    assert seen == sorted(seen)
    assert 2 < len(seen) < 60
    assert state.bars == pytest.approx(prediction_of(3).probabilities.tolist())
    assert 0 < seen[0] < 0.5


def test_a_control_acts_when_the_pointer_is_released_on_it():
    clear, undo = Perform(actions.CLEAR), Perform(actions.UNDO)
    drawn, _ = play(*DOT)
    state, _ = play(Hover(clear), Press(clear), state=drawn)
    assert (state.document, state.pressed) == (drawn.document, clear)
    assert play(Release(clear), state=state)[0].document.blank
    for elsewhere in (None, undo):
        after, effects = play(Release(elsewhere), state=state)
        assert (after.document, after.pressed, effects) == (drawn.document, None, [])
    assert play(Release(clear), state=drawn)[0].document == drawn.document


def test_a_tool_tip_needs_a_resting_pointer():
    state, _ = play(Hover(Perform(actions.CLEAR)), HoverTimeout())
    assert state.tip
    assert not play(Hover(Perform(actions.UNDO)), state=state)[0].tip
    assert not play(HoverTimeout())[0].tip


def test_panel_data_is_requested_with_the_document():
    state, effects = play(*DOT, Perform(actions.TOGGLE_PANEL[Panel.INSIDE]), Perform(actions.EXPLAIN, 4))
    assert [(effect.panel, effect.explain) for effect in effects] == [
        (None, None),
        (Panel.INSIDE, None),
        (Panel.INSIDE, 4),
    ]
    state, _ = play(PanelData(3, "maps", "seen"), state=state)
    assert state.panel_data["maps"] == "seen"
    state, _ = play(Perform(actions.UNDO), PanelData(3, "maps", "late"), state=state)
    assert not state.panel_data


def test_a_picture_of_several_digits_is_read_as_lines():
    picture = Picture(np.zeros((60, 80), np.uint8), "two")
    several = prediction_of(None)
    several.reason = "several digits"
    state, _ = play(ABLE, Opened(Document(picture=picture), "two.png"))
    state, effects = play(Answered(state.asked, several), state=state)
    assert state.line_mode
    assert state.document.picture is picture
    assert [effect.line_mode for effect in effects if isinstance(effect, Recognize)] == [True]
    page = SimpleNamespace(text="12\n3", digits=())
    state, _ = play(Answered(state.asked, None, page), state=state)
    assert state.line_text == "12 / 3"
    state, _ = play(Perform(actions.LINE), state=state)  # back to one digit: it stays there
    state, _ = play(Answered(state.asked, several), state=state)
    assert not state.line_mode
