"""Drawings as strokes, in named rows."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from apps.cli.plots.figure import GRAY, HEADER, INK, MARGIN, axes_at, set_page, styled, write
from nn.digits.strokes import bounds, place

# Inches; the longer side of a drawing is a share of the pitch.
NAME_WIDTH, PITCH, DRAWING = 2.3, 0.6, 0.75
LINE_WIDTH = 1.8  # points


@styled
def draw_drawings(figure: Figure, rows: Sequence[tuple[str, Sequence[Sequence[np.ndarray]]]], *, title: str) -> None:
    """Drawings in rows with names.

    Args:
        figure: to draw in.
        rows: the name of each row and its drawings: lists of strokes (n, 2), x right and y down, of any size.
        title: above all rows.
    """
    columns = max(len(drawings) for _, drawings in rows)
    width, height = PITCH * columns, PITCH * len(rows)
    set_page(figure, NAME_WIDTH + width, height, title)
    axes = axes_at(figure, MARGIN + NAME_WIDTH, HEADER, width, height)
    axes.set(xlim=(0, columns), ylim=(len(rows), 0))
    axes.axis("off")
    for row, (name, drawings) in enumerate(rows):
        write(figure, MARGIN, HEADER + PITCH * (row + 0.5), name, color=GRAY)
        for column, drawing in enumerate(drawings):
            placed = place(drawing, DRAWING, (0.0, 0.0))
            shift = (column + 0.5, row + 0.5) - np.mean(bounds(placed), axis=0)
            for stroke in placed:
                x, y = (stroke + shift).T
                dot = "o" if len(x) == 1 else None  # a line of one point is invisible
                axes.plot(x, y, color=INK, lw=LINE_WIDTH, marker=dot, markersize=LINE_WIDTH, solid_capstyle="round")
