"""Units: single outputs of a layer, and where they are in the pictures of their layer.

The outputs of a convolution are maps, one for each channel. Other outputs are vectors: their picture is a grid.
"""

from __future__ import annotations

import math
from typing import NamedTuple

Index = tuple[int, ...]


class Unit(NamedTuple):
    """One output of a layer, for the image on the canvas.

    Attributes:
        layer: its name, as in ``nn.trace``.
        place: the index of the output: row, column and channel; or the number of a unit.
    """

    layer: str
    place: Index

    @property
    def channel(self) -> int:
        """The number of its map; 0 in a vector."""
        return self.place[2] if len(self.place) == 3 else 0


def across(count: int) -> int:
    """The cells in a row of the grid of a vector."""
    return math.ceil(math.sqrt(count))


def picture_size(shape: Index) -> tuple[int, int]:
    """Rows and columns of the picture of a map, or of a vector.

    >>> picture_size((26, 24, 8)), picture_size((10,))
    ((26, 24), (3, 4))
    """
    if len(shape) == 3:
        return shape[0], shape[1]
    count = math.prod(shape)
    return math.ceil(count / across(count)), across(count)


def cell_of(index: Index, shape: Index) -> tuple[int, int]:
    """Row and column of a unit in its picture."""
    if len(shape) == 3:
        return index[0], index[1]
    number = 0
    for place, size in zip(index, shape, strict=True):
        number = number * size + place
    return divmod(number, across(math.prod(shape)))


def index_at(row: int, column: int, channel: int, shape: Index, wide: int | None = None) -> Index | None:
    """The unit at a cell of a picture; None outside, and after the end of a vector, whose grid may be ``wide`` cells.

    >>> index_at(2, 1, 0, (10,)), index_at(2, 2, 0, (10,))
    ((9,), None)
    """
    rows, columns = picture_size(shape)
    if wide is not None and len(shape) != 3:
        rows, columns = math.ceil(math.prod(shape) / wide), wide
    if not (0 <= row < rows and 0 <= column < columns):
        return None
    if len(shape) == 3:
        return row, column, channel
    number = row * columns + column
    if number >= math.prod(shape):
        return None
    index: list[int] = []
    for size in reversed(shape):
        number, place = divmod(number, size)
        index.insert(0, place)
    return tuple(index)


def title(unit: Unit, shape: Index) -> str:
    """What a unit is called on the screen.

    >>> title(Unit("conv2d_1", (2, 0, 7)), (26, 26, 8)), title(Unit("dense_1", (4,)), (10,))
    ('conv2d_1, map 8 of 8, row 3, column 1', 'dense_1, unit 5 of 10')
    """
    if len(shape) == 3:
        row, column, channel = unit.place
        of_maps = f", map {channel + 1} of {shape[2]}" if shape[2] > 1 else ""
        return f"{unit.layer}{of_maps}, row {row + 1}, column {column + 1}"
    row, column = cell_of(unit.place, shape)
    return f"{unit.layer}, unit {row * across(math.prod(shape)) + column + 1} of {math.prod(shape)}"
