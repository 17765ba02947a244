"""The window's loop: events become messages, messages change the state, the state is drawn."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from dataclasses import replace

import pygame
from pygame.event import Event

from apps.draw.core import actions
from apps.draw.core.document import BrushStroke
from apps.draw.core.messages import Hover, HoverTimeout, Message, PenDown, PenMove, Press, Release, Tick
from apps.draw.core.panels import Panel
from apps.draw.core.points import Points
from apps.draw.core.settings import Settings
from apps.draw.core.state import Perform, State
from apps.draw.core.update import update
from apps.draw.engine import malloc
from apps.draw.engine.inference import InferenceEngine
from apps.draw.engine.worker import Worker
from apps.draw.ui import keys
from apps.draw.ui.ink import Ink
from apps.draw.ui.view import View

#: The event that carries a message from the worker, as its ``message``.
WORKER_EVENT = pygame.event.custom_type()

_RESIZED = (pygame.VIDEORESIZE, pygame.WINDOWSIZECHANGED)
_UNCOVERED = (pygame.WINDOWEXPOSED, pygame.WINDOWRESTORED)
_LEFT = 1

#: Milliseconds without an event after which the loop dozes: pygame's own waiting looks every millisecond.
_ATTENTIVE = 700
#: Milliseconds between two looks of a dozing loop.
_NAP = 10
#: Milliseconds between two frames of what moves by itself.
_FRAME = 16
#: Seconds that Python lets the worker go on while the window waits for its turn: 5 ms unless set, many times a frame.
_TURN = 0.0005
#: Seconds that the pointer rests before a tool-tip comes.
_REST = 0.6


class App:
    """The window and its loop.

    Args:
        engine: what the worker's thread computes with.
        settings: how the window is to open.

    Raises:
        pygame.error: there is no display.
    """

    def __init__(self, engine: InferenceEngine, settings: Settings | None = None) -> None:
        settings = Settings() if settings is None else settings
        malloc.tune_malloc()
        _open_display()
        pygame.display.set_caption("Digit recognizer")
        pygame.display.set_icon(_icon())
        pygame.display.set_mode(_size(settings), pygame.RESIZABLE)
        panel = Panel[settings.panel] if settings.panel else None
        self.state = State(
            theme=settings.theme, brush=settings.brush, best=settings.best, panel=panel, seed=time.time_ns() % 2**32
        )
        self.view = View()
        self._cursor: int | None = None
        self._ticked = 0.0
        self._hovered = 0.0
        self.present()
        self._worker = Worker(engine, _post)

    @property
    def settings(self) -> Settings:
        """What is to be remembered of the window."""
        width, height = self.view.size
        panel = "" if self.state.panel is None else self.state.panel.name
        return Settings(self.state.theme, self.state.brush, width, height, panel, self.state.best)

    @property
    def rested(self) -> bool:
        """Whether the worker has nothing to do, and all that it told was taken in."""
        return self.state.ready and self._worker.idle and not pygame.event.peek(WORKER_EVENT)

    def run(self) -> None:
        """Show the window until it is closed."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(_TURN)
        try:
            while self.state.running:
                self.step()
        finally:
            sys.setswitchinterval(before)

    def close(self) -> None:
        """Take the window away."""
        self._worker.close()
        pygame.quit()

    def step(self) -> None:
        """Sleep until something happens, take in all that has, and show it."""
        for event in self._events():
            if event.type in _RESIZED:
                self.view.fit(pygame.display.get_surface().get_size())
                self.view.prepare(self.state)
            elif event.type in _UNCOVERED:
                pygame.display.flip()
            else:
                for message in self.messages(event):
                    self.take(message)
        self._pass_time()
        self.present()

    def rest(self) -> None:
        """What is to be done where nothing happens."""
        malloc.trim_malloc()

    def until_ready(self) -> None:
        """Run until the network has been loaded, or the window is closed."""
        while self.state.running and not self.state.ready:
            self.step()

    def settle(self) -> None:
        """Run until the worker rests, or the window is closed: for programs that play the user."""
        while self.state.running:
            pygame.event.post(Event(pygame.USEREVENT))  # so that the loop never sleeps
            self.step()
            if self.rested:
                return
            self._worker.wait(0.002)  # this loop would leave it no time to speak of

    def take(self, message: Message) -> None:
        """Let a message change the state, and see to what it asks for."""
        hovered = self.state.hover
        self.state, effects = update(self.state, message)
        if self.state.hover != hovered:
            self._hovered = time.monotonic()
        for effect in effects:
            self._worker.request(effect)

    def present(self) -> None:
        """Bring the window up to the state."""
        changed = self.view.draw(pygame.display.get_surface(), self.state)
        if changed:
            pygame.display.update(changed)

    def _pass_time(self) -> None:
        """Ticks, while something moves by itself; and the tool-tip, when its time has come."""
        now = time.monotonic()
        if self.state.animated:
            self.take(Tick(min(now - self._ticked, 0.1) if self._ticked else _FRAME / 1000))
            self._ticked = now
        else:
            self._ticked = 0.0
        if self.state.hover is not None and not self.state.tip and now - self._hovered >= _REST:
            self.take(HoverTimeout())
            self._hovered = now

    def _events(self) -> list[Event]:
        """Wait for events, and take all there are; none where time alone has something to do."""
        if self.state.animated:
            first = pygame.event.wait(_FRAME)
            return [] if first.type == pygame.NOEVENT else [first, *pygame.event.get()]
        if self.state.hover is not None and not self.state.tip and self.state.pressed is None:
            rest = self._hovered + _REST - time.monotonic()
            first = pygame.event.wait(max(1, min(_ATTENTIVE, round(1000 * rest) + 1)))
            return [] if first.type == pygame.NOEVENT else [first, *pygame.event.get()]
        first = pygame.event.wait(_ATTENTIVE)
        if first.type != pygame.NOEVENT:
            return [first, *pygame.event.get()]
        self.rest()
        while not (events := pygame.event.get()):
            pygame.time.wait(_NAP)
        return events

    def messages(self, event: Event) -> list[Message]:
        """What an event means to the state."""
        match event.type:
            case pygame.MOUSEMOTION:
                return self._motion(event)
            case pygame.MOUSEBUTTONDOWN if event.button == _LEFT:
                return self._button_down(event)
            case pygame.MOUSEBUTTONUP if event.button == _LEFT:
                lifted: list[Message] = [Release(self._control(event.pos))]
                # A finger that is gone points at nothing, and wants no tool-tip.
                return [*lifted, Hover(None)] if getattr(event, "touch", False) else lifted
            case pygame.MOUSEWHEEL if event.y:
                return [Perform(actions.THICKER if event.y > 0 else actions.THINNER)]
            case pygame.WINDOWLEAVE:
                return [Hover(None)]
            case pygame.KEYDOWN:
                text = getattr(event, "unicode", "")
                return keys.messages(event.key, event.mod, text, self.state, self.view.controls)
            case pygame.DROPFILE:
                return [Perform(actions.OPEN_PATH, event.file)]
            case pygame.QUIT:
                return [Perform(actions.QUIT)]
            case kind if kind == WORKER_EVENT:
                news: Message = event.message
                return [news]
        return []

    def _motion(self, event: Event) -> list[Message]:
        pressed = self.state.pressed
        if self.state.pen is None:
            if pressed is not None and pressed.action is actions.SCRUB and event.buttons[0]:
                return [self._scrub(event.pos)]
            self._show_cursor(event.pos)
            return [Hover(self._control(event.pos))]
        if not event.buttons[0]:
            return [Release(None)]  # it went up where we were not told
        return [PenMove(self.view.layout.to_canvas(event.pos))]

    def _button_down(self, event: Event) -> list[Message]:
        control = self._control(event.pos)
        if control is not None:
            pressed: list[Message] = [Press(control)]
            return [*pressed, self._scrub(event.pos)] if control.action is actions.SCRUB else pressed
        is_open = not self.state.help and self.state.prompt is None
        if is_open and self.view.layout.canvas.collidepoint(event.pos):
            return [PenDown(self.view.layout.to_canvas(event.pos))]
        return []

    def _control(self, position: tuple[int, int]) -> Perform | None:
        found = self.view.control_at(position)
        return None if found is None else found.message

    def _scrub(self, position: tuple[int, int]) -> Perform:
        """The moment of the replay at a place of its slider."""
        slider = next(each.rect for each in self.view.controls if each.message.action is actions.SCRUB)
        share = (position[0] - slider.x) / max(1, slider.width)
        return Perform(actions.SCRUB, round(1000 * min(max(share, 0.0), 1.0)))

    def _show_cursor(self, position: tuple[int, int]) -> None:
        cursor = pygame.SYSTEM_CURSOR_ARROW
        if self._control(position) is not None:
            cursor = pygame.SYSTEM_CURSOR_HAND
        elif self.view.layout.canvas.collidepoint(position) and not self.state.help:
            cursor = pygame.SYSTEM_CURSOR_CROSSHAIR
        if cursor != self._cursor:
            self._cursor = cursor
            with contextlib.suppress(pygame.error):  # some displays have no pointer
                pygame.mouse.set_cursor(cursor)


