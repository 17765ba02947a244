"""The answer: the digit, the bars, the network input, and the reason of a rejection."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from apps.draw.core.document import Document, Picture
from apps.draw.core.state import State, UndoStack
from apps.draw.ui import answer
from tests.apps.draw.fakes import SEVEN, coverage


def test_a_blank_canvas_has_no_answer(user):
    canvas = user.layout.canvas
    assert user.count(canvas, user.colours.paper) > 0.9 * canvas.width * canvas.height
    assert 0 < user.shot(canvas).max() < 200  # the hint, quieter than ink
    assert user.count(user.layout.digit, user.colours.answer) == 0
    assert all(user.count(bar, user.colours.other) == 0 for bar in user.layout.bars)


def test_a_stroke_appears_and_is_answered(user):
    state = user.draw(*SEVEN)
    assert state.prediction.label == 8
    ink = user.shot(user.layout.canvas)[..., 0] / 255.0
    expected = coverage(user.layout.canvas.size, user.layout.unit, state.document.strokes)
    np.testing.assert_array_equal(ink, expected)  # and the hint is gone
    assert user.count(user.layout.digit, user.colours.answer) > 500
    image = np.rint(state.prediction.image * 255)
    times = user.layout.image.width // 28
    expected = np.repeat(np.repeat(image, times, axis=0), times, axis=1)
    np.testing.assert_array_equal(user.shot(user.layout.image), np.stack([expected] * 3, axis=-1))


def test_bars_are_as_long_as_the_probabilities(user):
    user.draw(*SEVEN)
    length = {}
    for digit, rect in enumerate(user.layout.bars):
        rows = [(user.shot(rect) == colour).all(axis=-1).sum(axis=1).max() for colour in (
            user.colours.answer, user.colours.other, user.colours.track)]  # fmt: skip
        length[digit] = rows
    longest = length[0][2]
    assert length[8][0] == pytest.approx(0.82 * longest, abs=user.app.view.ctx.px(20) + 2)
    assert length[3][1] == pytest.approx(0.02 * longest, abs=2)
    assert length[3][0] == 0


@pytest.mark.parametrize("reason", ["not a digit", "a dot", "something new"])
def test_a_rejected_drawing_shows_the_reason(user, reason):
    quiet = user.shot(user.layout.second)
    user.recognizer.reason = reason
    user.draw(*SEVEN)
    assert user.count(user.layout.digit, user.colours.answer) == 0
    assert all(user.count(bar, user.colours.other) == 0 for bar in user.layout.bars)
    assert (user.shot(user.layout.second) != quiet).any()


def test_an_error_of_the_network_is_shown_and_drawing_continues(user, capsys):
    user.recognizer.error = ArithmeticError("not finite")
    quiet = user.shot(user.layout.footer)
    state = user.draw(*SEVEN)
    assert (state.error, state.prediction) == ("ArithmeticError: not finite", None)
    assert user.count(user.layout.footer, user.colours.error) > 10
    assert user.count(user.layout.digit, user.colours.answer) == 0
    assert "ArithmeticError: not finite" in capsys.readouterr().err
    user.recognizer.error = None
    assert user.draw(*SEVEN).prediction.label == 8
    np.testing.assert_array_equal(user.shot(user.layout.footer), quiet)


@pytest.mark.parametrize(("label", "shown"), [(4, ("4", True)), (None, ("?", True))])
def test_a_random_test_digit_in_line_mode_has_an_answer(label, shown):
    line = SimpleNamespace(text="?" if label is None else str(label), digits=())
    picture = Picture(np.zeros((28, 28), np.uint8), "MNIST test image 3", prepared=True)
    state = State(line_mode=True, ready=True, undo_stack=UndoStack(Document(picture=picture)))
    assert answer._digit(state) == ("...", False)
    assert answer._digit(replace(state, line=line)) == shown
    assert answer._digit(replace(state, line=SimpleNamespace(text="", digits=()))) == ("No digits", False)
