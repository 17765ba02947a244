"""Turn a function into a command: errors become one line on stderr, and every end has an exit status."""

import contextlib
import functools
import logging
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import ParamSpec

from apps.cli import console, signals
from apps.cli.arguments import UsageError
from apps.cli.program import program_name
from nn import platforms
from nn.errors import CheckpointError, ConfigurationError, DataError, one_line

P = ParamSpec("P")

SUCCESS = 0
PARTLY_FAILED = 1  # some of the inputs failed, or the output could not be printed; the rest was done
BAD_INPUT = 2  # nothing was done; one line on stderr says why


def command(name: str) -> Callable[[Callable[P, int]], Callable[P, int]]:
    """Decorate the ``main`` of a program, which returns its exit status.

    Errors of the input, the files or the machine print ``<name>: <message>`` and return 2. Ctrl-C returns 130, SIGTERM
    143. Any other exception is a bug and keeps its traceback. A warning is one line, too. See `console.Stream` for what
    happens to output that the standard streams don't take: the work is finished first.

    >>> @command("greet.py")
    ... def main(argv=None):
    ...     return SUCCESS
    >>> main([])
    0
    """

    def decorate(body: Callable[P, int]) -> Callable[P, int]:
        @functools.wraps(body)
        def main(*args: P.args, **kwargs: P.kwargs) -> int:
            # Matplotlib warns in three lines where it can't cache its fonts; the figures are the same.
            logging.getLogger("matplotlib").setLevel(logging.ERROR)
            with console.safe_streams() as out, _one_line_warnings(name):
                status = _run(name, lambda: body(*args, **kwargs))
                out.flush()
                if isinstance(out.error, BrokenPipeError):  # the reader of stdout, `head` for example, has closed it
                    return status or signals.exit_status(platforms.SIGPIPE)
                if out.error is not None:
                    print_error(name, f"stdout: {out.error.strerror or out.error}")
                    return status or PARTLY_FAILED
                return status

        return main

    return decorate


def _run(name: str, body: Callable[[], int]) -> int:
    """The exit status of a command; its errors are printed."""
    try:
        with signals.raise_interrupted():
            return body()
    except (
        *(UsageError, DataError, CheckpointError, ConfigurationError),
        *(OSError, MemoryError, FloatingPointError),
    ) as error:
        print_error(name, error)
        return BAD_INPUT
    except KeyboardInterrupt as interrupt:
        print_error(name, "interrupted")
        return signals.exit_status(getattr(interrupt, "signum", signal.SIGINT))


@contextlib.contextmanager
def _one_line_warnings(name: str) -> Iterator[None]:
    before = warnings.showwarning
    warnings.showwarning = lambda message, *where, **options: print_error(name, message)
    try:
        yield
    finally:
        warnings.showwarning = before


def print_error(name: str, error: object) -> None:
    """Print one line on stderr: ``<name>: <error>``, or ``digits <command>: <error>``."""
    print(f"{program_name(name)}: {one_line(error)}", file=sys.stderr)