def _post(message: Message) -> None:
    """Hand a message to the loop, from the worker's thread."""
    with contextlib.suppress(pygame.error):  # the window has just been closed
        pygame.event.post(Event(WORKER_EVENT, message=message))


def _open_display() -> None:
    """Start pygame's display and fonts: no sound, and no joysticks, which would keep a waiting loop awake."""
    # Windows would otherwise draw the window small and enlarge it, blurred, on screens of high density.
    os.environ.setdefault("SDL_WINDOWS_DPI_AWARENESS", "permonitorv2")
    # Some desktops turn their effects off for a game; this is none.
    os.environ.setdefault("SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR", "0")
    # The screen may go dark, and the first click on a window in the background draws.
    os.environ.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "1")
    os.environ.setdefault("SDL_MOUSE_FOCUS_CLICKTHROUGH", "1")
    # Fingers and pens draw as the mouse does.
    os.environ.setdefault("SDL_TOUCH_MOUSE_EVENTS", "1")
    # The name that Wayland and X11 find the program's icon and taskbar entry by.
    os.environ.setdefault("SDL_VIDEO_WAYLAND_WMCLASS", "digits-from-scratch")
    # Where no such folder is named, Wayland's library says so on stderr; in this one is no socket.
    os.environ.setdefault("XDG_RUNTIME_DIR", "/")
    os.environ.setdefault("SDL_VIDEO_X11_WMCLASS", "digits-from-scratch")
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


def _size(settings: Settings) -> tuple[int, int]:
    """The window's size: the remembered one, or three quarters of the screen, and no more than the screen."""
    width, height = pygame.display.get_desktop_sizes()[0]
    if pygame.display.get_driver() in ("dummy", "offscreen"):
        width, height = 16384, 16384  # no screen, no limit
    wanted = (settings.width or min(max(960, round(0.66 * width)), 1600), settings.height)
    wanted = (wanted[0], wanted[1] or min(max(640, round(0.72 * height)), 1000))
    return min(wanted[0], width), min(wanted[1], height)


def _icon() -> pygame.Surface:
    """A seven, written with the brush."""
    ink = Ink((64, 64), 64 / 280)
    ink.show((BrushStroke(Points(((80.0, 75.0), (205.0, 75.0), (120.0, 220.0))), 28.0),))
    return ink.surface.convert(32)


def with_options(settings: Settings, theme: str | None, size: tuple[int, int] | None) -> Settings:
    """Settings, with what the command line says in their place."""
    if theme is not None:
        settings = replace(settings, theme=theme)
    return settings if size is None else replace(settings, width=size[0], height=size[1])
