"""The window's loop: events become messages, messages change the state, the state is drawn."""

import contextlib
import os

import pygame
from pygame.event import Event

from apps.draw.ink import Ink
from apps.draw.layout import window_size
from apps.draw.state import (
    Answered,
    Command,
    Do,
    Failed,
    Hover,
    Message,
    PenDown,
    PenMove,
    Press,
    Ready,
    Release,
    State,
    update,
)
from apps.draw.view import View
from apps.draw.worker import Reader, Worker

#: The event that carries a message from the worker, as its ``message``.
NEWS = pygame.event.custom_type()

_PLAIN_KEYS = {
    pygame.K_p: Command.PREDICT,
    pygame.K_RETURN: Command.PREDICT,
    pygame.K_KP_ENTER: Command.PREDICT,
    pygame.K_u: Command.UNDO,
    pygame.K_c: Command.CLEAR,
    pygame.K_DELETE: Command.CLEAR,
    pygame.K_BACKSPACE: Command.CLEAR,  # what a Mac calls delete
    pygame.K_ESCAPE: Command.QUIT,
}
_RESIZED = (pygame.VIDEORESIZE, pygame.WINDOWSIZECHANGED)
_UNCOVERED = (pygame.WINDOWEXPOSED, pygame.WINDOWRESTORED)
_LEFT = 1

#: Milliseconds without an event after which the loop dozes: pygame's own waiting looks every millisecond.
_ATTENTIVE = 1000
#: Milliseconds between two looks of a dozing loop.
_NAP = 10


class App:
    """The window and its loop.

    Args:
        recognizer: reads what is drawn, in a thread of its own.
        side: of the canvas in pixels when the window opens; None fits it to the screen.

    Raises:
        pygame.error: there is no display.
    """

    def __init__(self, recognizer: Reader, side: int | None = None) -> None:
        _open_display()
        pygame.display.set_caption("Digit recognizer")
        pygame.display.set_icon(_icon())
        pygame.display.set_mode(window_size(side or _fitting_side()), pygame.RESIZABLE)
        self.state = State()
        self.view = View()
        self._cursor: int | None = None
        self._worker = Worker(recognizer, _post)
        self.present()

    def run(self) -> None:
        """Show the window until it is closed."""
        while self.state.running:
            self.step()

    def close(self) -> None:
        """Take the window away."""
        self._worker.close()
        pygame.quit()

    def step(self) -> None:
        """Sleep until something happens, take in all that has, and show it."""
        for event in _events():
            if event.type in _RESIZED:
                self.view.fit(pygame.display.get_surface().get_size())
            elif event.type in _UNCOVERED:
                pygame.display.flip()
            elif (message := self.message(event)) is not None:
                self.state, request = update(self.state, message)
                if request is not None:
                    self._worker.request(request)
        self.present()

    def present(self) -> None:
        """Bring the window up to the state."""
        changed = self.view.draw(pygame.display.get_surface(), self.state)
        if changed:
            pygame.display.update(changed)

    def message(self, event: Event) -> Message | None:
        """What an event means to the state; None if nothing."""
        layout = self.view.layout
        match event.type:
            case pygame.MOUSEMOTION if self.state.pen is None:
                self._show_cursor(event.pos)
                return Hover(layout.button_at(event.pos))
            case pygame.MOUSEMOTION if not event.buttons[0]:
                return Release(None)  # it went up where we were not told
            case pygame.MOUSEMOTION:
                return PenMove(layout.to_canvas(event.pos))
            case pygame.MOUSEBUTTONDOWN if event.button == _LEFT:
                if layout.canvas.collidepoint(event.pos):
                    return PenDown(layout.to_canvas(event.pos))
                button = layout.button_at(event.pos)
                return None if button is None else Press(button)
            case pygame.MOUSEBUTTONUP if event.button == _LEFT:
                return Release(layout.button_at(event.pos))
            case pygame.WINDOWLEAVE:
                return Hover(None)
            case pygame.KEYDOWN:
                command = _command(event)
                return None if command is None else Do(command)
            case pygame.QUIT:
                return Do(Command.QUIT)
            case kind if kind == NEWS:
                news: Message = event.message
                return news
        return None

    def _show_cursor(self, position: tuple[int, int]) -> None:
        layout = self.view.layout
        cursor = pygame.SYSTEM_CURSOR_ARROW
        if layout.canvas.collidepoint(position):
            cursor = pygame.SYSTEM_CURSOR_CROSSHAIR
        elif layout.button_at(position) is not None:
            cursor = pygame.SYSTEM_CURSOR_HAND
        if cursor != self._cursor:
            self._cursor = cursor
            with contextlib.suppress(pygame.error):  # some displays have no pointer
                pygame.mouse.set_cursor(cursor)


def _events() -> list[Event]:
    """Wait for events, and take all there are."""
    first = pygame.event.wait(_ATTENTIVE)
    if first.type != pygame.NOEVENT:
        return [first, *pygame.event.get()]
    while not (events := pygame.event.get()):
        pygame.time.wait(_NAP)
    return events


def _command(event: Event) -> Command | None:
    """What a key asks for."""
    if event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META):
        if event.key == pygame.K_z:
            return Command.REDO if event.mod & pygame.KMOD_SHIFT else Command.UNDO
        return Command.REDO if event.key == pygame.K_y else None
    return _PLAIN_KEYS.get(event.key)


def _post(message: Ready | Answered | Failed) -> None:
    """Hand a message to the loop, from the worker's thread."""
    with contextlib.suppress(pygame.error):  # the window has just been closed
        pygame.event.post(Event(NEWS, message=message))


def _open_display() -> None:
    """Start pygame's display and fonts: no sound, and no joysticks, which would keep a waiting loop awake."""
    # Windows would otherwise draw the window small and enlarge it, blurred, on screens of high density.
    os.environ.setdefault("SDL_WINDOWS_DPI_AWARENESS", "permonitorv2")
    # Some desktops turn their effects off for a game; this is none.
    os.environ.setdefault("SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR", "0")
    pygame.display.init()
    driver = pygame.display.get_driver()
    if driver == "offscreen" and "SDL_VIDEODRIVER" not in os.environ:
        pygame.quit()
        raise pygame.error("no screen was found")  # SDL falls back on a window that nobody can see
    if driver == "x11":
        # By default the whole window becomes a texture at each change, however small. Without a graphics card
        # a movement of the pen took 18.6 ms in a window of 1533x1086; with the changed pixels alone, 2.2 ms.
        os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    pygame.font.init()


def _fitting_side() -> int:
    """A canvas of 280 pixels, or larger in half steps on a screen that has the room."""
    height = pygame.display.get_desktop_sizes()[0][1]
    return 140 * max(2, height // 360)


def _icon() -> pygame.Surface:
    """A seven, written with the brush."""
    ink = Ink(64)
    ink.show((((80.0, 75.0), (205.0, 75.0), (120.0, 220.0)),))
    return ink.surface.convert(32)
