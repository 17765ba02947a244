"""One thread or all: whichever is faster now."""

import math
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from nn.ops import backend

T = TypeVar("T")

#: Seconds without work after which the other threads may wake up on the core of this one; and after which they sleep,
#: and take longer to wake up than an image takes.
IDLE_SECONDS, ASLEEP_SECONDS = 0.02, 1e-4

#: How much longer one thread may take than the last time, as the time of one piece may be that of another program.
DRIFT = 1.25

#: Pieces for all threads after which one is for one thread, to see again how long that takes: the first time, when one
#: thread may have been measured while kernels were loaded. Each time it is twice as many, up to ``LONGEST_PAUSE``.
FIRST_CHECK = 8

#: The share of the time that pieces may take which were slower with all threads; the most pieces between two trials.
LOSS, LONGEST_PAUSE = 0.05, 200

#: How many pieces in a row have to be slow, once others were not: an interrupt makes a piece or two slow.
PATIENCE = 4

#: Pieces of a trial: the first wakes the other threads, which takes as long as a single image, and is not measured.
TRIAL = 2


class ThreadChoice:
    """Runs pieces of work, each with one thread or with all, so that all are never much slower than one.

    All are slower while they share a core: beside a busy program, and after idleness, when the system may wake the
    others on the core of the first, and needs tens of milliseconds to move them. So the first piece after idleness is
    for one thread, which shows how long one takes, and pieces that take all threads longer are followed by so many for
    one thread that little time was lost. Now and then a piece is for one thread, in case it has become faster, or the
    machine slower. The results of kernels are the same bits with any number of threads.

    Args:
        clock: the time in seconds.
        idle_seconds: without work, after which the next piece is for one thread.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._one = math.inf  # seconds an image with one thread
        self._last = -IDLE_SECONDS
        self._pieces_alone = self._pieces_together = 0
        self._next_check = FIRST_CHECK
        self._are_awake = False
        self._recent: deque[float] = deque(maxlen=PATIENCE)  # seconds an image with all threads, since they woke up

    def run(self, work: Callable[[], T], size: int, is_measured: bool = True) -> T:
        """The result of ``work``, a piece of so many images; one that is much smaller than others is not measured."""
        if backend.thread_count() == 1:
            return work()
        start = self._clock()
        after_idleness = start - self._last > self._idle_seconds
        is_check = self._pieces_together >= self._next_check
        if after_idleness or self._pieces_alone or is_check:
            with backend.one_thread():
                result = work()
            seconds = (self._clock() - start) / size
            if is_measured:
                self._one = min(seconds, DRIFT * self._one)
            if is_check:
                self._next_check = min(2 * self._next_check, LONGEST_PAUSE)
            self._pieces_alone, self._pieces_together = max(0, self._pieces_alone - 1), 0
            self._are_awake = False
            self._recent.clear()
        else:
            result = work()
            seconds = (self._clock() - start) / size
            self._pieces_together += 1
            if is_measured and self._are_awake:
                self._recent.append(seconds)
                if min(self._recent) > self._one:
                    self._pieces_alone = min(int(TRIAL * seconds / self._one / LOSS), LONGEST_PAUSE)
            self._are_awake = True
        self._last = self._clock()
        return result
