"""Progress of reading many files: a bar with the rate and the time left, on stderr."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

#: Seconds until there is a bar on a terminal, and in a log file: few files need none.
DELAY, LOG_DELAY = 1.0, 10.0


class ReadingProgress:
    """Counts files that were read; a bar appears if it takes long.

    Args:
        count: gives the number of all files, or None if it is unknown; called when the bar appears.
        done: number of files that were read in an earlier run.
        quiet: show nothing.
    """

    def __init__(self, count: Callable[[], int | None], *, done: int = 0, quiet: bool = False) -> None:
        self._count, self._done, self._quiet = count, done, quiet
        self._begin: float | None = None
        self._bar: tqdm[Any] | None = None

    def update(self, files: int) -> None:
        """Add files that were read."""
        self._done += files
        if self._bar is not None:
            self._bar.update(files)
            return
        now = time.monotonic()
        self._begin = self._begin or now  # the first files take long: kernels are loaded
        if not self._quiet and now - self._begin > (DELAY if sys.stderr.isatty() else LOG_DELAY):
            from apps.cli.progress import new_bar  # slow to import

            self._bar = new_bar(total=self._count(), initial=self._done, unit=" files")

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.close()

    @contextlib.contextmanager
    def hidden(self, stream: TextIO) -> Iterator[None]:
        """Remove the bar while something else is printed on the same terminal."""
        if self._bar is None or not (stream is sys.stderr or stream.isatty()):
            yield
            return
        with self._bar.external_write_mode(stream):
            yield
