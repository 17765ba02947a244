"""Shows the events of a training in views, at most ten times a second."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from apps.live.monitor import Monitor
from apps.live.observer import Observer
from apps.live.snapshot import Observation, Snapshot
from nn.model import Sequential
from nn.training import EpochEnd, Event

#: Seconds between two snapshots.
INTERVAL = 0.1


class View(Protocol):
    """Where a training is shown."""

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot."""

    def close(self) -> None:
        """Take it away, or leave the last snapshot behind."""


class Watcher:
    """Takes the events of a training. It changes nothing in it.

    Args:
        model: the network in training.
        images, labels: those that are watched.
        epochs: of the training.
        views: where it is shown; none: the events are ignored.
        clock: the time in seconds.
    """

    def __init__(
        self,
        model: Sequential,
        images: np.ndarray,
        labels: np.ndarray,
        epochs: int,
        views: Sequence[View],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._views, self._epochs, self._clock = views, epochs, clock
        self._monitor = Monitor(model, Observer(model, images, labels), epochs, clock) if views else None
        self._observation: Observation | None = None
        self._shown = -INTERVAL

    def on_event(self, event: Event) -> None:
        """Take note of an event, and show it if it is time."""
        if self._monitor is None:
            return
        self._monitor.on_event(event)
        is_over = isinstance(event, EpochEnd) and event.epoch == self._epochs
        if is_over or self._clock() >= self._shown + INTERVAL:
            snapshot = self._monitor.snapshot("finished" if is_over else "running", observe=is_over)
            self._observation = snapshot.observation or self._observation
            snapshot = replace(snapshot, observation=self._observation)
            for view in self._views:
                view.show(snapshot)
            self._shown = self._clock()


@contextlib.contextmanager
def opened(makers: Sequence[Callable[[], View | None]]) -> Iterator[list[View]]:
    """The views that can be shown here, until the end of the block."""
    with contextlib.ExitStack() as stack:
        views = []
        for make in makers:
            if (view := make()) is not None:
                views.append(view)
                stack.callback(view.close)
        yield views
