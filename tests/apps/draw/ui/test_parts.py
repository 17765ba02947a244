"""Buttons, recent drawings and the line canvas."""

from types import SimpleNamespace

import numpy as np
import pygame
import pytest

from apps.draw.core import actions
from apps.draw.core.document import Document, Picture
from apps.draw.core.messages import Answered, Opened
from apps.draw.core.settings import Settings
from apps.draw.core.state import Perform
from apps.draw.ui.view import View
from tests.apps.draw.core.play import ABLE, play, prediction_of
from tests.apps.draw.fakes import SEVEN, FakePrediction, FullRecognizer, open_window


def test_buttons_show_disabled_hovered_and_pressed(user):
    rect = user.control(actions.CLEAR).rect
    looks = [user.shot(rect)]
    user.draw(*SEVEN)
    looks.append(user.shot(rect))
    user.move(rect.center, held=False)
    user.settle()
    looks.append(user.shot(rect))
    user.down(rect.center)
    user.settle()
    looks.append(user.shot(rect))
    assert len({look.tobytes() for look in looks}) == 4
    user.move((0, 0), held=True)
    user.settle()
    np.testing.assert_array_equal(user.shot(rect), looks[1])
    user.up((0, 0))
    assert not user.settle().document.blank


def test_recent_drawings(weights, recognizer):
    user = open_window(recognizer, weights, Settings(width=900, height=640))
    try:
        first = user.draw(*SEVEN).document
        user.press(pygame.K_c)
        user.draw((50.0, 50.0))
        user.press(pygame.K_c)
        assert len(user.app.state.recent) == 2
        assert user.click(actions.RECENT, 0).document == first
    finally:
        user.app.close()


def test_a_line_of_digits(full_user):
    full_user.press(pygame.K_w)
    assert full_user.layout.canvas.width == pytest.approx(4 * full_user.layout.canvas.height, abs=3)
    for number in range(3):
        full_user.draw((100.0 + 300 * number, 20.0), (180.0 + 300 * number, 50.0 + 84 * number))
    assert full_user.app.state.line.text == "147"
    assert full_user.count(full_user.layout.digit, full_user.colours.answer) > 300
    assert full_user.count(full_user.layout.ruler, full_user.colours.other) > 0
    assert not full_user.press(pygame.K_w).line_mode
    assert full_user.app.state.document.blank


def test_a_line_among_the_recent_drawings(weights):
    user = open_window(FullRecognizer(), weights, Settings(width=900, height=640))
    try:
        user.click(actions.LINE)
        user.draw(*SEVEN)
        user.draw(*[(x + 800.0, y) for x, y in SEVEN])
        state = user.press(pygame.K_c)
        assert [kept.line for kept in state.recent] == ["88"]
        user.click(actions.LINE)
        rect = user.control(actions.RECENT, 0).rect
        shown = user.shot(rect)
        ink = shown[3:-3, 3:-3].max(axis=-1) > 60
        assert not ink[: rect.height // 3].any()  # the wide canvas lies across the middle
        assert ink[:, : rect.width // 3].any()
        assert user.control(actions.RECENT, 0).tip == "Back to this drawing: recognized as 88"
        state = user.click(actions.RECENT, 0)
        assert (state.line_mode, len(state.document.strokes)) == (True, 2)
    finally:
        user.app.close()


@pytest.mark.parametrize(("text", "brackets"), [("12", True), ("1\n2", False)])
def test_the_digits_of_a_picture_have_boxes(text, brackets):
    digits = [SimpleNamespace(prediction=prediction_of(1), box=(left, 20.0, left + 60, 90.0)) for left in (400, 600)]
    pygame.font.init()
    view, surface = View(), pygame.Surface((900, 640), depth=32)
    picture = Document(picture=Picture(np.full((100, 400), 255, np.uint8), "two"))
    state, _ = play(ABLE, Perform(actions.LINE), Opened(picture, "two.png"))
    view.draw(surface, state)
    colour = surface.map_rgb(view.ctx.colours.other)

    def count(rect):
        return int((pygame.surfarray.array2d(surface.subsurface(rect)) == colour).sum())

    assert count(view.layout.canvas) == 0
    state, _ = play(Answered(state.asked, None, SimpleNamespace(text=text, digits=digits)), state=state)
    view.draw(surface, state)
    assert count(view.layout.canvas) > 200
    assert (count(view.layout.ruler) > 20) is brackets


def test_what_was_ignored_in_a_picture_has_a_dashed_box():
    pygame.font.init()
    view, surface = View(), pygame.Surface((900, 640), depth=32)
    picture = Document(picture=Picture(np.full((200, 100), 255, np.uint8), "one"))
    state, _ = play(ABLE, Opened(picture, "one.png"))
    colour = surface.map_rgb(view.ctx.colours.other)
    found = []
    for ignored in ((), ((90, 0, 100, 200),)):
        probabilities = prediction_of(1).probabilities
        prediction = FakePrediction(1, probabilities, np.zeros((28, 28), np.float32), ignored=ignored)
        state, _ = play(Answered(state.asked, prediction, None), state=state)
        view.draw(surface, state)
        inside = pygame.surfarray.array2d(surface.subsurface(view.layout.canvas)) == colour
        found.append(inside)
    assert not found[0].any()
    columns = np.flatnonzero(found[1].any(axis=1))
    middle = view.layout.canvas.width / 2  # the picture is half as wide as the canvas
    assert 1.35 * middle < columns[0] < columns[-1] < 1.55 * middle
    assert 0.3 < found[1][columns[0]].mean() < 0.7  # dashes
