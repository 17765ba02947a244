"""Ctrl-C and SIGTERM: the window goes as it does when it is closed, with one line and the signal's exit status.

To be imported before all else: until the window is there, there is nothing to save.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """One of them came; the argument is its number."""


def leave(signum: int, frame: FrameType | None = None) -> None:
    """Say so and end at once: an exception might be swallowed in the middle of an import."""
    os.write(2, b"apps.draw: interrupted\n")
    os._exit(128 + signum)


def _raise(signum: int, frame: FrameType | None) -> None:
    raise Interrupted(signum)


@contextlib.contextmanager
def raising() -> Iterator[None]:
    """Within the block they raise `Interrupted`. With handlers of our own SDL, which makes events of them, has none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ignored = signal.SIG_IGN  # as a shell sets it for what runs in the background
    before = {number: signal.signal(number, _raise) for number in NUMBERS if signal.getsignal(number) != ignored}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def leave_at_once() -> None:
    """From now on they end the program."""
    for number in NUMBERS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, leave)
