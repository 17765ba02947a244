"""Accuracy under perturbations."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from apps.cli.plots.figure import BLUE, set_title, styled

COLUMNS = 4


@styled
def draw_sweep(figure: Figure, steps: Sequence[dict[str, Any]], *, title: str) -> None:
    """Accuracy against the value of each factor, one plot per factor.

    Args:
        figure: to draw in.
        steps: in order, each with its ``factor``, ``value`` and ``accuracy`` (a fraction).
        title: above all plots.
    """
    factors = list(dict.fromkeys(step["factor"] for step in steps))
    columns = min(COLUMNS, len(factors))
    rows = -(-len(factors) // columns)
    set_title(figure, 3.6 * columns, 2.9 * rows + 0.5, title)
    lowest = min(step["accuracy"] for step in steps)
    for number, factor in enumerate(factors):
        axes = figure.add_subplot(rows, columns, number + 1)
        own = [step for step in steps if step["factor"] == factor]
        axes.plot(
            [step["value"] for step in own], [100 * step["accuracy"] for step in own], "o-", color=BLUE, clip_on=False
        )
        axes.set_ylim(min(95.0, 100 * lowest - 1), 100.2)
        axes.set_xlabel(factor)
        if number % columns == 0:
            axes.set_ylabel("accuracy, %")
