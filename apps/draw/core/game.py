"""The game: draw the digit you are asked for, as often as you can in a minute."""

from __future__ import annotations

from dataclasses import replace

from apps.draw.core import editing
from apps.draw.core.document import Document
from apps.draw.core.panels import Panel
from apps.draw.core.state import Game, State

#: How sure the network must be for a digit to count.
SURE = 0.8


def start(state: State) -> State:
    """A new game, or the end of the one that is going on."""
    if state.playing:
        return _over(state)
    seed = _next(state.seed + 1)
    state = editing.show_document(state, Document())
    return replace(state, game=Game(_digit(seed, None), seed=seed), panel=Panel.TRY_ME, seed=seed)


def on_tick(state: State, seconds: float) -> State:
    """Time passes."""
    if state.game is None or not state.playing:
        return state
    left = max(0.0, state.game.left - seconds)
    state = replace(state, game=state.game._replace(left=left))
    return state if left else _over(state)


def on_answer(state: State) -> State:
    """A digit that is read as the one that was asked for counts, and the next is asked for.

    The pen may be down still: what has been read need not be finished.
    """
    prediction, game = state.prediction, state.game
    if game is None or not state.playing or prediction is None or state.document.picture is not None:
        return state
    if prediction.label != game.target or prediction.confidence < SURE or state.pen is not None:
        return state
    seed = _next(game.seed)
    state = replace(state, undo_stack=state.undo_stack._replace(document=state.document._replace(label=game.target)))
    state = editing.show_document(state, Document())
    state = replace(state, prediction=None)
    return replace(state, game=Game(_digit(seed, game.target), game.score + 1, game.left, seed))


def _over(state: State) -> State:
    assert state.game is not None
    best = max(state.best, state.game.score)
    return replace(state, game=state.game._replace(left=0.0), best=best)


def _next(seed: int) -> int:
    """A linear congruential generator (Knuth's MMIX)."""
    return (seed * 6364136223846793005 + 1442695040888963407) % 2**64


def _digit(seed: int, before: int | None) -> int:
    """A digit, not the same twice in a row."""
    digit = (seed >> 33) % 10
    return int((digit + 1) % 10 if digit == before else digit)
