"""The panel that plays the drawing back."""

import numpy as np
import pygame
import pytest

from apps.draw.core import actions
from tests.apps.draw.fakes import coverage


def test_replay(user):
    user.draw(*[(100.0, 20.0 + 4 * i) for i in range(60)])
    state = user.press(pygame.K_r)
    whole = state.document
    labels = [moment.label for moment in state.replay.moments]
    assert labels == sorted(labels)
    assert labels[0] < labels[-1] == state.prediction.label
    slider = user.control(actions.SCRUB, 0).rect
    user.down((slider.x + slider.width // 2, slider.centery))
    user.move((slider.x + slider.width // 4, slider.centery))
    user.up((slider.x + slider.width // 4, slider.centery))
    state = user.settle()
    assert len(state.shown.strokes[0].points) == pytest.approx(15, abs=2)
    assert state.prediction.label < labels[-1]
    expected = coverage(user.layout.canvas.size, user.layout.unit, state.shown.strokes)
    np.testing.assert_array_equal(user.shot(user.layout.canvas)[..., 0] / 255.0, expected)
    user.press(pygame.K_RIGHT)
    assert len(user.app.state.shown.strokes[0].points) == pytest.approx(20, abs=2)
    user.press(pygame.K_SPACE)
    while user.app.state.replay.playing:
        user.app.step()
    assert user.settle().shown == whole
