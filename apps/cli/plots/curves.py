"""Learning curves: loss and accuracy, after a training or during it."""

import time
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from apps.cli.plots.figure import BLUE, GREEN, ORANGE, STYLE, set_title, styled, window

SIZE = 10, 4.2  # inches


@styled
def draw_curves(
    figure: Figure, history: Sequence[dict[str, Any]], *, title: str, test_accuracy: float | None = None
) -> None:
    """Loss and accuracy of each epoch.

    Args:
        figure: to draw in.
        history: an entry per epoch: ``epoch``, ``train_loss``, ``train_accuracy`` and optionally
            ``validation_accuracy`` (fractions, not percent).
        title: above both plots.
        test_accuracy: of the trained network.
    """
    set_title(figure, *SIZE, title)
    epochs = [entry["epoch"] for entry in history]
    loss, accuracy = figure.subplots(1, 2)
    loss.set_title("Training loss")
    loss.plot(epochs, [entry["train_loss"] for entry in history], "o-", color=BLUE)
    loss.set_ylim(bottom=0)
    accuracy.set_title("Accuracy, %")
    for name, key, colour, mark in (
        ("training", "train_accuracy", BLUE, "o-"),
        ("validation", "validation_accuracy", ORANGE, "s-"),
    ):
        values = [100 * entry[key] for entry in history if entry.get(key) is not None]
        if values:
            accuracy.plot(epochs[-len(values) :], values, mark, color=colour, label=f"{name} {values[-1]:.2f}")
    if test_accuracy is not None:
        percent = 100 * test_accuracy
        accuracy.axhline(percent, color=GREEN, linestyle=(0, (5, 2)), label=f"test, at the end {percent:.2f}")
    accuracy.legend(loc="lower right")
    for axes in (loss, accuracy):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.margins(x=0.04)


class LiveCurves:
    """Loss and accuracy in a window during a training. Closing the window does not stop the training.

    Args:
        title: of the window.
        epochs: number of epochs of the training.
    """

    SECONDS_BETWEEN_DRAWS = 0.5

    def __init__(self, title: str, epochs: int) -> None:
        self._figure = window(title)
        self._points: list[tuple[float, float, float]] = []
        self._next_draw = 0.0
        if self._figure is None:
            return
        from matplotlib import pyplot

        with mpl.rc_context(STYLE):
            self._figure.set_size_inches(*SIZE)
            self._axes = self._figure.subplots(1, 2)
            self._lines = [axes.plot([], [], color=BLUE)[0] for axes in self._axes]
            for axes, name in zip(self._axes, ("Training loss", "Training accuracy, %"), strict=True):
                axes.set(title=name, xlabel="epoch", xlim=(0, epochs))
        pyplot.show(block=False)

    @property
    def available(self) -> bool:
        """Whether there is a display and the window is open; if not, `step` does nothing."""
        return self._figure is not None

    def step(self, epoch: float, loss: float, accuracy: float) -> None:
        """Add the metrics of a step, ``epoch`` with its fraction; redraws now and then."""
        if self._figure is None:
            return
        self._points.append((epoch, loss, 100 * accuracy))
        now = time.monotonic()
        if now < self._next_draw:
            return
        from matplotlib import pyplot

        if not pyplot.fignum_exists(self._figure.number):
            self._figure = None
            return
        self._next_draw = now + self.SECONDS_BETWEEN_DRAWS
        epochs, *values = zip(*self._points, strict=True)
        for axes, line, series in zip(self._axes, self._lines, values, strict=True):
            line.set_data(epochs, series)
            axes.relim()
            axes.autoscale_view(scalex=False)
        self._figure.canvas.draw_idle()
        self._figure.canvas.flush_events()
