"""The pictures of a unit: the image, what it reads most of, and its own map."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from apps.draw.core.unit import Index, Unit, cell_of, picture_size

if TYPE_CHECKING:
    from nn.trace import Trace


class Shown(NamedTuple):
    """What a section needs: the trace, and the unit in it."""

    trace: Trace
    unit: Unit

    @property
    def shape(self) -> Index:
        """Of the layer's output."""
        return self.trace[self.unit.layer].values.shape


class Picture(NamedTuple):
    """The picture of a map, or of a vector.

    Attributes:
        caption: above it.
        unit: the layer and the map that it shows.
        box: a part of it, with a ring: top, left, bottom, right.
        mark: a cell of it.
    """

    caption: str
    unit: Unit
    box: tuple[int, int, int, int] | None = None
    mark: tuple[int, int] | None = None


def grid_of(values: np.ndarray, channel: int) -> np.ndarray:
    """A map, or the grid of a vector."""
    if values.ndim == 3:
        return values[:, :, channel]
    grid = np.zeros(picture_size(values.shape))
    grid.flat[: values.size] = values.ravel()
    return grid


def _map_name(unit: Unit, shape: Index) -> str:
    return f"{unit.layer}, map {unit.channel + 1}" if len(shape) == 3 and shape[2] > 1 else unit.layer


@functools.lru_cache(maxsize=1)  # several parts show them
def pictures(shown: Shown) -> tuple[Picture | None, Picture | None, Picture]:
    """The image, what the unit reads most of, and its own map."""
    trace, unit = shown
    cell = cell_of(unit.place, shown.shape)
    own = Picture(_map_name(unit, shown.shape), unit, (*cell, cell[0] + 1, cell[1] + 1))
    first, *_ = trace
    path = trace.path(*unit)
    (layer, index), size = path[-1], trace[first].values.shape
    pixel = cell_of(index, size) if layer == first else None
    caption = "Image" if pixel is None else f"Image: row {pixel[0] + 1}, column {pixel[1] + 1}"
    index = index if pixel is not None else (0,) * len(size)
    image = Picture(caption, Unit(first, index), trace.field(*unit), pixel)
    if unit.layer == first:
        return image, None, own
    layer, place = trace.chain(*unit)[0]
    explanation = trace.explain(layer, place)
    if not explanation.windows:
        return image, None, own
    inputs = trace[layer].inputs
    number, index = explanation.strongest or (0, (0,) * trace[inputs[0]].values.ndim)
    source, window = Unit(inputs[number], index), explanation.windows[number]
    shape = trace[source.layer].values.shape
    box = None
    if len(shape) == 3:
        (top, left), (high, wide) = window.origin[:2], window.values.shape[:2]
        box = max(top, 0), max(left, 0), min(top + high, shape[0]), min(left + wide, shape[1])
    mark = None if explanation.strongest is None else cell_of(index, shape)
    return image, Picture(f"{layer} reads {_map_name(source, shape)}", source, box, mark), own
