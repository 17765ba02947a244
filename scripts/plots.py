"""What the figures of docs consist of: grids of numbers, and curves; drawn by Matplotlib."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

#: Inches of a cell of a grid, and space around grids, in cells.
CELL, GAP, TITLE = 0.42, 0.6, 0.75

#: Characters that fit a cell in the larger font.
WIDTH = 4

#: From blue over gray to red.
COLORS = colormaps["coolwarm"]


@dataclass(frozen=True)
class Grid:
    """A matrix as a table of numbers: red cells are positive, blue ones negative.

    Attributes:
        title: above it.
        values: (rows, columns); a vector is a row.
        marked: which cells have a border, (rows, columns) booleans.
    """

    title: str
    values: Any
    marked: Any = None

    @property
    def cells(self) -> np.ndarray:
        """The values as a matrix."""
        return np.atleast_2d(np.asarray(self.values, float))


def number(value: float) -> str:
    """A number with up to three decimals, halves rounded away from zero, without a sign of zero.

    >>> number(-0.0), number(2.0), number(-0.0625)
    ('0', '2', '-0.063')
    """
    return f"{round(value * (1 + 1e-9), 3) + 0.0:g}"


def grids(rows: Sequence[Sequence[Grid | str]]) -> Figure:
    """A figure of rows of grids, with signs such as ``"="`` between them."""
    heights = [max(len(item.cells) for item in row if isinstance(item, Grid)) + TITLE for row in rows]
    widths = [sum(_width(item) + GAP for item in row) - GAP for row in rows]
    width, height = max(widths) + 0.4, sum(heights) + GAP * (len(rows) - 1) + 0.3
    figure = Figure(figsize=(width * CELL, height * CELL))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.2, width - 0.2), ylim=(height - 0.1, -0.2), aspect="equal")
    axes.axis("off")
    top = 0.0
    for row, size in zip(rows, heights, strict=True):
        left = 0.0
        for item in row:
            if isinstance(item, Grid):
                _draw(axes, item, left, top + TITLE + (size - TITLE - len(item.cells)) / 2)
            else:
                axes.text(left + _width(item) / 2, top + (size + TITLE) / 2, item, ha="center", va="center", size=13)
            left += _width(item) + GAP
        top += size + GAP
    return figure


def _width(item: Grid | str) -> float:
    return item.cells.shape[1] if isinstance(item, Grid) else 0.3 * max(1, len(item))


def _draw(axes: Any, grid: Grid, left: float, top: float) -> None:
    cells = grid.cells
    rows, columns = cells.shape
    limit = float(np.abs(cells).max()) or 1.0
    x, y = left + np.arange(columns + 1), top + np.arange(rows + 1)
    colors = COLORS(0.5 + 0.3 * cells / limit)
    axes.pcolormesh(x, y, colors, edgecolor="white", linewidth=1)
    axes.text(left + columns / 2, top - 0.3, grid.title, ha="center", va="center", size=10)
    for (i, j), value in np.ndenumerate(cells):
        text = number(value)
        size = 10 if len(text) <= WIDTH else 8
        axes.text(left + j + 0.5, top + i + 0.5, text, ha="center", va="center", size=size)
    marked = np.zeros(cells.shape, bool) if grid.marked is None else np.broadcast_to(grid.marked, cells.shape)
    for i, j in np.argwhere(marked):
        axes.add_patch(Rectangle((left + j, top + i), 1, 1, fill=False, edgecolor="black", linewidth=1.8))


def curves(x: np.ndarray, panels: Mapping[str, Mapping[str, Callable[[np.ndarray], np.ndarray]]]) -> Figure:
    """A figure of functions of ``x``, one panel for each title."""
    figure = Figure(figsize=(4.2 * len(panels), 3.2), layout="constrained")
    for axes, (title, functions) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        for label, function in functions.items():
            axes.plot(x, function(x), label=label)
        axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        axes.axvline(0, color="0.8", linewidth=0.8, zorder=0)
        axes.set_title(title)
    figure.axes[0].legend()
    return figure


def trajectories(runs: Mapping[str, np.ndarray], height: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Figure:
    """A figure of the trajectories (steps, 2) of some runs: a panel for each, over the contours of the landscape."""
    figure = Figure(figsize=(4.2 * len(runs), 2.6), layout="constrained")
    points = np.concatenate(list(runs.values()))
    x, y = (np.linspace(low - 0.2, high + 0.2, 60) for low, high in zip(points.min(0), points.max(0), strict=True))
    for axes, (title, run) in zip(figure.subplots(1, len(runs), sharey=True), runs.items(), strict=True):
        axes.contour(x, y, height(*np.meshgrid(x, y)), levels=[0.05, 0.3, 1, 2, 4, 8], colors="0.75", linewidths=0.8)
        axes.plot(*run.T, marker=".", linewidth=1)
        axes.plot(0, 0, marker="x", color="black")
        axes.set_title(title)
    return figure
