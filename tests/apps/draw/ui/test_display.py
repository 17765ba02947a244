"""The size of the window."""

import pygame
import pytest

from apps.draw.ui import display


@pytest.mark.parametrize(
    ("width", "height", "screen", "expected"),
    [
        (0, 0, (1920, 1080), (1267, 778)),
        (0, 0, (800, 600), (800, 600)),
        (0, 0, (3840, 2160), (1600, 1000)),
        (900, 700, (1920, 1080), (900, 700)),
        (5000, 700, (1920, 1080), (1920, 700)),
    ],
)
def test_the_window_fits_the_screen(width, height, screen, expected):
    assert display._size(width, height, screen) == expected


def test_it_opens_with_an_icon_and_title():
    display.open_window(700, 440)
    try:
        assert pygame.display.get_surface().get_size() == (700, 440)
        assert pygame.display.get_caption()[0] == "Digit recognizer"
    finally:
        pygame.quit()
