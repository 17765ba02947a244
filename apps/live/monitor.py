"""Records the course of a training, and makes snapshots of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import numpy as np

from apps.live.observer import Observer, first_filters
from apps.live.snapshot import Curves, Observation, Position, Snapshot, StepChange
from nn.model import Sequential
from nn.training import EpochEnd, Event, StepEnd

#: Points of a curve, at most.
POINTS = 200

#: Answers for the user's drawing that are kept.
ANSWERS = 120

#: The largest share of the time that observations may take.
SHARE = 0.05


class Monitor:
    """Takes the events of a training, and shows its state as snapshots.

    Whatever it is asked changes nothing in the training: the weights are the same, bit for bit, as without it.

    Args:
        model: the network in training.
        observer: of the network.
        epochs: of the training.
        clock: the time in seconds, which limits observations.

    Attributes:
        last: the last step.
    """

    def __init__(
        self, model: Sequential, observer: Observer, epochs: int, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._model, self._observer, self._epochs = model, observer, epochs
        self.last: StepEnd | None = None
        self._before = 0, 0.0, 0  # images, their loss and their correct answers, of the epoch's steps before
        self._first = 0  # steps before the first event, of a resumed training
        self._loss: list[float] = []
        self._accuracy: list[float] = []
        self._held_out: list[tuple[int, float]] = []
        self._drawing: np.ndarray | None = None
        self._answers: deque[np.ndarray] = deque(maxlen=ANSWERS)
        self._clock = clock
        self._observed_at = -np.inf
        self._cost = 0.0

    @property
    def step(self) -> int:
        """How many steps are done."""
        return self._first + len(self._loss)

    def on_event(self, event: Event) -> None:
        """Record an event."""
        if isinstance(event, EpochEnd):
            self._before = 0, 0.0, 0
            return
        if self.last is None:
            self._first = (event.epoch - 1) * event.steps + event.step - 1
        images, loss, correct = self._before
        count = max(1, event.images - images)
        if self.last is None and event.step > 1:  # resumed within an epoch: the mean so far
            images, loss, correct, count = 0, 0.0, 0, event.images
        self._loss.append((event.loss_sum - loss) / count)
        self._accuracy.append((event.correct - correct) / count)
        self._before = event.images, event.loss_sum, event.correct
        self.last = event

    def show(self, drawing: np.ndarray | None) -> None:
        """The user's drawing, (28, 28) as the network takes it; None if there is none."""
        self._drawing = drawing
        self._answers.clear()

    def observe(self, *, always: bool = False) -> Observation | None:
        """Observe the network, unless that would take more than its share of the time; then None."""
        started = self._clock()
        if not always and started < self._observed_at + self._cost / SHARE:
            return None
        found = self._observer.observe(self.step)
        if found is not None:
            self._held_out.append((self.step, found.accuracy))
        self._observed_at = self._clock()
        self._cost = self._observed_at - started
        return found

    def snapshot(
        self, state: str, *, note: str = "", observe: bool = False, change: StepChange | None = None
    ) -> Snapshot:
        """The state of the training.

        Args:
            state, note, change: see ``Snapshot``.
            observe: observe the network in any case, and not only if it is time.
        """
        observation = self.observe(always=observe)
        self._answer()
        answers = np.array(self._answers) if self._answers else np.zeros((0, *self._model.output_shape))
        filters = first_filters(self._model)
        return Snapshot(self._position(), state, note, self._curves(), filters, observation, answers, change)

    def _answer(self) -> None:
        if self._drawing is None or self._drawing.size != np.prod(self._model.input_shape):
            return
        try:
            image = self._drawing.reshape(1, *self._model.input_shape)
            self._answers.append(self._model.predict(image)[0])
        except FloatingPointError:  # a failed training
            return

    def _position(self) -> Position:
        last = self.last
        if last is None:
            return Position(0, 0, 1, self._epochs, 0.0)
        rate = last.images / last.seconds if last.seconds > 0 else 0.0
        return Position(self.step, last.steps * self._epochs, last.epoch, self._epochs, rate)

    def _curves(self) -> Curves:
        steps = len(self._loss)
        size = -(-steps // POINTS) or 1
        edges = np.arange(0, steps, size)
        counts = np.diff(np.append(edges, steps))
        loss, accuracy = (
            np.add.reduceat(values, edges) / counts if steps else np.zeros(0) for values in (self._loss, self._accuracy)
        )
        step = self._first + np.minimum(edges + size, steps)
        return Curves(step, loss, accuracy, np.array(self._held_out[-POINTS:], float).reshape(-1, 2))
