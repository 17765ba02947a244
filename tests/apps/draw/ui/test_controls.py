"""Every control can be clicked."""

import pygame

from apps.draw.core import actions
from apps.draw.core.panels import Panel
from tests.apps.draw.fakes import SEVEN


def test_buttons(user):
    document = user.draw(*SEVEN).document
    user.draw((30.0, 30.0))
    assert user.click(actions.UNDO).document == document
    assert len(user.click(actions.REDO).document.strokes) == 2
    assert user.click(actions.CLEAR).document.blank


def test_every_control_can_be_hit_and_lies_alone(full_user):
    full_user.draw(*SEVEN)
    full_user.click(actions.CLEAR)
    full_user.draw(*SEVEN)
    full_user.press(pygame.K_7, text="7")
    for panel in (None, *Panel):
        if panel is not None:
            full_user.click(actions.TOGGLE_PANEL[panel])
        whole = pygame.Rect((0, 0), full_user.layout.shape.size)
        found = full_user.app.view.controls
        for number, each in enumerate(found):
            assert whole.contains(each.rect), each
            assert full_user.app.view.control_at(each.rect.center) == each
            assert each.message.action.dragged or each.tip
            assert not any(each.rect.colliderect(other.rect) for other in found[:number]), each
