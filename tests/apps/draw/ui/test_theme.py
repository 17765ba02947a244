"""The themes and their contrast."""

import numpy as np
import pygame
import pytest

from apps.draw.core import actions
from apps.draw.ui import theme
from apps.draw.ui.theme import Type
from nn.text import printable
from tests.apps.draw.fakes import SEVEN


def test_the_theme(user):
    user.draw(*SEVEN)
    assert user.press(pygame.K_d).theme == "light"
    assert tuple(user.shot()[0, 0]) == theme.LIGHT.background
    assert tuple(user.shot()[user.pixel((140.0, 72.0))[::-1]]) == theme.LIGHT.ink
    assert user.click(actions.THEME).theme == "dark"


@pytest.mark.parametrize("colours", [theme.DARK, theme.LIGHT])
def test_text_has_enough_contrast(colours):
    def luminance(colour):
        linear = [v / 12.92 if (v := c / 255) <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for c in colour]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    def contrast(a, b):
        high, low = sorted((luminance(a), luminance(b)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for ground in (colours.background, colours.card):
        assert contrast(colours.text, ground) > 12
        assert contrast(colours.muted, ground) > 5.5
        assert contrast(colours.faint, ground) > 4
        assert contrast(colours.error, ground) > 4.5
        assert contrast(colours.answer, ground) > 3  # large type
    assert contrast(colours.ink, colours.paper) > 15


@pytest.mark.parametrize("text", ["\ud800", "caf\udce9.json", "a\0b", "a\x1b[31m\n", "a\u202eb"])
def test_any_text_can_be_drawn(text):
    pygame.font.init()
    type_ = Type()
    white = (255, 255, 255)
    shown = type_.width(printable(text), 20)
    assert type_.width(text, 20) == type_.render(text, 20, white).get_width() == shown
    assert type_.fit(text, 20, 500, white).get_width() == type_.cut(text, 20, 500, white).get_width() == shown
