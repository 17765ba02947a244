"""Accuracy under perturbations."""

from apps.cli.plots.figure import new_figure
from apps.cli.plots.sweep import COLUMNS, draw_sweep


def test_each_factor_has_its_own_plot():
    factors = [f"factor {number}" for number in range(COLUMNS + 1)]
    steps = [
        {"factor": factor, "value": value, "accuracy": 0.9 + 0.01 * value} for factor in factors for value in range(3)
    ]
    figure = new_figure()
    draw_sweep(figure, steps, title="A title")
    assert [axes.get_xlabel() for axes in figure.axes] == factors
    for axes in figure.axes:
        (line,) = axes.lines
        assert line.get_xydata().tolist() == [[value, 90.0 + value] for value in range(3)]
        low, high = axes.get_ylim()
        assert low < 90 < 100 < high
