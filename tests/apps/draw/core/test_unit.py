"""Where units are in pictures, and back."""

import numpy as np
import pytest

from apps.draw.core.unit import Unit, cell_of, index_at, picture_size, title


@pytest.mark.parametrize("shape", [(5, 4, 3), (7,), (1,), (16,), (2, 3), (2, 3, 2, 2)])
def test_every_unit_has_a_cell_of_its_own(shape):
    rows, columns = picture_size(shape)
    cells = set()
    for index in np.ndindex(shape):
        row, column = cell_of(index, shape)
        channel = Unit("layer", index).channel
        assert 0 <= row < rows
        assert 0 <= column < columns
        assert index_at(row, column, channel, shape) == index
        cells.add((row, column, channel))
    assert len(cells) == np.prod(shape)


def test_outside_there_is_no_unit():
    for row, column in ((-1, 0), (0, -1), (5, 0), (0, 4)):
        assert index_at(row, column, 0, (5, 4, 3)) is None
    assert index_at(2, 3, 0, (10,)) is None
    assert index_at(0, 9, 0, (10,), wide=10) == (9,)


def test_an_image_of_one_channel_has_no_number():
    assert title(Unit("image", (3, 4, 0)), (28, 28, 1)) == "image, row 4, column 5"
