"""Buttons follow from their actions."""

from pygame import Rect

from apps.draw.core import actions
from apps.draw.ui.control import button


def test_a_button_has_its_actions_label_key_and_tip():
    undo = button(actions.UNDO, Rect(0, 0, 9, 9))
    assert (undo.label, undo.key, undo.tip) == (actions.UNDO.name, "U", actions.UNDO.tip)
    assert undo.message.action is actions.UNDO


def test_a_button_with_a_value_shows_no_key():
    label = button(actions.LABEL, Rect(0, 0, 9, 9), 7, label="7", tip="a tip")
    assert (label.label, label.key, label.tip, label.message.value) == ("7", "", "a tip", 7)
