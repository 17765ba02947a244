"""Turn a function into a command: errors become one line on stderr, and every end has an exit status."""

import functools
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import ParamSpec

from apps.cli import signals
from apps.cli.arguments import UsageError
from apps.cli.program import program_name
from nn.errors import CheckpointError, DataError, one_line

P = ParamSpec("P")

SUCCESS = 0
PARTLY_FAILED = 1  # some of the inputs failed, the others succeeded
BAD_INPUT = 2  # nothing was done; one line on stderr says why


def command(name: str) -> Callable[[Callable[P, int]], Callable[P, int]]:
    """Decorate the ``main`` of a program, which returns its exit status.

    Errors of the input, the files or the machine print ``<name>: <message>`` and return 2. Ctrl-C returns 130, SIGTERM
    143. Any other exception is a bug and keeps its traceback.

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
            try:
                with signals.raise_interrupted():
                    return body(*args, **kwargs)
            except BrokenPipeError:  # the reader of stdout, `head` for example, has closed it
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return signals.exit_status(signal.SIGPIPE)
            except (UsageError, DataError, CheckpointError, OSError, MemoryError, FloatingPointError) as error:
                print_error(name, error)
                return BAD_INPUT
            except KeyboardInterrupt as interrupt:
                print_error(name, "interrupted")
                return signals.exit_status(getattr(interrupt, "signum", signal.SIGINT))

        return main

    return decorate


def print_error(name: str, error: object) -> None:
    """Print one line on stderr: ``<name>: <error>``, or ``digits <command>: <error>``."""
    print(f"{program_name(name)}: {one_line(error)}", file=sys.stderr)
