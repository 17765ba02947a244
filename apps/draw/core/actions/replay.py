"""Replay: the ink as it was drawn, played or scrubbed."""

from __future__ import annotations

from dataclasses import replace

from apps.draw.core.panels import Panel
from apps.draw.core.state import Action, Replay, State

#: Points per second, the rate of a mouse, so that ink is played as fast as it was drawn.
RATE = 125.0

#: Points per step.
STEP_POINTS = 5


def on_tick(state: State, seconds: float) -> State:
    """Advance the replay, if it is playing."""
    replay = state.replay
    if not replay.playing or replay.position is None:
        return state
    passed = replay.part + seconds * RATE
    position = replay.position + int(passed)
    state = _go_to(state, position, position < state.points)
    return replace(state, replay=state.replay._replace(part=passed % 1.0))


def on_moments(state: State) -> State:
    """Store the computed moments; they are shown even if the ink has grown since."""
    return replace(state, replay=state.replay._replace(moments=state.panel_data["moments"]))


def _go_to(state: State, position: int | None, playing: bool = False) -> State:
    position = None if position is None else min(max(position, 1), state.points)
    return replace(state, replay=Replay(position, playing, 0.0, state.replay.moments))


def _play(state: State) -> State:
    position, playing = state.replay.position, state.replay.playing
    at_end = not playing and (position is None or position >= state.points)
    return _go_to(state, 1 if at_end else position, not playing)


def _step(state: State, points: int) -> State:
    position = state.replay.position
    return _go_to(state, (state.points if position is None else position) + points)


def _has_ink(state: State) -> bool:
    return bool(state.document.strokes)


PLAY = Action(
    "Replay: play, pause", _play, ("Space",), "Play", "Play the strokes back",
    enabled=_has_ink, group="In panels", panel=Panel.REPLAY,
)  # fmt: skip
STEP_BACK = Action(
    "Replay: step back", lambda state: _step(state, -STEP_POINTS), ("←", "↑"), "Back", "Five points back",
    enabled=_has_ink, group="In panels", panel=Panel.REPLAY,
)  # fmt: skip
STEP_ON = Action(
    "Replay: step on", lambda state: _step(state, STEP_POINTS), ("→", "↓"), "On", "Five points on",
    enabled=_has_ink, group="In panels", panel=Panel.REPLAY,
)  # fmt: skip
#: Its value is per mille of the ink.
SCRUB = Action(
    "Scrub", lambda state, per_mille: _go_to(state, round(per_mille / 1000 * state.points)),
    tip="Drag to any moment of the drawing", enabled=_has_ink, dragged=True,
)  # fmt: skip
