"""The size of the window."""

import os
import shutil
import subprocess

import pygame
import pytest

from apps.draw.ui import display
from tests import processes


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


#: Opens the window, draws a stroke, and opens each panel; argv[1] is a folder with files of weights.
WINDOW = """
import sys
from pathlib import Path
import pygame
from apps.draw.core import actions
from apps.draw.core.panels import Panel
from apps.draw.core.state import Perform
from tests.apps.draw.fakes import SEVEN, FullRecognizer, open_window
user = open_window(FullRecognizer(), Path(sys.argv[1]))
print(pygame.display.get_surface().get_bitsize())
user.draw(*SEVEN)
for panel in Panel:
    user.app.take(Perform(actions.TOGGLE_PANEL[panel]))
    user.settle()
user.app.take(Perform(actions.THEME))
assert not user.settle().error
x, y = user.pixel(SEVEN[0])
print(*user.shot()[y, x])
user.app.close()
"""


@pytest.mark.skipif(not shutil.which("Xvfb"), reason="needs Xvfb")
@pytest.mark.parametrize("depth", [15, 16, 24])
def test_displays_of_few_colours(depth, weights):
    """As by VNC and RDP: surfaces with alpha would have the display's depth."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"800x600x{depth}", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        os.close(write)
        try:
            with os.fdopen(read) as number:
                display = f":{number.readline().strip()}"
            variables = {"DISPLAY": display, "SDL_VIDEODRIVER": "x11", "NN_BACKEND": "numpy"}
            result = processes.run(processes.python(WINDOW, weights), environment=variables)
        finally:
            server.terminate()
    assert result.status == 0, result.err
    bits, *colour = map(int, result.out.split())
    assert bits in ((depth, 16) if depth < 24 else (24, 32))
    assert max(colour) < 40  # black ink on the light theme
