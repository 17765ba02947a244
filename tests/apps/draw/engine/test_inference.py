"""The inference engine behind the window."""

import pygame
from PIL import Image

from tests.apps.draw.fakes import SEVEN


def test_copy_and_paste(user):
    user.draw(*SEVEN)
    user.press(pygame.K_c, pygame.KMOD_LCTRL)
    assert user.engine.clipboard.png.startswith(b"\x89PNG")
    assert "no picture" in user.press(pygame.K_v, pygame.KMOD_LCTRL).status.text
    user.engine.clipboard.picture = Image.new("RGB", (40, 30), (200, 200, 200))
    state = user.press(pygame.K_v, pygame.KMOD_LCTRL)
    assert state.document.picture.gray.shape == (30, 40)
