"""The window with the times of its movements, and a pen that moves in real time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pygame
from pygame.event import Event

from apps.draw.core.messages import Message
from apps.draw.core.settings import Settings
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from apps.draw.ui.layout import Layout
from apps.live.process import TrainingProcess
from nn.digits import synthesis
from nn.digits.strokes import place

#: Movements per second, the default rate of a mouse.
RATE = 125

#: Seconds between two digits, for the prediction of the last movements.
PAUSE = 0.1


class TimedApp(App):
    """The window, with the times of its movements.

    Args:
        engine, settings, training: as ``App`` takes them.

    Attributes:
        ink: seconds from each movement to its ink.
        answer: seconds from each movement to a prediction that includes it.
        frames: number of frames drawn while the pen was down, and ``drawing`` the seconds that took.
    """

    def __init__(
        self,
        engine: InferenceEngine,
        settings: Settings,
        training: Callable[[Callable[[Message], None]], TrainingProcess] = TrainingProcess,
    ) -> None:
        self.ink: list[float] = []
        self.answer: list[float] = []
        self.frames = 0
        self.drawing = 0.0
        self._taken: list[float] = []
        self._waiting: list[tuple[int, float]] = []
        super().__init__(engine, settings, training)

    def messages(self, event: Event) -> list[Message]:
        """Record when a movement was posted."""
        if "posted" in event.dict:  # a display may add events of its own pointer
            self._taken.append(event.posted)
        return super().messages(event)

    def present(self) -> None:
        """Present, and record the time."""
        started = time.perf_counter()
        super().present()
        now = time.perf_counter()
        if self._taken:
            self.frames += 1
            self.drawing += now - started
        self.ink += [now - posted for posted in self._taken]
        self._waiting += [(self.state.asked, posted) for posted in self._taken]
        self._taken.clear()
        self.answer += [now - posted for asked, posted in self._waiting if asked <= self.state.answered]
        self._waiting = [(asked, posted) for asked, posted in self._waiting if asked > self.state.answered]


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """``n``, and in milliseconds ``median``, ``p95``, ``p99`` and ``max``."""
    percentiles = 1e3 * np.percentile(seconds, [50, 95, 99, 100])
    return {"n": len(seconds)} | dict(zip(("median", "p95", "p99", "max"), percentiles.tolist(), strict=True))


def write_digits(n: int, layout: Layout) -> None:
    """Post ``n`` movements in real time: digits, each cleared before the next."""
    moves = 0
    for digit in _digits():
        points = np.rint(layout.canvas.topleft + digit * layout.unit).astype(int).tolist()
        pygame.event.post(Event(pygame.MOUSEBUTTONDOWN, pos=points[0], button=1))
        for point in points[1 : n - moves + 1]:
            time.sleep(1 / RATE)
            posted = time.perf_counter()
            pygame.event.post(Event(pygame.MOUSEMOTION, pos=point, rel=(0, 0), buttons=(1, 0, 0), posted=posted))
            moves += 1
        time.sleep(PAUSE)
        pygame.event.post(Event(pygame.MOUSEBUTTONUP, pos=points[-1], button=1))
        pygame.event.post(Event(pygame.KEYDOWN, key=pygame.K_c, mod=0))
        if moves == n:
            return


def _digits() -> Iterator[np.ndarray]:
    """Synthetic digits without end: the first stroke of each, (n, 2), in canvas units."""
    rng = np.random.default_rng(0)
    for label in itertools.cycle(range(10)):
        yield place(synthesis.sample(label, rng), 190.0, (45.0, 45.0))[0]
