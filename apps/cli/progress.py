"""Progress bars; and that of a training, with a line per epoch on stdout.

In a notebook, a bar is text too. It goes to stdout there, as each stream has a place of its own below the cell.
"""

import sys
import time
from typing import Any, Self

from tqdm import tqdm

from apps.cli.console import in_notebook
from nn.ops import backend
from nn.training import EpochEnd, Event, StepEnd

PAUSE = 0.1  # seconds from one update to the next


class Progress:
    """Shows the events of a training. Between two updates, an event costs one reading of the clock.

    Args:
        epochs: number of epochs.
        images: number of images per epoch.
        done: number of images of all epochs that were trained on before.
        quiet: show nothing.
    """

    def __init__(self, epochs: int, images: int, *, done: int = 0, quiet: bool = False) -> None:
        self._epochs, self._images, self._quiet = epochs, images, quiet
        self._next_update = 0.0
        self._bar = new_bar(
            desc="starting",
            total=epochs * images,
            initial=done,
            unit=" images",
            unit_scale=True,
            disable=quiet,
            bar_format="{desc} {percentage:3.0f}%|{bar}| {rate_noinv_fmt}, {remaining} left",
        )

    def __enter__(self) -> Self:
        self._compilation = backend.on_compile(self._on_compile)
        self._compilation.__enter__()
        return self

    def _on_compile(self, kernels: int) -> None:
        self._bar.set_description_str(f"compiling kernels, first run only: {kernels}")

    def __exit__(self, *exception: object) -> None:
        self._compilation.__exit__(None, None, None)
        self._bar.close()

    def on_event(self, event: Event) -> None:
        """Take note of an event, and show it if it is time."""
        if isinstance(event, EpochEnd):
            self._epoch_line(event)
        elif time.monotonic() >= self._next_update or event.step == event.steps:
            self._update(event)
            self._next_update = time.monotonic() + PAUSE

    def on_drawings(self, done: int, total: int) -> None:
        """Show how many synthetic drawings of an epoch have been made."""
        self._bar.set_description_str(f"synthetic drawings: {done:,} of {total:,}")

    def _update(self, event: StepEnd) -> None:
        if self._next_update == 0.0:
            self._bar.unpause()  # the rate is without the compilation before the first step
        figures = f"loss {event.loss:.4f}, accuracy {100 * event.accuracy:.2f} %"
        self._bar.set_description_str(f"epoch {event.epoch}/{self._epochs}, {figures}", refresh=False)
        self._bar.update((event.epoch - 1) * self._images + event.images - self._bar.n)
        if event.step == event.steps:
            self._bar.refresh()

    def _epoch_line(self, event: EpochEnd) -> None:
        if self._quiet:
            return
        line = (
            f"epoch {event.epoch}/{self._epochs}   loss {event.train_loss:.4f}"
            f"   accuracy {100 * event.train_accuracy:.2f} %"
        )
        if event.validation_accuracy is not None:
            line += f"   validation {100 * event.validation_accuracy:.2f} %"
        line += f"   {event.seconds:.2f} s   {self._images / event.seconds:,.0f} images/s"
        self._bar.write(line, file=sys.stdout)
        sys.stdout.flush()


def new_bar(**options: Any) -> "tqdm[Any]":
    """A bar on stderr, or in a notebook on stdout; a log file gets fewer lines than a terminal.

    Args:
        options: of ``tqdm.tqdm``.
    """
    notebook = in_notebook()
    return tqdm(
        dynamic_ncols=True,
        file=sys.stdout if notebook else sys.stderr,
        mininterval=PAUSE if notebook or sys.stderr.isatty() else 5.0,
        leave=False,
        **options,
    )
