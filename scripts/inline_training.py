"""Trainings of the window without a process of their own: the same at each run, for programs that simulate the user."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from apps.live import messages as live
from apps.live.process import TrainingProcess
from apps.live.session import Session
from nn.data.mnist import Dataset

#: Seconds from one reading of the session's clock to the next.
TICK = 0.002


class InlineTraining(TrainingProcess):
    """A session that works for a while after each command, by a clock of its own.

    Args:
        post: takes the events.
        load: loads the images; None: MNIST.
        slices: how many slices it works after a command.
    """

    def __init__(
        self, post: Callable[[live.Event], None], load: Callable[[bool], Dataset] | None = None, slices: int = 60
    ) -> None:
        super().__init__(post)
        times = itertools.count()
        self._session = Session(post, load, lambda: TICK * next(times))
        self._slices = slices

    def request(self, command: live.Command) -> None:
        """Carry out a command, and work for a while."""
        self._session.take(command)
        for _ in range(0 if isinstance(command, live.ShowDrawing) else self._slices):
            if self._session.wait is None:
                return
            self._session.work()
