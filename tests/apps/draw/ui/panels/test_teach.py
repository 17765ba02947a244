"""The panel that fine-tunes the network."""

import pygame

from apps.draw.core import actions
from tests.apps.draw.fakes import SEVEN


def test_teaching(full_user):
    full_user.draw(*SEVEN)
    full_user.press(pygame.K_7, text="7")
    state = full_user.press(pygame.K_l)
    assert [label for _, label in state.samples] == [7]
    state = full_user.press(pygame.K_l, pygame.KMOD_LSHIFT)
    assert (state.fine_tuned.after, full_user.recognizer.learned) == (1.0, [[7]])
    assert full_user.click(actions.UNLEARN).fine_tuned is None
    assert full_user.recognizer.learned == []
    assert full_user.click(actions.DROP_SAMPLE, 0).samples == ()


def test_a_recognizer_that_cant_learn_disables_the_buttons(user):
    user.draw(*SEVEN)
    user.press(pygame.K_l)
    user.press(pygame.K_7, text="7")
    assert user.click(actions.LABEL, 3).samples == ()
    assert not actions.LEARN.enabled(user.app.state)
    assert not user.click(actions.LINE).line_mode
