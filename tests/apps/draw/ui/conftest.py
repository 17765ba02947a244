"""What the tests of the user interface share."""

import pygame
import pytest

from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.theme import DARK, Type


@pytest.fixture
def ctx():
    """The dark theme at scale 1."""
    pygame.font.init()
    return DrawContext(Type(), DARK, 1.0)
