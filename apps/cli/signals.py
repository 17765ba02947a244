"""Ctrl-C (SIGINT) and SIGTERM: a program ends with one line on stderr and exit status 130 or 143.

This module has no slow imports: a program imports it first and calls `exit_immediately` before its other imports.
"""

import contextlib
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import NoReturn

from apps.cli.program import shadowed_nn

Handler = Callable[[int, FrameType | None], None]

SIGNALS = (signal.SIGINT, signal.SIGTERM)

#: Seconds until a dropped signal is sent again.
RESEND_DELAY = 0.01


class Interrupted(KeyboardInterrupt):
    """One of `SIGNALS` was received; ``signum`` is its number."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


def exit_status(signum: int) -> int:
    """The exit status of a program that a signal ended, as shells report it: 130 for SIGINT, 143 for SIGTERM."""
    return 128 + signum


def exit_immediately(program: str) -> None:
    """From now on, `SIGNALS` print ``<program>: interrupted`` and end the process.

    This is for the time of the imports: there is nothing to save yet, and an exception raised inside an import may be
    swallowed. `raise_interrupted` replaces it later. If another module shadows ``nn``, the process ends with one line
    and status 2.
    """
    if error := shadowed_nn():
        _end(program, error)

    def leave(signum: int, frame: FrameType | None) -> None:
        with contextlib.suppress(OSError):  # stderr is closed or full
            os.write(2, f"{program}: interrupted\n".encode())
        os._exit(exit_status(signum))

    for number in not_ignored():
        signal.signal(number, leave)


def launch(name: str) -> NoReturn:
    """Run the command ``apps.cli.<name>``. A signal during its slow imports ends the process."""
    program = f"{name.rstrip('_')}.py"  # the module import_ has the name that Python's keyword leaves it
    exit_immediately(program)
    sys.exit(import_main(f"apps.cli.{name}", program)())


def import_main(module: str, program: str) -> Callable[..., int]:
    """The ``main`` of a command's module.

    An invalid environment variable or a package that is not installed ends the process with one line and status 2.

    Args:
        module: for example ``"apps.cli.train"``.
        program: begins the line.
    """
    from nn.errors import ConfigurationError, one_line

    try:
        main: Callable[..., int] = importlib.import_module(module).main
    except ConfigurationError as error:
        _end(program, one_line(error))
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name in ("nn", "apps", ""):  # a bug
            raise
        _end(program, f"the package {name} is not installed")
    return main


def _end(program: str, error: str) -> NoReturn:
    if sys.stderr is not None:
        print(f"{program}: {error}", file=sys.stderr)
    sys.exit(2)


def not_ignored() -> list[signal.Signals]:
    """Those of `SIGNALS` that are not ignored; shells ignore SIGINT for background jobs."""
    return [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]


@contextlib.contextmanager
def raise_interrupted() -> Iterator[None]:
    """Raise `Interrupted` for `SIGNALS` within the block.

    An exception of another type that follows a signal is replaced by `Interrupted`: some libraries convert it.
    Where Python can't raise (in a callback, say), it drops the exception, and the signal is sent again shortly after.
    """
    received: list[int] = []

    def interrupt(signum: int, frame: FrameType | None = None) -> NoReturn:
        received.append(signum)
        raise Interrupted(signum)

    def resend(dropped: "sys.UnraisableHookArgs") -> None:
        if received and issubclass(dropped.exc_type, KeyboardInterrupt):
            from nn.platforms import send_to_main_thread  # importing nn at the start takes time

            threading.Timer(RESEND_DELAY, send_to_main_thread, [received[-1]]).start()
        else:
            hook(dropped)

    hook, sys.unraisablehook = sys.unraisablehook, resend
    try:
        with handling(dict.fromkeys(not_ignored(), interrupt)):
            yield
    except Exception:
        if received:
            interrupt(received[-1])
        raise
    finally:
        sys.unraisablehook = hook


@contextlib.contextmanager
def handling(handlers: Mapping[signal.Signals, Handler]) -> Iterator[None]:
    """Install signal handlers within the block. No effect outside the main thread, where Python forbids it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
