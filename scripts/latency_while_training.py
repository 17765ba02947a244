"""The latency of the window while it trains a network, and the speed of the training."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from apps.draw.core import actions
from apps.draw.core.settings import Settings
from apps.draw.core.state import Perform
from apps.draw.engine.inference import InferenceEngine
from apps.live.live_run import LiveRun
from apps.live.settings import VALIDATION, LiveSettings
from nn.data import mnist
from nn.platforms import lower_priority
from scripts.timed_app import TimedApp, summary, write_digits

#: Steps of the training alone.
STEPS = 3000

#: Seconds that a part of the measurement may take.
LIMIT = 600.0

#: Makes the process that trains alone.
pool = partial(multiprocessing.get_context("spawn").Pool, 1, lower_priority)


def measure(engine: InferenceEngine, n: int, settings: Settings) -> dict[str, Any]:
    """Train alone, then 5 epochs in the window, then while a pen posts ``n`` movements.

    Args:
        engine: reads the digits.
        n: the number of movements.
        settings: the window's size, with the Train panel open.

    Returns:
        ``ink_ms`` and ``answer_ms`` as ``scripts.latency`` has them; ``epochs_seconds`` of the 5 epochs in the window;
        ``steps_per_second``: ``alone``, ``window`` and ``drawing``.
    """
    alone = _speed_alone()
    app = TimedApp(engine, settings)
    try:
        app.settle()
        _run(app, lambda: app.state.training.ready)
        started = time.perf_counter()
        app.take(Perform(actions.TRAIN_START))
        _run(app, lambda: _state(app) == "finished")
        seconds = time.perf_counter() - started
        window = _step(app) / seconds
        drawing = _speed_while_drawing(app, n)
    finally:
        app.close()
    return {
        "ink_ms": summary(app.ink),
        "answer_ms": summary(app.answer),
        "epochs_seconds": seconds,
        "steps_per_second": {"alone": alone, "window": window, "drawing": drawing},
    }


def describe(figures: dict[str, Any]) -> str:
    """The figures of the training in a line."""
    speeds = figures["steps_per_second"]
    kept = {name: speeds[name] / speeds["alone"] for name in ("window", "drawing")}
    return (
        f"{LiveSettings().epochs} epochs in the window {figures['epochs_seconds']:.1f} s; speed {speeds['alone']:.0f} "
        f"steps/s alone, {kept['window']:.0%} of it in the window, {kept['drawing']:.0%} while the pen draws"
    )


def _speed_alone() -> float:
    """Steps a second of the same training, in a process of as low a priority, without a window and snapshots."""
    with pool() as process:
        return float(process.apply(_speed))


def _speed() -> float:
    images, labels, *validation = mnist.load().split(VALIDATION)
    run = LiveRun(LiveSettings(), images, labels, (validation[0], validation[1]))
    for _ in range(STEPS // 10):
        run.advance()
    started = time.perf_counter()
    for _ in range(STEPS):
        run.advance()
    return STEPS / (time.perf_counter() - started)


def _speed_while_drawing(app: TimedApp, n: int) -> float:
    """Steps a second of a long training while the pen draws."""
    training = app.state.training
    app.state = replace(app.state, training=replace(training, settings=LiveSettings(epochs=100)))
    app.take(Perform(actions.TRAIN_START))
    _run(app, lambda: _step(app) > 0)
    writer = threading.Thread(target=write_digits, args=(n, app.view.layout), name="writer", daemon=True)
    started, first = time.perf_counter(), _step(app)
    writer.start()
    _run(app, lambda: not writer.is_alive() and len(app.ink) >= n)
    return (_step(app) - first) / (time.perf_counter() - started)


def _run(app: TimedApp, done: Callable[[], bool]) -> None:
    """Run the window until something is done.

    Raises:
        RuntimeError: the training has failed, or takes too long.
    """
    end = time.monotonic() + LIMIT

    def is_over() -> bool:
        return time.monotonic() > end or app.state.training.missing or app.state.status.error

    app.run(lambda: done() or is_over())
    if not done():
        raise RuntimeError(app.state.training.note or app.state.status.text or "the training takes too long")


def _state(app: TimedApp) -> str:
    snapshot = app.state.training.runs[0].snapshot
    return "" if snapshot is None else snapshot.state


def _step(app: TimedApp) -> int:
    snapshot = app.state.training.runs[0].snapshot
    return 0 if snapshot is None else snapshot.position.step
