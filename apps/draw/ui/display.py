"""The window on the display: how SDL is set up, its size and its icon."""

import os

import pygame

from apps.draw.core.document import CANVAS, BrushStroke
from apps.draw.core.points import Points
from apps.draw.ui.ink import Ink

#: The environment of SDL, unless the user has set it.
ENVIRONMENT = {
    # Windows would otherwise enlarge the window, blurred, on screens of high density.
    "SDL_WINDOWS_DPI_AWARENESS": "permonitorv2",
    # Some desktops turn their effects off for full-screen games.
    "SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR": "0",
    "SDL_VIDEO_ALLOW_SCREENSAVER": "1",
    # The first click on a window in the background draws.
    "SDL_MOUSE_FOCUS_CLICKTHROUGH": "1",
    # Fingers and pens draw as the mouse does.
    "SDL_TOUCH_MOUSE_EVENTS": "1",
    # Wayland and X11 find the program's taskbar entry by this name.
    "SDL_VIDEO_WAYLAND_WMCLASS": "digits-from-scratch",
    "SDL_VIDEO_X11_WMCLASS": "digits-from-scratch",
    # Without a folder, Wayland's library prints an error; this one has no socket.
    "XDG_RUNTIME_DIR": "/",
}


def open_window(width: int, height: int) -> None:
    """Open the window of that size in pixels; 0 is about two thirds of the screen.

    No sound, and no joysticks, which would keep a waiting loop awake.

    Raises:
        pygame.error: there is no display.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    pygame.display.init()
    driver = pygame.display.get_driver()
    if driver == "offscreen" and "SDL_VIDEODRIVER" not in os.environ:
        pygame.quit()
        raise pygame.error("no screen was found")  # SDL falls back on an invisible window
    if driver == "x11":
        # By default the whole window becomes a texture at each change. Without a graphics card a movement of the pen
        # took 18.6 ms in a window of 1533x1086; with the changed pixels alone, 2.2 ms.
        os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    pygame.font.init()
    pygame.display.set_caption("Digit recognizer")
    pygame.display.set_icon(_icon())
    screen = (16384, 16384) if driver in ("dummy", "offscreen") else pygame.display.get_desktop_sizes()[0]
    pygame.display.set_mode(_size(width, height, screen), pygame.RESIZABLE)


def _size(width: int, height: int, screen: tuple[int, int]) -> tuple[int, int]:
    width = width or min(max(960, round(0.66 * screen[0])), 1600)
    height = height or min(max(640, round(0.72 * screen[1])), 1000)
    return min(width, screen[0]), min(height, screen[1])


def _icon() -> pygame.Surface:
    """A seven, drawn with the brush."""
    ink = Ink((64, 64), 64 / CANVAS)
    ink.show((BrushStroke(Points(((80.0, 75.0), (205.0, 75.0), (120.0, 220.0))), 28.0),))
    return ink.surface.convert(32)
