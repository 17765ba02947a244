"""Plays messages to the state, without a window."""

from types import SimpleNamespace

import numpy as np

from apps.draw.core.messages import (
    PenDown,
    PenMove,
    Ready,
    Release,
)
from apps.draw.core.state import ModelFile, State
from apps.draw.core.update import update

LINE = (PenDown((10.0, 10.0)), PenMove((20.0, 10.0)), Release(None))


DOT = (PenDown((50.0, 60.0)), Release(None))


ABLE = Ready(True, True, (ModelFile("a", 1), ModelFile("b", 2)), 0)


def prediction_of(label, confidence=0.91):
    probabilities = np.full(10, (1 - confidence) / 9, np.float32)
    probabilities[label or 0] = confidence
    return SimpleNamespace(label=label, probabilities=probabilities, confidence=confidence, reason=None, ignored=())


def play(*messages, state=None):
    """The state after some messages, and the effects they had."""
    state = State() if state is None else state
    effects = []
    for message in messages:
        state, more = update(state, message)
        effects += more
    return state, effects


def points(state):
    return tuple(tuple(stroke.points) for stroke in state.document.strokes)
