"""The ink of a picture, cut into parts of digits: what is connected, along the paths that cross the least ink."""

import itertools
import math

import numpy as np

#: Less than this share of the row's height, squared, is a speck and no ink.
SPECK = 0.01

#: A cut may cross so many pens of ink,
CUT = 3.0
#: be so far from other cuts and from the ends where it is halfway down, as a share of the row's height,
APART = 0.08
#: and pays so many pixels of ink for each that it moves aside.
ASIDE = 0.05


def components(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """Number what is connected, corners included: runs of each line are joined with those they touch in the line above.

    Source: A. Rosenfeld, J. L. Pfaltz, "Sequential operations in digital picture processing", Journal of the ACM 13
    (1966).

    Args:
        mask: (H, W) bool.

    Returns:
        (H, W) int64, 0 where the mask is clear and else 1 to n; and n.
    """
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(edges == 1)
    _, ends = np.nonzero(edges == -1)
    parent = list(range(len(rows)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    begin = np.searchsorted(rows, np.arange(len(mask) + 1)).tolist()
    spans = list(zip(starts.tolist(), ends.tolist(), strict=True))
    for above, row, after in zip(begin, begin[1:], begin[2:], strict=False):
        for run, other in itertools.product(range(row, after), range(above, row)):
            if spans[run][0] <= spans[other][1] and spans[other][0] <= spans[run][1]:
                parent[root(run)] = root(other)
    _, numbers = np.unique([root(run) for run in range(len(rows))], return_inverse=True)
    labels = np.zeros(mask.shape, np.int64)
    for row, (start, end), number in zip(rows.tolist(), spans, numbers.tolist(), strict=True):
        labels[row, start:end] = number + 1
    return labels, int(numbers.max(initial=-1)) + 1


def cut(ink: np.ndarray, pen: float) -> tuple[np.ndarray, list[int]]:
    """Cut a row's ink into pieces, more rather than fewer.

    Args:
        ink: (H, W) float32 in [0, 1], from the first to the last row of ink.
        pen: its width, in pixels.

    Returns:
        (H, W) int64, to which piece each pixel belongs, from 1 to n, 0 for none; and for each piece a number, the same
        for those that were cut from each other.
    """
    labels, count = components(ink > 0.5)
    height = len(ink)
    pieces = np.zeros_like(labels)
    whole: list[int] = []
    for label in range(1, count + 1):
        part = labels == label
        if part.sum() < SPECK * height**2:
            continue
        side = np.zeros_like(labels)  # how many cuts are to the left
        for path in _cuts(part, pen):
            side += np.arange(part.shape[1]) >= path[:, None]
        for between in np.unique(side[part]):
            whole.append(label)
            pieces[part & (side == between)] = len(whole)
    return _with_soft_edges(pieces, ink), whole


def _cuts(part: np.ndarray, pen: float) -> list[np.ndarray]:
    """The paths (H,), a column for each row, that cut a component (H, W) where it is thinnest.

    A path goes down, straight or to a corner. Of those through each pixel halfway down, the one that crosses the least
    ink is the cheapest from above with the cheapest from below; taken are those that are cheaper than their neighbours.
    """
    middle = len(part) // 2
    down, above = _cheapest(part[: middle + 1])
    up, below = _cheapest(part[middle:][::-1])
    cost = down + up - part[middle]
    columns = np.flatnonzero(part.any(axis=0))
    first, last = int(columns[0]) - 1, int(columns[-1]) + 1
    apart = max(2, round(APART * len(part)))
    found: list[int] = []
    for column in _valleys(np.rint(2 * cost / pen)):
        if cost[column] <= CUT * pen and all(abs(column - other) >= apart for other in (first, last, *found)):
            found.append(column)
    found.sort()
    return [np.concatenate([_back(above, column), _back(below, column)[-2::-1]]) for column in found]


def _valleys(levels: np.ndarray) -> list[int]:
    """Both ends and the middle of each run of a level that is lower than what is beside it, the lowest first."""
    starts = np.flatnonzero(np.diff(levels, prepend=np.inf))
    ends = np.append(starts[1:], len(levels)) - 1
    heights = np.concatenate([[np.inf], levels[starts], [np.inf]])
    low = np.flatnonzero((heights[1:-1] < heights[:-2]) & (heights[1:-1] < heights[2:]))
    return [
        int(column)
        for run in low[np.argsort(levels[starts[low]], kind="stable")]
        for column in ((starts[run] + ends[run]) // 2, starts[run], ends[run])
    ]


def _cheapest(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cheapest paths from the first row down: their costs, by the column that each ends in, (W,), and their steps.

    Steps (H, W) say for each pixel where its path comes from: from -1, 0 or 1 columns to the right.
    """
    cost, steps = part[0].astype(np.float64), np.zeros(part.shape, np.int64)
    for row, ink in enumerate(part):
        aside = math.sqrt(2) * ink + ASIDE
        if row:
            padded = np.pad(cost, 1, constant_values=np.inf)
            ways = np.stack([padded[1:-1] + ink, padded[:-2] + aside, padded[2:] + aside])
            cost, steps[row] = ways.min(axis=0), np.array([0, -1, 1])[ways.argmin(axis=0)]
    return cost, steps


def _back(steps: np.ndarray, column: int) -> np.ndarray:
    """The columns of the path that ends at ``column``, from the first row on."""
    path = np.empty(len(steps), np.int64)
    for row in range(len(steps) - 1, -1, -1):
        path[row] = column
        column += int(steps[row, column])
    return path


def _with_soft_edges(pieces: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Pieces with the half-inked pixels beside them."""
    padded = np.pad(pieces, 1)
    height, width = pieces.shape
    near = np.zeros_like(pieces)
    for down, right in itertools.product(range(3), range(3)):
        np.maximum(near, padded[down : down + height, right : right + width], out=near)
    return np.where((pieces == 0) & (ink > 0), near, pieces)
