"""Measure the latency of the window, from a movement of the pen to the frame that shows it.

    python -m scripts.latency [--weights FILE] [--size WxH] [--inside | --startup] [--n N] [--metrics FILE.json]

The window's event loop runs, on SDL's dummy display unless ``SDL_VIDEODRIVER`` names another. A thread writes digits
with 125 movements per second, even if the window is slower. Each movement is timed from its event to the frame
with its ink, and to the frame with the prediction for that ink. Then the processor time of some idle seconds is
measured. ``--startup`` times the start of the program instead.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("scripts.latency")  # before the slow imports

# isort: split
import argparse
import itertools
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pygame
from pygame.event import Event

from apps.cli import runs
from apps.cli.arguments import Parser, UsageError, add_arguments, positive_int, window_size
from apps.cli.command import SUCCESS, command
from apps.cli.outputs import JSON, Output, check_outputs
from apps.draw.core.messages import Message
from apps.draw.core.settings import Settings
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from apps.draw.ui.layout import Layout
from nn.digits import synthesis
from nn.digits.strokes import place
from scripts import startup

#: Movements per second, the default rate of a mouse.
RATE = 125

#: Seconds between two digits, for the prediction of the last movements.
PAUSE = 0.1

#: Seconds without events; the first quarter, in which animations end, does not count.
IDLE = 4.0


class TimedApp(App):
    """The window, with the times of its movements.

    Args:
        engine, settings: as ``App`` takes them.

    Attributes:
        ink: seconds from each movement to its ink.
        answer: seconds from each movement to a prediction that includes it.
        frames: number of frames drawn while the pen was down, and ``drawing`` the seconds that took.
    """

    def __init__(self, engine: InferenceEngine, settings: Settings) -> None:
        self.ink: list[float] = []
        self.answer: list[float] = []
        self.frames = 0
        self.drawing = 0.0
        self._taken: list[float] = []
        self._waiting: list[tuple[int, float]] = []
        super().__init__(engine, settings)

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


def measure(engine: InferenceEngine, n: int, settings: Settings) -> dict[str, Any]:
    """Post ``n`` movements of the pen to the window, then measure it idle.

    Args:
        engine: reads the digits.
        n: the number of movements.
        settings: the window's size and open panel.

    Returns:
        ``{"ink_ms": {...}, "answer_ms": {...}}``, each with ``n``, ``median``, ``p95``, ``p99`` and ``max``;
        ``frames_per_second``, which drawing alone would allow; ``idle_cpu``, the share of a core.
    """
    app = TimedApp(engine, settings)
    idle: list[float] = []
    try:
        app.settle()
        writer = threading.Thread(target=_write, args=(n, app.view.layout, idle), name="writer", daemon=True)
        writer.start()
        app.run()
        writer.join()
    finally:
        app.close()
    return {
        "ink_ms": _summary(app.ink),
        "answer_ms": _summary(app.answer),
        "frames_per_second": app.frames / max(app.drawing, 1e-9),
        "idle_cpu": idle[0],
        "inside": settings.panel == "INSIDE",
    }


def _summary(seconds: Sequence[float]) -> dict[str, float]:
    """``n``, and in milliseconds ``median``, ``p95``, ``p99`` and ``max``."""
    percentiles = 1e3 * np.percentile(seconds, [50, 95, 99, 100])
    return {"n": len(seconds)} | dict(zip(("median", "p95", "p99", "max"), percentiles.tolist(), strict=True))


def _write(n: int, layout: Layout, idle: list[float]) -> None:
    """Post ``n`` movements in real time: digits, each cleared before the next; then idle, and close the window."""
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
            break
    time.sleep(IDLE / 4)
    started, used = time.perf_counter(), time.process_time()
    time.sleep(3 * IDLE / 4)
    idle.append((time.process_time() - used) / (time.perf_counter() - started))
    pygame.event.post(Event(pygame.QUIT))


def _digits() -> Iterator[np.ndarray]:
    """Synthetic digits without end: the first stroke of each, (n, 2), in canvas units."""
    rng = np.random.default_rng(0)
    for label in itertools.cycle(range(10)):
        yield place(synthesis.sample(label, rng), 190.0, (45.0, 45.0))[0]


@command("scripts.latency")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
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
    check_outputs(Output("--metrics", arguments.metrics, JSON), inputs=[arguments.weights])
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
    """Print the machine, and write the figures to a file."""
    machine = f"{runs.machine()}, {os.environ['SDL_VIDEODRIVER']} display"
    print(machine)
    versions = runs.versions() | {"pygame": pygame.version.ver}
    runs.write_json({**figures, "machine": machine, "versions": versions}, path)


if __name__ == "__main__":
    sys.exit(main())
