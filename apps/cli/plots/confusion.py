"""The confusion matrix."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from apps.cli.plots.figure import GRAY, HEADER, INK, MARGIN, PALE, VERMILLION, axes_at, set_page, styled

ERRORS = LinearSegmentedColormap.from_list("errors", ["#FBFBFC", "#F7C9A8", VERMILLION, "#8A3D00"])
CELL = 0.62  # inches


@styled
def draw_confusion(figure: Figure, confusion: np.ndarray, *, title: str, names: Sequence[str]) -> None:
    """The counts of true and predicted classes. The diagonal is gray, so that errors are easy to see.

    Args:
        figure: to draw in.
        confusion: (classes, columns) counts; rows are true labels, columns predictions.
        title: above the matrix.
        names: of the columns; the first of them also name the rows.
    """
    rows, columns = confusion.shape
    set_page(figure, CELL * (columns + 2.6), CELL * (rows + 1.2), title)
    axes = axes_at(figure, MARGIN + CELL, HEADER + CELL, CELL * columns, CELL * rows)
    diagonal = np.eye(rows, columns, dtype=bool)
    errors = np.where(diagonal, 0, confusion)
    top = max(1, int(errors.max(initial=0)))
    axes.imshow(np.where(diagonal, np.nan, errors), cmap=ERRORS, vmin=0, vmax=top, aspect="auto")
    for (row, column), value in np.ndenumerate(confusion):
        if value:
            colour = "white" if errors[row, column] > 0.65 * top else INK
            weight = "bold" if diagonal[row, column] else "normal"
            axes.text(column, row, f"{value}", ha="center", va="center", weight=weight, color=colour)
    for row, total in enumerate(confusion.sum(axis=1)):
        recall = f"{100 * confusion[row, row] / total:.1f} %" if total else "no image"
        axes.text(columns - 0.3, row, recall, va="center", color=GRAY)
    axes.text(columns - 0.3, -0.85, "recall", va="center", color=GRAY)
    axes.text(-0.5, -1.35, "predicted", va="center", color=GRAY)
    axes.text(-0.7, -0.85, "true", va="center", ha="right", color=GRAY)
    for place, name in enumerate(names):
        axes.text(place, -0.85, name, ha="center", va="center", fontsize=13)
        if place < rows:
            axes.text(-0.7, place, name, ha="right", va="center", fontsize=13)
    axes.set(xticks=[], yticks=[], facecolor=PALE)
    axes.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    axes.grid(visible=False)
    axes.grid(which="minor", axis="both", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
