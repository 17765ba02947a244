"""The game."""

from apps.draw.core import actions
from apps.draw.core.messages import (
    Answered,
    PenDown,
    PenMove,
    Tick,
)
from apps.draw.core.panels import Panel
from apps.draw.core.state import GAME_SECONDS, Perform
from tests.apps.draw.core.play import ABLE, DOT, LINE, play, prediction_of


def test_a_game_counts_confident_answers_that_match_the_target():
    state, _ = play(ABLE, *LINE, Perform(actions.GAME))
    assert state.document.blank
    assert (state.panel, state.game.left) == (Panel.TRY_ME, GAME_SECONDS)
    target = state.game.target
    state, effects = play(*DOT, Answered(state.asked + 1, prediction_of((target + 1) % 10)), state=state)
    assert state.game.score == 0
    state, _ = play(Answered(effects[-1].number, prediction_of(target, 0.5)), state=state)
    assert state.game.score == 0
    state, _ = play(Answered(effects[-1].number, prediction_of(target, 0.9)), state=state)
    assert (state.game.score, state.document.blank) == (1, True)
    assert state.game.target != target
    assert state.recent[-1].document.label == target
    state, _ = play(*[Tick(1.0)] * 61, state=state)
    assert (state.playing, state.best) == (False, 1)
    again, _ = play(Perform(actions.GAME), state=state)
    assert (again.game.score, again.best) == (0, 1)


def test_a_game_waits_for_the_pen():
    state, _ = play(ABLE, Perform(actions.GAME))
    state, effects = play(PenDown((5.0, 5.0)), PenMove((9.0, 9.0)), state=state)
    state, _ = play(Answered(effects[-1].number, prediction_of(state.game.target)), state=state)
    assert state.game.score == 0
