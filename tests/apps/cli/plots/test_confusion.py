"""The confusion matrix."""

import numpy as np

from apps.cli.plots.confusion import draw_confusion
from apps.cli.plots.figure import new_figure


def test_confusion_writes_each_count_in_its_cell():
    confusion = np.diag([50, 60, 0])
    confusion[0, 2] = 7
    figure = new_figure()
    draw_confusion(figure, confusion, title="", names=["a", "b", "c"])
    cells = {text.get_position(): text.get_text() for text in figure.axes[0].texts}
    assert cells[2, 0] == "7"  # x is the prediction, y the true label
    assert cells[1, 1] == "60"
    assert (0, 2) not in cells
    assert "87.7 %" in cells.values()
    assert "no image" in cells.values()


def test_a_column_for_rejected_samples(texts):
    figure = new_figure()
    draw_confusion(figure, np.full((2, 3), 4), title="", names=["0", "1", "reject"])
    assert "reject" in texts(figure)
