"""The figure of a comparison."""

import pytest

from apps.cli.comparison_report import ConfigurationMetrics
from apps.cli.plots.comparison import draw_comparison
from apps.cli.plots.figure import new_figure


def test_accuracy_is_drawn_over_work_and_over_latency_with_its_interval():
    common = {"settings": {}, "seeds": [0], "stroke_accuracies": None, "train_seconds": [1.0], "file_bytes": 1}
    configurations = [
        ConfigurationMetrics(
            arch=arch,
            recipe=recipe,
            accuracies=[0.95],
            accuracy=0.95,
            deviation=None,
            interval=(0.9, 0.98),
            parameters=1,
            multiply_adds=multiply_adds,
            latency=latency,
            **common,
        )
        for arch, recipe, multiply_adds, latency in (("mlp", "plain", 100, 1e-5), ("mlp", "default", 100, 2e-5))
    ]
    figure = new_figure()
    draw_comparison(figure, configurations, title="A title")
    work, latency = figure.axes
    for axes, expected in ((work, [100, 100]), (latency, [10, 20])):
        bars = axes.containers
        assert [bar[0].get_xdata()[0] for bar in bars] == pytest.approx(expected)
        assert [bar[0].get_ydata()[0] for bar in bars] == pytest.approx([95, 95])
        low, high = bars[0][2][0].get_segments()[0][:, 1]
        assert (low, high) == pytest.approx((90, 98))
        assert bars[0][0].get_color() == bars[1][0].get_color()
        assert bars[0][0].get_marker() != bars[1][0].get_marker()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["mlp, plain: 95.00 %", "mlp, default: 95.00 %"]
