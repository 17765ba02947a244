"""Measure the latency of the window, from a movement of the pen to the frame that shows it.

    python -m scripts.latency [--inside | --clicks | --training | --startup] [--weights FILE] [--size WxH] [--n N]
                              [--metrics FILE.json]

The window's event loop runs, on SDL's dummy display unless ``SDL_VIDEODRIVER`` names another. A thread writes digits
with 125 movements per second, even if the window is slower. Each movement is timed from its event to the frame
with its ink, and to the frame with the prediction for that ink. Then the processor time of some idle seconds is
measured. ``--clicks`` times clicks on units of the Inside panel instead, ``--startup`` the start of the program.
``--training`` trains in the Train panel meanwhile, and compares its speed with that of the same training alone.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("scripts.latency")  # before the slow imports

# isort: split
import argparse
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pygame
from pygame.event import Event

from apps.cli import runs
from apps.cli.arguments import Parser, UsageError, add_arguments, positive_int, window_size
from apps.cli.command import SUCCESS, command
from apps.cli.outputs import JSON, Output, check_outputs
from apps.draw.core.settings import Settings
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.layout import Layout
from scripts import latency_of_clicks, latency_while_training, startup
from scripts.timed_app import TimedApp, summary, write_digits

#: Seconds without events; the first quarter, in which animations end, does not count.
IDLE = 4.0


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
        "ink_ms": summary(app.ink),
        "answer_ms": summary(app.answer),
        "frames_per_second": app.frames / max(app.drawing, 1e-9),
        "idle_cpu": idle[0],
        "inside": settings.panel == "INSIDE",
    }


def _write(n: int, layout: Layout, idle: list[float]) -> None:
    """Post ``n`` movements in real time; then idle, and close the window."""
    write_digits(n, layout)
    time.sleep(IDLE / 4)
    started, used = time.perf_counter(), time.process_time()
    time.sleep(3 * IDLE / 4)
    idle.append((time.process_time() - used) / (time.perf_counter() - started))
    pygame.event.post(Event(pygame.QUIT))


@command("scripts.latency")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser((__doc__ or "").split("\n")[0], prog="python -m scripts.latency")
    add_arguments(parser, "weights", "metrics")
    parser.add_argument("--size", type=window_size, default=(1280, 800), metavar="WxH", help="of the window in pixels")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--inside", action="store_true", help="with the look-inside panel open")
    what.add_argument("--clicks", action="store_true", help="clicks on units of the look-inside panel")
    what.add_argument("--training", action="store_true", help="while the Train panel trains")
    what.add_argument("--startup", action="store_true", help="from the command to the first frame, and to ready")
    parser.add_argument(
        "--n", type=positive_int, metavar="N", help="movements or clicks (default: 2000), or starts (default: 10)"
    )
    arguments = parser.parse_args(argv)
    check_outputs(Output("--metrics", arguments.metrics, JSON), inputs=[arguments.weights])
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    if arguments.startup:
        return _startup(arguments.n or 10, arguments)
    width, height = arguments.size
    panel = "INSIDE" if arguments.inside or arguments.clicks else "TRAIN" if arguments.training else ""
    settings = Settings(width=width, height=height, panel=panel)
    measured = measure
    if arguments.training or arguments.clicks:
        measured = latency_while_training.measure if arguments.training else latency_of_clicks.measure
    try:
        figures = measured(InferenceEngine(arguments.weights), arguments.n or 2000, settings)
    except pygame.error as error:
        raise UsageError(f"no display to open a window on: {error}") from None
    except RuntimeError as error:
        raise UsageError(f"no training to measure: {error}") from None
    for name in ("click_ms",) if arguments.clicks else ("ink_ms", "answer_ms"):
        times = figures[name]
        print(
            f"{name.removesuffix('_ms'):6}  n {times['n']}  median {times['median']:.1f} ms  "
            f"p95 {times['p95']:.1f} ms  p99 {times['p99']:.1f} ms  max {times['max']:.1f} ms"
        )
    if arguments.training:
        print(latency_while_training.describe(figures))
    elif not arguments.clicks:
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
