"""From a place of the pointer to a unit."""

from __future__ import annotations

from pygame import Rect

from apps.draw.core import actions
from apps.draw.core.state import Perform
from apps.draw.core.unit import Index, Unit, index_at, picture_size
from apps.draw.ui.control import Drag


def unit_picker(layer: str, channel: int, shape: Index, rect: Rect, size: tuple[int, int] | None = None) -> Drag:
    """What shows the unit at a place of the picture of a map; outside, the nearest one.

    Args:
        layer, channel: of the map.
        shape: of the layer's output.
        rect: where its picture is.
        size: the rows and columns of the picture of a vector, unless it is ``picture_size``.
    """
    rows, columns = picture_size(shape) if size is None else size

    def pick(position: tuple[int, int]) -> Perform | None:
        x, y = (
            min(max(at - start, 0), size - 1) for at, start, size in zip(position, rect.topleft, rect.size, strict=True)
        )
        index = index_at(y * rows // rect.height, x * columns // rect.width, channel, shape, columns)
        return None if index is None else Perform(actions.UNIT, Unit(layer, index))

    return pick
