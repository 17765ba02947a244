"""What the pictures of a unit show of the trace."""

import numpy as np
import pytest

from apps.draw.core.unit import Unit
from apps.draw.ui.panels.unit_pictures import Shown, grid_of, pictures
from nn import zoo
from nn.trace import Trace


@pytest.fixture(scope="module")
def trace():
    rng = np.random.default_rng(1)
    return Trace.of(zoo.build("tiny", rng=rng), rng.uniform(0, 1, (28, 28)))


def test_a_unit_of_a_convolution_has_its_window_on_the_map_that_contributes_most(trace):
    unit = Unit("conv2d_2", (0, 5, 7))
    image, read, own = pictures(Shown(trace, unit))
    source, (row, column, channel) = trace.source(*unit)
    assert (read.unit, read.box, read.mark) == (Unit(source, (row, column, channel)), (0, 5, 3, 8), (row, column))
    assert read.caption == f"conv2d_2 reads relu_1, map {channel + 1}"
    assert (own.caption, own.box) == ("conv2d_2, map 8", (0, 5, 1, 6))
    assert image.box == trace.field(*unit) == (0, 5, 5, 10)
    assert image.mark == trace.path(*unit)[-1][1][:2]


def test_an_activation_shows_the_window_of_its_convolution(trace):
    unit = Unit("relu_2", (3, 4, 1))
    assert pictures(Shown(trace, unit))[1].box == (3, 4, 6, 7)
    assert pictures(Shown(trace, unit))[1].caption.startswith("conv2d_2 reads relu_1")


def test_a_pixel_reads_nothing(trace):
    image, read, own = pictures(Shown(trace, Unit("image", (2, 3, 0))))
    assert read is None
    assert (image.box, image.mark) == ((2, 3, 3, 4), (2, 3))
    assert own.caption == "image"


def test_without_ink_no_pixel_is_marked():
    trace = Trace.of(zoo.build("tiny"), np.zeros((28, 28)))
    image, _, _ = pictures(Shown(trace, Unit("conv2d_1", (0, 0, 0))))
    assert (image.caption, image.mark) == ("Image", None)


def test_the_grid_of_a_vector_ends_with_zeros():
    assert grid_of(np.arange(5.0), 0).tolist() == [[0, 1, 2], [3, 4, 0]]
    assert grid_of(np.arange(12.0).reshape(2, 3, 2), 1).tolist() == [[1, 3, 5], [7, 9, 11]]
