"""Labelling drawings and fine-tuning."""

from types import SimpleNamespace

from apps.draw.core import actions
from apps.draw.core.effects import (
    FineTune,
    Recognize,
    UndoFineTune,
)
from apps.draw.core.messages import (
    FineTuned,
)
from apps.draw.core.state import Perform, StatusMessage
from tests.apps.draw.core.play import ABLE, DOT, LINE, play


def test_teaching():
    state, _ = play(*LINE, Perform(actions.LABEL, 7))
    assert state.samples == ()  # this recognizer can't learn
    state, _ = play(ABLE, *LINE, Perform(actions.LABEL, 1), Perform(actions.LABEL, 7))
    assert state.samples == ((state.document.strokes, 7),)
    state, _ = play(Perform(actions.CLEAR), *DOT, Perform(actions.LABEL, 0), state=state)
    assert [label for _, label in state.samples] == [7, 0]
    state, effects = play(Perform(actions.LEARN), state=state)
    assert effects == [FineTune(state.samples)]
    assert state.fine_tuning
    assert not actions.LEARN.enabled(state)
    result = SimpleNamespace(before=0.5, after=1.0, seconds=2.0)
    state, effects = play(FineTuned(result), state=state)
    assert (state.fine_tuned, state.fine_tuning) == (result, False)
    assert "50%" in state.status.text
    assert isinstance(effects[-1], Recognize)  # what does it say now?
    state, effects = play(Perform(actions.UNLEARN), state=state)
    assert effects == [UndoFineTune()]
    state, _ = play(FineTuned(None), Perform(actions.DROP_SAMPLE, 0), state=state)
    assert (state.fine_tuned, [label for _, label in state.samples]) == (None, [0])


def test_a_failed_fine_tuning_ends():
    state, _ = play(ABLE, *LINE, Perform(actions.LABEL, 1), Perform(actions.LEARN), StatusMessage("no", error=True))
    assert (state.fine_tuning, state.status.text) == (False, "no")
