"""Measure how long the window takes from a movement of the pen to what it shows of it.

    python -m scripts.latency [--weights FILE] [--size WxH] [--inside | --startup] [--n N] [--metrics FILE.json]

The window's real loop runs, on SDL's dummy display unless ``SDL_VIDEODRIVER`` names another. A thread that
plays the hand writes digits, 125 movements a second whether the window keeps up or not. Each movement is
timed from its event to the frame that has its ink, and to the frame that has an answer to that ink. Then nothing
happens for some seconds, and the processor's time is taken. ``--startup`` times the start of the program instead.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("scripts.latency")  # before the slow imports

# isort: split
import argparse
import itertools
import json
import math
import os
import platform
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pygame
from pygame.event import Event

from apps.cli.arguments import Parser, UsageError, add_arguments, check_writable, positive_int, window_size
from apps.cli.command import SUCCESS, command
from apps.draw.core.messages import Message
from apps.draw.core.points import Point
from apps.draw.core.settings import Settings
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from apps.draw.ui.layout import Layout
from nn.atomic import atomic_write
from scripts import startup

#: Movements a second: what a mouse reports by default.
RATE = 125

#: Seconds between two digits, in which the last movements are answered.
PAUSE = 0.1

#: Seconds in which nothing happens; the first of them, in which the window comes to rest, does not count.
IDLE = 4.0


class Times:
    """So many times at most. Their memory is taken at once: a watch that grew would hide whether the window does."""

    def __init__(self, most: int) -> None:
        self._seconds = np.full(most, np.nan)
        self._count = 0

    def add(self, seconds: Sequence[float]) -> None:
        """Note some more."""
        self._seconds[self._count : self._count + len(seconds)] = seconds
        self._count += len(seconds)

    def summary(self) -> dict[str, float]:
        """``n``, and in milliseconds ``median``, ``p95``, ``p99`` and ``max``."""
        seconds = self._seconds[: self._count]
        median, p95, p99, worst = (1e3 * np.percentile(seconds, [50, 95, 99, 100])).tolist()
        return {"n": len(seconds), "median": median, "p95": p95, "p99": p99, "max": worst}


class TimedApp(App):
    """The window, and the times of its movements.

    Args:
        engine, settings: as ``App`` takes them.
        n: the number of movements.

    Attributes:
        ink: seconds from each movement to its ink.
        answer: seconds from each movement to an answer that knows of it.
        frames: how many times the window was brought up to date while the pen was down, and ``drawing`` the seconds of
            work that took.
        idle: seconds of processor time, and of the clock, in which nothing happened.
    """

    def __init__(self, engine: InferenceEngine, settings: Settings, n: int) -> None:
        self.ink = Times(n)
        self.answer = Times(n)
        self.frames = 0
        self.drawing = 0.0
        self._taken: list[float] = []
        self._waiting: list[tuple[int, float]] = []
        super().__init__(engine, settings)

    def messages(self, event: Event) -> list[Message]:
        """Note when a movement was posted."""
        if "posted" in event.dict:  # a display may have a pointer of its own
            self._taken.append(event.posted)
        return super().messages(event)

    def present(self) -> None:
        """Present, and look at the clock."""
        started = time.perf_counter()
        super().present()
        now = time.perf_counter()
        if self._taken:
            self.frames += 1
            self.drawing += now - started
        self.ink.add([now - posted for posted in self._taken])
        self._waiting += [(self.state.asked, posted) for posted in self._taken]
        self._taken.clear()
        self.answer.add([now - posted for asked, posted in self._waiting if asked <= self.state.answered])
        self._waiting = [(asked, posted) for asked, posted in self._waiting if asked > self.state.answered]


def measure(engine: InferenceEngine, n: int, settings: Settings) -> dict[str, Any]:
    """Write ``n`` movements of the pen into the window, then let it rest.

    Args:
        engine: reads the digits.
        n: the number of movements.
        settings: the window's size and open panel.

    Returns:
        ``{"ink_ms": {...}, "answer_ms": {...}}``, each with ``n``, ``median``, ``p95``, ``p99`` and ``max``;
        ``frames_per_second``, which drawing alone would allow; ``idle_cpu``, the share of a core.
    """
    app = TimedApp(engine, settings, n)
    idle: list[float] = []
    try:
        app.settle()
        hand = threading.Thread(target=_write, args=(n, app.view.layout, idle), name="hand", daemon=True)
        hand.start()
        app.run()
        hand.join()
    finally:
        app.close()
    return {
        "ink_ms": app.ink.summary(),
        "answer_ms": app.answer.summary(),
        "frames_per_second": app.frames / max(app.drawing, 1e-9),
        "idle_cpu": idle[0],
        "inside": settings.panel == "INSIDE",
    }


def _write(n: int, layout: Layout, idle: list[float]) -> None:
    """Post ``n`` movements in real time: digits, each cleared before the next; rest, and close the window."""
    rng = np.random.default_rng(0)
    moves = 0
    for digit in itertools.cycle(_digits()):
        wobble = rng.normal(0.0, 0.8, (len(digit), 2))
        points = [_pixel((x + dx, y + dy), layout) for (x, y), (dx, dy) in zip(digit, wobble, strict=True)]
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
            break
    time.sleep(IDLE / 4)
    started, used = time.perf_counter(), time.process_time()
    time.sleep(3 * IDLE / 4)
    idle.append((time.process_time() - used) / (time.perf_counter() - started))
    pygame.event.post(Event(pygame.QUIT))


def _digits() -> Iterator[list[Point]]:
    """A nought, a one, a seven, a three, an eight: each one stroke, about 60 points, in canvas units."""
    for corners in (
        [_arc(140, 140, 65, 95, -90, -450)],
        [[(110, 85), (150, 50), (150, 230)]],
        [[(75, 65), (205, 65), (125, 235)]],
        [_arc(135, 95, 60, 48, -150, 80), _arc(135, 190, 68, 50, -80, 150)],
        [_arc(140, 95, 50, 45, 90, -270), _arc(140, 195, 62, 50, -90, 270)],
    ):
        yield _evenly([point for part in corners for point in part], 60)


def _arc(x: float, y: float, width: float, height: float, start: float, stop: float) -> list[Point]:
    """Points on an ellipse, angles in degrees."""
    angles = np.radians(np.linspace(start, stop, 40))
    return [(x + width * math.cos(angle), y + height * math.sin(angle)) for angle in angles]


def _evenly(corners: Sequence[Point], count: int) -> list[Point]:
    """``count`` points at equal distances along a line."""
    line = np.array(corners, dtype=float)
    along = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()])
    at = np.linspace(0.0, along[-1], count)
    return [(float(x), float(y)) for x, y in zip(*(np.interp(at, along, c) for c in line.T), strict=True)]


def _pixel(point: Point, layout: Layout) -> tuple[int, int]:
    return round(layout.canvas.x + point[0] * layout.unit), round(layout.canvas.y + point[1] * layout.unit)


@command("scripts.latency")
def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit status: 0, or 2 where a display is missing."""
    parser = Parser((__doc__ or "").split("\n")[0], prog="python -m scripts.latency")
    add_arguments(parser, "weights", "metrics")
    parser.add_argument("--size", type=window_size, default=(1280, 800), metavar="WxH", help="of the window in pixels")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--inside", action="store_true", help="with the look-inside panel open")
    what.add_argument("--startup", action="store_true", help="from the command to the first frame, and to ready")
    parser.add_argument(
        "--n", type=positive_int, metavar="N", help="movements (default: 2000), or starts (default: 10)"
    )
    arguments = parser.parse_args(argv)
    check_writable(arguments.metrics)
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    if arguments.startup:
        return _startup(arguments.n or 10, arguments)
    width, height = arguments.size
    settings = Settings(width=width, height=height, panel="INSIDE" if arguments.inside else "")
    try:
        figures = measure(InferenceEngine(arguments.weights), arguments.n or 2000, settings)
    except pygame.error as error:
        raise UsageError(f"no display to open a window on: {error}") from None
    for name in ("ink_ms", "answer_ms"):
        times = figures[name]
        print(
            f"{name.removesuffix('_ms'):6}  n {times['n']}  median {times['median']:.1f} ms  "
            f"p95 {times['p95']:.1f} ms  p99 {times['p99']:.1f} ms  max {times['max']:.1f} ms"
        )
    print(f"{figures['frames_per_second']:.0f} frames a second would fit; idle {figures['idle_cpu']:.1%} of a core")
    _conclude(figures, arguments.metrics)
    return SUCCESS


def _startup(n: int, arguments: argparse.Namespace) -> int:
    try:
        figures = startup.measure(n, arguments.size, arguments.weights)
    except RuntimeError as error:
        raise UsageError(f"the window did not open: {error}") from None
    for name, times in figures.items():
        low, median, high = np.percentile(times, [0, 50, 100])
        print(f"{name.removesuffix('_ms'):6}  n {n}  least {low:.0f} ms  median {median:.0f} ms  most {high:.0f} ms")
    _conclude(figures, arguments.metrics)
    return SUCCESS


def _conclude(figures: dict[str, Any], path: Path | None) -> None:
    """Tell of the machine, and write the figures where that is wanted."""
    machine = f"{platform.platform()}, {os.cpu_count()} cores, {os.environ['SDL_VIDEODRIVER']} display"
    print(machine)
    if path is not None:
        versions = {"python": platform.python_version(), "pygame": pygame.version.ver, "numpy": np.__version__}
        with atomic_write(path) as file:
            file.write(json.dumps({**figures, "machine": machine, "versions": versions}, indent=2).encode())


if __name__ == "__main__":
    sys.exit(main())
