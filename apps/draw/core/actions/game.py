"""The game: draw the digit you are asked for, as often as you can in a minute."""

from __future__ import annotations

from dataclasses import replace

from apps.draw.core.actions.editing import label_document, show_document
from apps.draw.core.document import Document
from apps.draw.core.panels import Panel
from apps.draw.core.state import Action, Game, State

#: The confidence that a digit needs to count.
MIN_CONFIDENCE = 0.8


def _start(state: State) -> State:
    """Start a game, or end the current one."""
    if state.playing:
        return _finish(state)
    seed = _next(state.seed + 1)
    state = show_document(state, Document())
    return replace(state, game=Game(_digit(seed, None), seed=seed), panel=Panel.TRY_ME, seed=seed)


def on_tick(state: State, seconds: float) -> State:
    """Reduce the time that is left."""
    if state.game is None or not state.playing:
        return state
    left = max(0.0, state.game.left - seconds)
    state = replace(state, game=state.game._replace(left=left))
    return state if left else _finish(state)


def on_answer(state: State) -> State:
    """If the pen is up and the target was recognized, count it and choose the next target."""
    prediction, game = state.prediction, state.game
    if game is None or not state.playing or prediction is None or state.document.picture is not None:
        return state
    if prediction.label != game.target or prediction.confidence < MIN_CONFIDENCE or state.pen is not None:
        return state
    seed = _next(game.seed)
    state = show_document(label_document(state, game.target), Document())
    return replace(state, prediction=None, game=Game(_digit(seed, game.target), game.score + 1, game.left, seed))


def _finish(state: State) -> State:
    assert state.game is not None
    best = max(state.best, state.game.score)
    return replace(state, game=state.game._replace(left=0.0), best=best)


def _next(seed: int) -> int:
    """A linear congruential generator (Knuth's MMIX)."""
    return (seed * 6364136223846793005 + 1442695040888963407) % 2**64


def _digit(seed: int, before: int | None) -> int:
    """A digit different from the previous one."""
    digit = (seed >> 33) % 10
    return int((digit + 1) % 10 if digit == before else digit)


GAME = Action(
    "Game against the clock",
    _start,
    ("G",),
    "Game",
    tip="Draw the digits you are asked for, for a minute",
    group="In panels",
)
