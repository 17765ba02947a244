"""Runs the trainings that commands ask for, and reports their progress: the work of the training process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from apps.live import messages as live
from apps.live.live_run import LiveRun
from apps.live.settings import VALIDATION, VALIDATION_SHARE, LiveSettings
from nn.errors import DataError, one_line

if TYPE_CHECKING:
    from nn.data.mnist import Dataset

#: Seconds between two snapshots of a training.
INTERVAL = 0.08

#: Seconds that trainings run before the next command is looked at.
SLICE = 0.02

#: Seconds after a change of the drawing in which the user is likely to go on drawing.
DRAWING = 0.5


class Session:
    """Trainings side by side, which take turns.

    Args:
        post: takes the events.
        load: loads the images; ``download`` says whether missing ones are downloaded first.
        clock: the time in seconds.
    """

    def __init__(
        self,
        post: Callable[[live.Event], None],
        load: Callable[[bool], Dataset] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._post, self._load, self._clock = post, load or _load, clock
        self._data: tuple[np.ndarray, ...] | None = None
        self._runs: list[LiveRun] = []
        self._posted: list[float] = []
        self._serials: list[int] = []
        self._drawing: np.ndarray | None = None
        self._drawn_at = -DRAWING
        self._paused, self._speed = False, next(iter(live.SPEEDS))
        self._next_step = 0.0

    @property
    def wait(self) -> float | None:
        """Seconds until there is something to do; None: until the next command."""
        if self._paused or not any(run.state == "running" for run in self._runs):
            return None
        return 0.0 if live.SPEEDS[self._speed] is None else max(0.0, self._next_step - self._clock())

    @property
    def is_drawing(self) -> bool:
        """Whether the user is drawing, so that the other cores are for the window."""
        return self._clock() < self._drawn_at + DRAWING

    def take(self, command: live.Command) -> None:
        """Carry out a command."""
        try:
            self._take(command)
        except (ValueError, OSError, ModuleNotFoundError, MemoryError) as error:
            self._post(live.Failed(one_line(error)))

    def _take(self, command: live.Command) -> None:
        match command:
            case live.Prepare():
                self._prepare(download=False)
            case live.Download():
                self._post(live.DataStatus(False, "Downloading MNIST..."))
                self._prepare(download=True)
            case live.Start():
                self._start(command)
            case live.Pace(paused, speed):
                self._paused, self._speed = paused, speed
                self._report_all()
            case live.Step():
                for run in self._runs:
                    run.advance_and_compare()
                self._report_all(observe=True)
            case live.ShowDrawing(image):
                if not _equal(image, self._drawing):  # each start sends it, too
                    self._drawing, self._drawn_at = image, self._clock()
                for run in self._runs:
                    run.monitor.show(image)
                if self.wait is None:
                    self._report_all()
            case live.Keep(number, path):
                self._runs[number].keep(path)
                self._post(live.Kept(path))

    def _prepare(self, download: bool) -> None:
        if self._data is None:
            try:
                data = self._load(download)
                self._data = data.split(min(VALIDATION, int(VALIDATION_SHARE * len(data.train_images))))
            except (DataError, ValueError) as error:
                note = f"No training images: {one_line(error)}"
                self._post(live.DataStatus(False, note, missing=True))
                return
            _warm_up(*self._data)
        self._post(live.DataStatus(True))

    def _start(self, start: live.Start) -> None:
        if self._data is None:
            self._prepare(download=False)
        if self._data is None:
            return
        images, labels, *validation = self._data
        run = LiveRun(start.settings, images, labels, (validation[0], validation[1]), self._clock)
        run.monitor.show(self._drawing)
        number = start.number
        self._runs[number:], self._posted[number:], self._serials[number:] = [run], [0.0], [start.serial]
        self._paused = False
        self._report(number, observe=True)

    def work(self) -> None:
        """Advance the trainings for a moment; post the snapshots that are due."""
        rate, active = live.SPEEDS[self._speed], [run for run in self._runs if run.state == "running"]
        if rate is None:
            for run in active:
                end = self._clock() + SLICE / len(active)
                while run.advance() and self._clock() < end:
                    pass
        else:
            for run in active:
                run.advance_and_compare()
            self._next_step = self._clock() + 1 / rate
        for number, run in enumerate(self._runs):
            if run in active and (run.state != "running" or self._clock() >= self._posted[number] + INTERVAL):
                self._report(number, observe=run.state != "running")

    def _report_all(self, observe: bool = False) -> None:
        for number in range(len(self._runs)):
            self._report(number, observe)

    def _report(self, number: int, observe: bool = False) -> None:
        snapshot = self._runs[number].snapshot(paused=self._paused, observe=observe)
        self._post(live.Progressed(number, snapshot, self._serials[number]))
        self._posted[number] = self._clock()


def _equal(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    return a is b or (a is not None and b is not None and np.array_equal(a, b))


def _warm_up(images: np.ndarray, labels: np.ndarray, *validation: np.ndarray) -> None:
    """Load the kernels of the default network, or compile them: the first step of a training then takes no longer."""
    few = slice(2 * LiveSettings().batch_size)
    run = LiveRun(LiveSettings(epochs=1), images[few], labels[few], (validation[0][few], validation[1][few]))
    while run.advance():
        pass
    run.snapshot(observe=True)


def _load(download: bool) -> Dataset:
    """MNIST, or the images of ``NN_DATA``."""
    from nn.data import mnist
    from nn.data.download import download as fetch

    if download:
        fetch("mnist", mnist.stored_folder("mnist"), progress=False)
    data = mnist.load(download=False, progress=False)
    if data.image_shape != (28, 28, 1):
        raise DataError(f"{data.folder}: expected gray images of 28x28 to train on, found {data.image_shape}")
    return data
