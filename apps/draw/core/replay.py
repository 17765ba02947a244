"""Replay: the ink as it was drawn, played or scrubbed."""

from __future__ import annotations

from dataclasses import replace

from apps.draw.core.messages import Command
from apps.draw.core.state import Replay, State, length

#: Points a second: as many as a mouse reports, so that ink drawn here is played as fast as it was drawn.
RATE = 125.0


def did(state: State, command: Command, number: int) -> State:
    """Play, pause, scrub or step; there is ink."""
    replay, total = state.replay, length(state)
    match command:
        case Command.PLAY if replay.playing:
            return _at(state, replay.position, False)
        case Command.PLAY:
            at_end = replay.position is None or replay.position >= total
            return _at(state, 1 if at_end else replay.position, True)
        case Command.SCRUB:
            return _at(state, round(number / 1000 * total), False)
    return _at(state, (total if replay.position is None else replay.position) + number, False)


def on_tick(state: State, seconds: float) -> State:
    """Go on for so long, if it plays."""
    replay = state.replay
    if not replay.playing or replay.position is None:
        return state
    passed = replay.part + seconds * RATE
    position = replay.position + int(passed)
    state = _at(state, position, position < length(state))
    return replace(state, replay=state.replay._replace(part=passed % 1.0))


def on_moments(state: State, number: int) -> State:
    """The moments that the worker has computed so far; those of ink that has grown since are still worth a look."""
    return replace(state, replay=state.replay._replace(moments=state.panel_data["moments"]))


def _at(state: State, position: int | None, playing: bool) -> State:
    position = None if position is None else min(max(position, 1), length(state))
    return replace(state, replay=Replay(position, playing, 0.0, state.replay.moments))
