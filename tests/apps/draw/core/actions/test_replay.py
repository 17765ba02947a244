"""Playing the drawing back."""

from apps.draw.core import actions
from apps.draw.core.document import Document
from apps.draw.core.messages import (
    PenDown,
    PenMove,
    Release,
    Tick,
)
from apps.draw.core.panels import Panel
from apps.draw.core.state import Perform
from tests.apps.draw.core.play import DOT, LINE, play


def test_a_replay_shows_the_first_points_and_ends():
    drawn, _ = play(PenDown((0.0, 0.0)), *(PenMove((float(x), 0.0)) for x in range(1, 100)), Release(None))
    state, effects = play(Perform(actions.TOGGLE_PANEL[Panel.REPLAY]), Perform(actions.SCRUB, 500), state=drawn)
    assert len(state.shown.strokes[0].points) == 50
    assert effects[-1].document == state.shown
    assert effects[-1].whole == drawn.document
    state, _ = play(Perform(actions.STEP_BACK), state=state)
    assert len(state.shown.strokes[0].points) == 45
    state, _ = play(Perform(actions.PLAY), Tick(0.1), state=state)
    assert len(state.shown.strokes[0].points) == 57
    state, _ = play(Perform(actions.PLAY), Tick(0.1), state=state)  # paused
    assert len(state.shown.strokes[0].points) == 57
    state, _ = play(Perform(actions.PLAY), *[Tick(0.1)] * 10, state=state)
    assert (state.shown, state.replay.playing) == (Document(drawn.document.strokes), False)
    assert play(Perform(actions.TOGGLE_PANEL[Panel.REPLAY]), state=state)[0].shown == drawn.document


def test_drawing_ends_a_replay():
    state, _ = play(*LINE, Perform(actions.TOGGLE_PANEL[Panel.REPLAY]), Perform(actions.SCRUB, 100), *DOT)
    assert state.replay.position is None
    assert len(state.shown.strokes) == 2
