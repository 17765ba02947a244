"""The confusion matrix."""

import itertools

import numpy as np
import pytest
from PIL import Image

from apps.cli import plots
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


def drawn(count, names=None):
    """The figure of a matrix of so many classes, and its labelled cells."""
    figure = new_figure()
    confusion = np.random.default_rng(0).integers(0, 2000, (count, count))
    draw_confusion(figure, confusion, title="", names=names or [*map(str, range(count))])
    return figure


@pytest.mark.parametrize("count", [10, 62, 123, 256])
def test_the_picture_is_bounded_for_any_number_of_classes(count):
    width, height = drawn(count).get_size_inches()
    assert width <= 20
    assert height <= 20


def test_62_classes_have_numbers_that_fit_their_cells():
    figure = drawn(62)
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    cell = figure.axes[0].bbox.width / 62
    (number,) = (text for text in figure.axes[0].texts if text.get_position() == (7, 5))
    box = number.get_window_extent(renderer)
    assert 0.4 * cell < box.width < cell
    assert number.get_fontsize() >= 4


def test_more_classes_have_colours_alone_and_names_that_do_not_overlap():
    figure = drawn(256)
    assert len(figure.axes[0].texts) < 400
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    rows = [
        text for text in figure.axes[0].texts if text.get_text() in map(str, range(256)) and text.get_ha() == "right"
    ]
    boxes = [text.get_window_extent(renderer) for text in rows]
    assert len(rows) > 60
    assert all(upper.y0 >= lower.y1 - 1 for upper, lower in itertools.pairwise(boxes))


@pytest.mark.usefixtures("figures")
def test_names_of_classes_are_shortened_and_are_no_formulas(tmp_path, texts):
    names = ["T-shirt/top", "$x$", "a name that is too long", "\u3042"]
    assert r"a name that…" in texts(drawn(4, names))
    plots.save(tmp_path / "a.png", draw_confusion, np.eye(4, dtype=int), title="", names=names)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size[0] < 1500
