"""What drawings take in memory."""

import numpy as np
import pytest

from apps.draw.core import actions
from apps.draw.core.document import Document, Picture
from apps.draw.core.messages import (
    PenDown,
    PenMove,
    Release,
)
from apps.draw.core.state import Perform, State
from tests.apps.draw import memory
from tests.apps.draw.core.play import DOT, LINE, play


def test_undo_takes_little_more_memory_than_its_ink():
    moves, strokes = 60, 10
    state = State()
    for _ in range(strokes):
        line = (PenMove((10.0 + 0.37 * number, 20.0)) for number in range(1, moves))
        state, _ = play(PenDown((10.0, 20.0)), *line, Release(None), Perform(actions.CLEAR), state=state)
    assert len(state.undo_stack.past) == 2 * strokes
    assert memory.deep_size([state.undo_stack]) < strokes * (16 * moves + 500)


def test_shared_strokes_count_once():
    state, _ = play(*LINE, *DOT)
    before, after = state.undo_stack.past[-1], state.document
    assert before.strokes[0] is after.strokes[0]
    shared = memory.deep_size(before.strokes)
    assert shared > 2 * 16
    both = memory.deep_size([before, after])
    assert both == memory.deep_size([before]) + memory.deep_size([after]) - shared


def test_a_picture_counts_as_its_pixels():
    document = Document(picture=Picture(np.zeros((300, 400), np.uint8), "a"))
    assert memory.deep_size([document, document]) == pytest.approx(300 * 400, abs=1000)
