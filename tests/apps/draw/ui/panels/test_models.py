"""The panel that compares the networks."""

import pygame

from apps.draw.core import actions
from tests.apps.draw.fakes import SEVEN


def test_models_side_by_side(user):
    user.draw(*SEVEN)
    state = user.press(pygame.K_m)
    assert [(name, size) for name, size in state.models] == [("deep-drawing", 1024), ("tiny", 1024)]
    assert {result.answer for result in state.panel_data["models"].values()} == {"8"}
    assert user.press(pygame.K_n).model == 1
    assert user.engine.models.number == 1
    assert user.click(actions.MODEL, 0).model == 0
