"""The help page, tool-tips and prompts come and go."""

import numpy as np
import pygame
import pytest

from apps.draw.core import actions
from apps.draw.core.messages import Hover, HoverTimeout
from apps.draw.core.state import Perform
from tests.apps.draw.fakes import SEVEN


@pytest.mark.parametrize(("key", "text"), [(pygame.K_F1, ""), (pygame.K_SLASH, "?"), (pygame.K_h, "h")])
def test_the_help_page_opens_and_closes(user, key, text):
    before = user.shot()
    assert user.press(key, text=text).help
    assert (user.shot() != before).mean() > 0.1
    user.draw((50.0, 50.0))  # the canvas is not there
    assert user.app.state.document.blank
    assert not user.press(pygame.K_ESCAPE).help
    np.testing.assert_array_equal(user.shot(), before)


def test_a_tool_tip_is_shown_and_removed(user):
    user.draw(*SEVEN)
    before = user.shot()
    user.app.take(Hover(Perform(actions.ERASER)))
    user.app.take(HoverTimeout())
    user.app.present()
    assert (user.shot() != before).any(axis=-1).sum() > 2000
    user.app.take(Hover(None))
    user.app.present()
    np.testing.assert_array_equal(user.shot(), before)


def test_escape_closes_a_prompt(user):
    user.draw(*SEVEN)
    before = user.shot()
    assert user.press(pygame.K_s, pygame.KMOD_LCTRL).prompt is not None
    user.type("cp")  # keys are letters here
    assert not user.app.state.document.blank
    user.press(pygame.K_ESCAPE)
    np.testing.assert_array_equal(user.shot(), before)
