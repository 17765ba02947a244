"""The window's loop: it turns events into messages, applies them to the state, and draws the state."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable

import pygame
from pygame.event import Event

from apps.draw.core import actions
from apps.draw.core.effects import Train
from apps.draw.core.messages import Hover, HoverTimeout, Message, PenDown, PenMove, Press, Release, Tick
from apps.draw.core.panels import Panel
from apps.draw.core.settings import Settings
from apps.draw.core.state import Perform, State
from apps.draw.core.update import update
from apps.draw.engine import malloc
from apps.draw.engine.inference import InferenceEngine
from apps.draw.engine.worker import Worker
from apps.draw.ui import display, keys
from apps.draw.ui.events import decoded
from apps.draw.ui.view import View
from apps.live.process import TrainingProcess

#: The event that carries a message from the worker, as its ``message``.
WORKER_EVENT = pygame.event.custom_type()

_RESIZED = (pygame.VIDEORESIZE, pygame.WINDOWSIZECHANGED)
_UNCOVERED = (pygame.WINDOWEXPOSED, pygame.WINDOWRESTORED)
_LEFT = 1

#: Milliseconds without an event after which the loop polls rarely: pygame's own wait polls every millisecond.
_ATTENTIVE = 700
#: Milliseconds between two polls then; and while a training runs and the pen is up, since each poll takes a core from
#: its kernels, which run on all of them.
_NAP = 10
#: Milliseconds between two frames of an animation.
_FRAME = 16
#: Seconds until Python switches from the worker's thread to the window's: by default 5 ms, many times a frame.
_TURN = 0.0005
#: Seconds that the pointer rests before a tool-tip is shown.
_REST = 0.6


class App:
    """The window and its loop.

    Args:
        engine: what the worker's thread computes with.
        settings: of the window.
        training: makes the training process, given what takes its events.

    Raises:
        pygame.error: there is no display.
    """

    def __init__(
        self,
        engine: InferenceEngine,
        settings: Settings | None = None,
        training: Callable[[Callable[[Message], None]], TrainingProcess] = TrainingProcess,
    ) -> None:
        settings = Settings() if settings is None else settings
        malloc.tune_malloc()
        display.open_window(settings.width, settings.height)
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
        self._training = training(_post)

    @property
    def settings(self) -> Settings:
        """The settings to save."""
        width, height = self.view.size
        panel = "" if self.state.panel is None else self.state.panel.name
        return Settings(self.state.theme, self.state.brush, width, height, panel, self.state.best)

    @property
    def rested(self) -> bool:
        """Whether the worker is idle, all its messages were applied, and the state is drawn."""
        idle = self.state.ready and self._worker.idle and not pygame.event.peek(WORKER_EVENT)
        return idle and not self.view.unfinished

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Show the window until it is closed, or something is done."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(_TURN)
        try:
            while self.state.running and not until():
                self.step()
        finally:
            sys.setswitchinterval(before)

    def close(self) -> None:
        """Stop the worker and the trainings, and close the window."""
        self._training.close()
        self._worker.close()
        pygame.quit()

    def step(self) -> None:
        """Wait for events, apply them, and draw the state."""
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
        """Free memory while nothing happens."""
        malloc.trim_malloc()

    def until_ready(self) -> None:
        """Run until the network has been loaded, or the window is closed."""
        while self.state.running and not self.state.ready:
            self.step()

    def settle(self) -> None:
        """Run until the worker is idle, or the window is closed: for programs that simulate the user."""
        while self.state.running:
            pygame.event.post(Event(pygame.USEREVENT))  # so that the loop never sleeps
            self.step()
            if self.rested:
                return
            self._worker.wait(0.002)  # this loop would starve its thread

    def take(self, message: Message) -> None:
        """Apply a message to the state, and hand its effects to the worker."""
        hovered = self.state.hover
        self.state, effects = update(self.state, message)
        if self.state.hover != hovered:
            self._hovered = time.monotonic()
        for effect in effects:
            if isinstance(effect, Train):
                self._training.request(effect.command)
            else:
                self._worker.request(effect)

    def present(self) -> None:
        """Draw what has changed in the state."""
        changed = self.view.draw(pygame.display.get_surface(), self.state)
        if changed:
            pygame.display.update(changed)
        if self.view.unfinished:
            pygame.event.post(Event(pygame.USEREVENT))  # so that the loop does not sleep

    def _pass_time(self) -> None:
        """Ticks, while something is animated; and the tool-tip, when it is due."""
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
        """Wait for events and return all of them; none when the next frame or the tool-tip is due."""
        if self.state.animated:
            return self._wait(_FRAME)
        if self.state.hover is not None and not self.state.tip and self.state.pressed is None:
            rest = self._hovered + _REST - time.monotonic()
            return self._wait(max(1, min(_ATTENTIVE, round(1000 * rest) + 1)))
        if not (events := self._wait(_ATTENTIVE)):
            self.rest()
            events = self._poll(math.inf)
        return events

    def _wait(self, milliseconds: int) -> list[Event]:
        """Wait for events, that long at most."""
        if self.state.training.running and self.state.pen is None:
            return self._poll(milliseconds)
        first = decoded(pygame.event.wait, milliseconds)
        return [] if first.type == pygame.NOEVENT else [first, *decoded(pygame.event.get)]

    def _poll(self, milliseconds: float) -> list[Event]:
        """The same, with fewer polls and a later answer."""
        end = time.monotonic() + milliseconds / 1000
        while not (events := decoded(pygame.event.get)) and (left := end - time.monotonic()) > 0:
            pygame.time.wait(max(1, round(min(_NAP, 1000 * left))))
        return list(events)

    def messages(self, event: Event) -> list[Message]:
        """The messages of an event."""
        match event.type:
            case pygame.MOUSEMOTION:
                return self._motion(event)
            case pygame.MOUSEBUTTONDOWN if event.button == _LEFT:
                return self._button_down(event)
            case pygame.MOUSEBUTTONUP if event.button == _LEFT:
                lifted: list[Message] = [Release(self._control(event.pos))]
                # A lifted finger points at nothing.
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
                message: Message = event.message
                return [message]
        return []

    def _motion(self, event: Event) -> list[Message]:
        pressed = self.state.pressed
        if self.state.pen is None:
            if pressed is not None and pressed.action.dragged and event.buttons[0]:
                return self._dragged(pressed, event.pos)
            self._show_cursor(event.pos)
            return [Hover(self._control(event.pos))]
        if not event.buttons[0]:
            return [Release(None)]  # it went up outside the window
        return [PenMove(self.view.layout.to_canvas(event.pos))]

    def _button_down(self, event: Event) -> list[Message]:
        control = self._control(event.pos)
        if control is not None:
            pressed: list[Message] = [Press(control)]
            return [*pressed, *self._dragged(control, event.pos)] if control.action.dragged else pressed
        is_open = not self.state.help and self.state.prompt is None
        if is_open and self.view.layout.canvas.collidepoint(event.pos):
            return [PenDown(self.view.layout.to_canvas(event.pos))]
        return []

    def _control(self, position: tuple[int, int]) -> Perform | None:
        found = self.view.control_at(position)
        return None if found is None else found.message

    def _dragged(self, pressed: Perform, position: tuple[int, int]) -> list[Message]:
        """What the pressed control performs for a place of the pointer."""
        found = next((each for each in self.view.controls if each.message == pressed), None)
        message = None if found is None else pressed if found.drag is None else found.drag(position)
        return [] if message is None else [message]

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
