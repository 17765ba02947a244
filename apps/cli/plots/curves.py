"""Learning curves: loss and accuracy of a training."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from apps.cli.plots.figure import BLUE, GREEN, ORANGE, set_title, styled

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
