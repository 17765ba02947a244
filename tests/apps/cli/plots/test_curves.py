"""Learning curves."""

import pytest

from apps.cli.plots.curves import draw_curves
from apps.cli.plots.figure import new_figure


@pytest.mark.parametrize("epochs", [1, 3])
def test_curves_show_the_history(epochs, texts):
    history = [
        {"epoch": n, "train_loss": 1 / n, "train_accuracy": 0.9, "validation_accuracy": 0.91}
        for n in range(1, epochs + 1)
    ]
    figure = new_figure()
    draw_curves(figure, history, title="A title", test_accuracy=0.9853)
    found = texts(figure)
    assert {"training 90.00", "validation 91.00", "test, at the end 98.53"} <= set(found)
    assert list(figure.axes[0].lines[0].get_ydata()) == [1 / n for n in range(1, epochs + 1)]
