"""Keys: shortcuts, Tab and the focus."""

import pygame
import pytest

from apps.draw.core import actions
from apps.draw.core.panels import Panel
from apps.draw.core.state import Perform
from tests.apps.draw.fakes import SEVEN


@pytest.mark.parametrize(
    ("key", "mod"),
    [(pygame.K_c, 0), (pygame.K_DELETE, 0), (pygame.K_BACKSPACE, 0), (pygame.K_u, 0)]
    + [(pygame.K_z, mod) for mod in (pygame.KMOD_LCTRL, pygame.KMOD_RCTRL, pygame.KMOD_LMETA)],
)
def test_keys_clear_and_undo(user, key, mod):
    user.draw(*SEVEN)
    assert user.press(key, mod).document.blank
    assert user.count(user.layout.digit, user.colours.answer) == 0
    assert user.shot(user.layout.canvas).max() < 200


@pytest.mark.parametrize(
    ("key", "mod"),
    [(pygame.K_y, 0), (pygame.K_y, pygame.KMOD_LCTRL), (pygame.K_z, pygame.KMOD_LCTRL | pygame.KMOD_LSHIFT)],
)
def test_keys_redo(user, key, mod):
    document = user.draw(*SEVEN).document
    user.press(pygame.K_u)
    assert user.press(key, mod).document == document


@pytest.mark.parametrize("key", [pygame.K_p, pygame.K_RETURN, pygame.K_KP_ENTER])
def test_keys_predict(user, key):
    asked = user.draw(*SEVEN).asked
    assert user.press(key).answered == asked + 1


def test_keys_for_brush_and_eraser(user):
    brush = user.app.state.brush
    assert user.press(pygame.K_RIGHTBRACKET).brush == brush + 1
    assert user.press(pygame.K_LEFTBRACKET).brush == brush
    user.draw(*SEVEN)
    assert user.press(pygame.K_e).eraser
    user.draw((140.0, 20.0), (140.0, 120.0))
    assert len(user.app.state.document.strokes) == 2
    assert user.shot()[user.pixel((140.0, 72.0))[::-1]].max() == 0


def test_tab_reaches_every_control_that_can_be_used(full_user):
    full_user.draw(*SEVEN)
    for panel in Panel:
        full_user.click(actions.TOGGLE_PANEL[panel])
        seen = []
        for _ in range(100):
            focus = full_user.press(pygame.K_TAB).focus
            if focus is None:
                break
            seen.append(focus)
            assert full_user.count(full_user.control(*focus).rect.inflate(4, 4), full_user.colours.focus) > 0, focus
        found = [each.message.action for each in full_user.app.view.controls]
        usable = {action.tab_stop or action for action in found if action.enabled(full_user.app.state)}
        assert {each.action.tab_stop or each.action for each in seen} == usable
        assert full_user.press(pygame.K_TAB, pygame.KMOD_SHIFT).focus == seen[-1]
        full_user.press(pygame.K_ESCAPE)


def test_the_focus_is_pressed_by_enter_and_moved_by_arrows(user):
    user.draw(*SEVEN)
    user.press(pygame.K_TAB)
    assert user.app.state.focus == Perform(actions.CLEAR)
    assert user.press(pygame.K_RETURN).document.blank
    while user.app.state.focus is None or user.app.state.focus.action.tab_stop != "panels":
        user.press(pygame.K_TAB)
    assert user.press(pygame.K_RIGHT).focus == Perform(actions.TOGGLE_PANEL[Panel.MODELS])
    assert user.press(pygame.K_SPACE).panel is Panel.MODELS
