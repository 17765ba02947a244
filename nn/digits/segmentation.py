"""Over-segmentation of a line's ink: connected components, cut along the paths that cross the least ink.

A line is cut more often than it has digits; `viterbi.py` decides which pieces belong together.
"""

import math

import numpy as np
from PIL import Image, ImageFilter

from nn.ops import connected_components

#: Components narrower than this share of the line's height are one digit, or a part of one.
MIN_CUT_WIDTH = 0.75

#: The maximum ink that a cut crosses, in pen widths.
MAX_CUT = 3.0
#: The minimum distance of a cut from other cuts and from the ends, at half height, as a share of the line's height.
MIN_DISTANCE = 0.08
#: The cost of each pixel that a cut moves sideways, in pixels of ink.
SIDEWAYS_COST = 0.05


def over_segment(
    ink: np.ndarray, labels: np.ndarray, boxes: np.ndarray, height: float, pen: float
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Cut a line's components into pieces, more rather than fewer.

    Args:
        ink: (H, W) float32 in [0, 1].
        labels: (H, W) int32, the number of each pixel's component, 1 to n, or 0.
        boxes: (n, 4) int64, of the components: left, top, right and bottom.
        height: of the line's digits, in pixels.
        pen: its width, in pixels.

    Returns:
        (H, W) int32, the number of each pixel's piece, 1 to m from left to right, or 0; their boxes (m, 4)
        int64, with soft edges; and the component of each piece.
    """
    pieces = np.zeros(labels.shape, np.int32)
    origins: list[int] = []
    middles: list[float] = []
    for component, (left, top, right, bottom) in enumerate(boxes.tolist(), start=1):
        place = slice(top, bottom), slice(left, right)
        part = labels[place] == component
        cuts_to_the_left = np.zeros(part.shape, np.int32)
        if right - left > MIN_CUT_WIDTH * height:
            for path in _cuts(part, pen):
                cuts_to_the_left += (np.arange(part.shape[1]) >= path[:, None]).astype(np.int32)
        for number in np.unique(cuts_to_the_left[part]):
            piece = part & (cuts_to_the_left == number)
            origins.append(component)
            pieces[place][piece] = len(origins)
            columns = np.flatnonzero(piece.any(axis=0))
            middles.append(left + (columns[0] + columns[-1]) / 2)
    order = np.argsort(middles, kind="stable")
    renumber = np.zeros(len(order) + 1, np.int32)
    renumber[order + 1] = np.arange(1, len(order) + 1)
    pieces = _with_soft_edges(renumber[pieces], ink)
    found = np.empty((len(order), 4), np.int64)
    connected_components.measure(pieces, found, np.empty(len(order), np.int64))
    return pieces, found, [origins[index] for index in order]


def _cuts(part: np.ndarray, pen: float) -> list[np.ndarray]:
    """The paths (H,), a column for each row, that cut a component (H, W) where it is thinnest.

    A path runs from the top to the bottom, straight down or diagonally. The cheapest path through a pixel halfway down
    joins the cheapest from above with the cheapest from below; those at local minima are taken.
    """
    middle = len(part) // 2
    down, from_above = _cheapest_paths(part[: middle + 1])
    up, from_below = _cheapest_paths(part[middle:][::-1])
    cost = down + up - part[middle]
    columns = np.flatnonzero(part.any(axis=0))
    first, last = int(columns[0]) - 1, int(columns[-1]) + 1
    distance = max(2, round(MIN_DISTANCE * len(part)))
    found: list[int] = []
    for column in _local_minima(np.rint(2 * cost / pen)):
        if cost[column] <= MAX_CUT * pen and all(abs(column - other) >= distance for other in (first, last, *found)):
            found.append(column)
    found.sort()
    return [
        np.concatenate([_trace_back(from_above, column), _trace_back(from_below, column)[-2::-1]]) for column in found
    ]


def _local_minima(levels: np.ndarray) -> list[int]:
    """The middle and both ends of each run of equal levels below its neighbours; the lowest run comes first."""
    starts = np.flatnonzero(np.diff(levels, prepend=np.inf))
    ends = np.append(starts[1:], len(levels)) - 1
    heights = np.concatenate([[np.inf], levels[starts], [np.inf]])
    low = np.flatnonzero((heights[1:-1] < heights[:-2]) & (heights[1:-1] < heights[2:]))
    return [
        int(column)
        for run in low[np.argsort(levels[starts[low]], kind="stable")]
        for column in ((starts[run] + ends[run]) // 2, starts[run], ends[run])
    ]


def _cheapest_paths(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cheapest paths from the first row to the last: the cost (W,) of the path to each column, and the steps.

    Steps (H, W) say for each pixel how many columns to the right its path comes from: -1, 0 or 1.
    """
    cost, steps = part[0].astype(np.float64), np.zeros(part.shape, np.int64)
    for row, ink in enumerate(part):
        sideways = math.sqrt(2) * ink + SIDEWAYS_COST
        if row:
            padded = np.pad(cost, 1, constant_values=np.inf)
            choices = np.stack([padded[1:-1] + ink, padded[:-2] + sideways, padded[2:] + sideways])
            cost, steps[row] = choices.min(axis=0), np.array([0, -1, 1])[choices.argmin(axis=0)]
    return cost, steps


def _trace_back(steps: np.ndarray, column: int) -> np.ndarray:
    """The columns of the path that ends at ``column``, from the first row on."""
    path = np.empty(len(steps), np.int64)
    for row in range(len(steps) - 1, -1, -1):
        path[row] = column
        column += int(steps[row, column])
    return path


def _with_soft_edges(pieces: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """The pieces, extended by the half-inked pixels next to them."""
    near = np.asarray(Image.fromarray(pieces).filter(ImageFilter.MaxFilter(3)))
    return np.where((pieces == 0) & (ink > 0), near, pieces)
