"""The confusion matrix."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from apps.cli.plots.figure import GRAY, HEADER, INK, MARGIN, PALE, VERMILLION, axes_at, class_label, set_page, styled

ERRORS = LinearSegmentedColormap.from_list("errors", ["#FBFBFC", "#F7C9A8", VERMILLION, "#8A3D00"])

#: Inches: the side of a cell, and of the whole matrix at most, so that pixels and memory stay bounded.
CELL, SIDE = 0.62, 16.0

#: More classes than this have cells without numbers.
MAX_NUMBERED = 64

#: Inches between the names of classes at least; points of the numbers and of the names at most.
NAME_PITCH, NUMBER_SIZE, NAME_SIZE = 0.16, 11, 13

#: Inches of a character of one point, with some room.
CHARACTER = 0.0095


@styled
def draw_confusion(figure: Figure, confusion: np.ndarray, *, title: str, names: Sequence[str]) -> None:
    """The counts of true and predicted classes. The diagonal is gray, so that errors are easy to see.

    Cells shrink so that the matrix is at most ``SIDE`` inches wide. Above ``MAX_NUMBERED`` classes, colours alone tell
    the counts.

    Args:
        figure: to draw in.
        confusion: (classes, columns) counts; rows are true labels, columns predictions.
        title: above the matrix.
        names: of the columns; the first of them also name the rows.
    """
    rows, columns = confusion.shape
    labels = [class_label(name) for name in names]
    cell = min(CELL, SIDE / columns)
    step = max(1, round(NAME_PITCH / cell))  # from one class with a name to the next
    name_size = min(NAME_SIZE, 36 * cell * step)
    longest = name_size * CHARACTER * max(map(len, labels))
    turned = longest > cell * step
    left = max(CELL, longest + 0.2)
    above = 0.38 + (longest if turned else 0.24)
    set_page(figure, left + cell * columns + 2 * CELL, cell * rows + above, title)
    axes = axes_at(figure, MARGIN + left, HEADER + above, cell * columns, cell * rows)
    diagonal = np.eye(rows, columns, dtype=bool)
    errors = np.where(diagonal, 0, confusion)
    top = max(1, int(errors.max(initial=0)))
    colours = np.where(diagonal, np.nan, errors)
    axes.imshow(colours, cmap=ERRORS, vmin=0, vmax=top, aspect="auto", interpolation="nearest")
    if columns <= MAX_NUMBERED:
        size = min(NUMBER_SIZE, cell / CHARACTER / max(3, len(str(confusion.max(initial=0)))))
        for (row, column), value in np.ndenumerate(confusion):
            if value:
                colour = "white" if errors[row, column] > 0.65 * top else INK
                weight = "bold" if diagonal[row, column] else "normal"
                axes.text(column, row, f"{value}", ha="center", va="center", weight=weight, color=colour, fontsize=size)
        axes.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    inch = 1 / cell  # in cells
    before, over, after = -0.5 - 0.12 * inch, -0.5 - 0.22 * inch, columns - 0.5 + 0.12 * inch
    for row, total in list(enumerate(confusion.sum(axis=1)))[::step]:
        recall = f"{100 * confusion[row, row] / total:.1f} %" if total else "no image"
        axes.text(after, row, recall, va="center", color=GRAY, fontsize=min(NUMBER_SIZE, name_size))
        axes.text(before, row, labels[row], ha="right", va="center", fontsize=name_size)
    for column in range(0, columns, step):
        if turned:
            axes.text(
                column, -0.5 - 0.12 * inch, labels[column], ha="center", va="bottom", fontsize=name_size, rotation=90
            )
        else:
            axes.text(column, over, labels[column], ha="center", va="center", fontsize=name_size)
    axes.text(after, over, "recall", va="center", color=GRAY)
    axes.text(before, over, "true", va="center", ha="right", color=GRAY)
    axes.text(-0.5, -0.5 - (above - 0.09) * inch, "predicted", va="center", color=GRAY)
    axes.set(xticks=[], yticks=[], facecolor=PALE)
    axes.grid(visible=False)
    axes.grid(which="minor", axis="both", color="white", linewidth=2 * max(cell / CELL, 0.4))
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
