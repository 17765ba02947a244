"""Removes ruled lines, grids and boxes from the ink of a page, and leaves the strokes that cross them.

A rule is a long, thin, nearly straight and nearly horizontal (or vertical) line. Thin runs of ink vote for lines (the
Hough transform); a rule is then followed over its gaps, and its runs are cleared where they are no longer than the
rule is thick, so that a stroke across it stays whole.

Source: R. O. Duda, P. E. Hart, "Use of the Hough transformation to detect lines and curves in pictures",
Communications of the ACM 15 (1972).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nn.digits.components import Components
from nn.digits.layout import typical_height

#: The slopes of rules: up to 15 degrees, and how much those of one page differ.
SLOPES = np.arange(-54, 55) * 0.005
SPREAD = 4

#: A rule is at least this long, in heights of the digits. The sides of boxes are shorter, but end at other sides: those
#: across at least the second, those down at least the third.
LENGTH, SIDE, CELL = 2.2, 1.1, 0.8

#: A rule from edge to edge has at least this share of the page's width or height.
ACROSS = 0.9

#: The maximum numbers of runs that vote, and of lines that are followed.
VOTES, MAX_LINES = 8000, 200

#: A frame's ink lies within this share of its size from its sides, for this share of its rows and columns.
RIM, ALONG = 0.12, 0.9


def remove_rules(ink: np.ndarray, mask: np.ndarray, pen: float) -> np.ndarray:
    """Clear the rules, grids and frames of a page.

    The longest come first: until they are gone, digits that touch them have no height of their own.

    Args:
        ink: (H, W) float32.
        mask: (H, W) bool: where there is ink.
        pen: its width, in pixels.

    Returns:
        The ink without rules; ``ink`` itself if there are none.
    """
    height, width = mask.shape
    found = _find(mask, ACROSS * width, pen)
    if found.any():
        found |= _find((mask & ~found).T, ACROSS * height, pen).T
    digits = typical_height(Components.of(mask & ~found))
    found |= _find(mask & ~found, LENGTH * digits, pen)
    rest = mask & ~found
    digits = typical_height(Components.of(rest))
    free = LENGTH * digits
    sides = _find(rest, SIDE * digits, pen)
    if sides.any() or found.any():
        ends = _ends(found | sides, border=bool(found.any()))
        down = _find((rest & ~sides).T, CELL * digits, pen, ends.T, free).T
    else:
        down = _find(rest.T, free, pen).T
    across = _find(rest & ~down, SIDE * digits, pen, _ends(found | down), free)
    found |= across | down
    found |= _frames(mask & ~found, digits, pen)
    return np.where(_dilate(found, 1) & (found | ~mask), 0, ink) if found.any() else ink


def _ends(rules: np.ndarray, border: bool = False) -> np.ndarray:
    """Where short rules may end: near others, and at the border, (H, W) bool."""
    ends = _dilate(rules, 3)
    if border:
        ends[:2], ends[-2:], ends[:, :2], ends[:, -2:] = True, True, True, True
    return ends


class _Runs(NamedTuple):
    """The vertical runs of a mask: their columns, first rows, and rows after the last."""

    columns: np.ndarray
    tops: np.ndarray
    bottoms: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> _Runs:
        edges = np.diff(np.pad(mask.T.astype(np.int8), ((0, 0), (1, 1))), axis=1)
        columns, tops = np.nonzero(edges == 1)
        return cls(columns, tops, np.nonzero(edges == -1)[1])


def _find(
    mask: np.ndarray,
    shortest: float,
    pen: float,
    ends: np.ndarray | None = None,
    free: float = 0.0,
) -> np.ndarray:
    """The pixels of nearly horizontal rules, (H, W) bool.

    Args:
        mask: (H, W) bool.
        shortest: the minimum length.
        pen: its width, in pixels.
        ends: (H, W) bool; a rule shorter than ``free`` must begin and end there.
        free: see ``ends``.
    """
    found = np.zeros(mask.shape, bool)
    columns, tops, bottoms = runs = _Runs.of(mask)
    thin = bottoms - tops <= 1.6 * pen + 1
    x, y = columns[thin], (tops[thin] + bottoms[thin] - 1) / 2
    if len(x) < 0.6 * shortest:
        return found
    free_runs = thin  # that no rule has taken
    near = _dilate(mask, 2, axes=(0,))
    gap = max(3, round(0.05 * shortest))
    every = max(1, -(-len(x) // VOTES))
    for slope, start in _lines(x[::every], y[::every], mask.shape, 0.6 * shortest / every):
        if not _stretches(near, start + slope * np.arange(mask.shape[1]), gap, shortest):
            continue
        rule = _follow(runs, free_runs, slope, start, shortest)
        if rule is None:
            continue
        middle, taken = rule
        for begin, end in _stretches(mask, middle, gap, shortest):
            if end - begin < free and ends is not None and not _joins(ends, middle, begin, end):
                continue
            own = taken & (columns >= begin) & (columns < end)
            free_runs = free_runs & ~own
            for column, top, bottom in zip(columns[own], tops[own], bottoms[own], strict=True):
                found[top:bottom, column] = True
                near[top - 2 : bottom + 2, column] = False
    return found


def _lines(x: np.ndarray, y: np.ndarray, shape: tuple[int, int], least: float) -> list[tuple[float, float]]:
    """The slopes and starts of the lines that at least ``least`` points vote for; those with most votes first."""
    reach = int(np.ceil(abs(SLOPES[-1]) * shape[1]))
    bins = (shape[0] + 2 * reach) // 2 + 2
    votes = np.stack(
        [np.bincount(((y - slope * x + reach) / 2).astype(np.int64), minlength=bins)[:bins] for slope in SLOPES]
    ).astype(np.float64)
    votes = votes + np.pad(votes, ((0, 0), (0, 1)))[:, 1:]
    around = np.pad(votes, 1)
    peaks = np.maximum.reduce([around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:]])
    strong = np.where((votes >= least) & (votes >= peaks), votes, 0)
    best = int(np.square(strong).sum(axis=1).argmax())
    first = max(best - SPREAD, 0)
    near = strong[first : best + SPREAD + 1]
    order = np.argsort(-near, axis=None, kind="stable")[: min(np.count_nonzero(near), MAX_LINES)]
    rows, columns = np.unravel_index(order, near.shape)
    return [(float(SLOPES[first + row]), 2.0 * (column + 1) - reach) for row, column in zip(rows, columns, strict=True)]


def _follow(
    runs: _Runs, usable: np.ndarray, slope: float, start: float, shortest: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """The row of a rule in each column, and the runs that belong to it: a parabola is fitted to those near the line."""
    centres = (runs.tops + runs.bottoms - 1) / 2
    last = int(runs.columns.max()) + 1
    terms = _terms(runs.columns, last)
    middle = start + slope * runs.columns
    for tolerance in (3.0, 2.0):
        inliers = usable & (np.abs(centres - middle) <= tolerance)
        if inliers.sum() < 0.6 * shortest:
            return None
        coefficients = np.linalg.lstsq(terms[inliers], centres[inliers], rcond=None)[0]
        middle = terms @ coefficients
    sizes = runs.bottoms - runs.tops
    thickness = float(np.median(sizes[inliers]))
    taken = usable & (np.abs(centres - middle) <= 0.5 * thickness + 1.5) & (sizes <= 1.4 * thickness + 1)
    return _terms(np.arange(last), last) @ coefficients, taken


def _terms(columns: np.ndarray, width: int) -> np.ndarray:
    """1, x and x^2 of columns, (N, 3); x runs from -1 to 1."""
    x = 2 * columns / width - 1
    return np.stack([np.ones_like(x), x, x * x], axis=1)


def _stretches(mask: np.ndarray, middle: np.ndarray, gap: int, shortest: float) -> list[tuple[int, int]]:
    """The columns, from the first to before the last, over which a line is inked, but for small gaps."""
    rows = np.clip(np.rint(middle).astype(np.int64), 1, max(len(mask) - 2, 1))
    columns = np.arange(len(middle))
    inked = np.zeros(len(middle), bool)
    for step in (-1, 0, 1):
        inked |= mask[np.clip(rows + step, 0, len(mask) - 1), columns]
    places = np.flatnonzero(inked)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > gap)
    begins = places[np.concatenate([[0], breaks + 1])]
    ends = places[np.concatenate([breaks, [len(places) - 1]])] + 1
    return [
        (int(begin), int(end))
        for begin, end in zip(begins, ends, strict=True)
        if end - begin >= shortest and inked[begin:end].mean() >= 0.8
    ]


def _joins(ends: np.ndarray, middle: np.ndarray, begin: int, end: int) -> bool:
    """Whether a line begins and ends at other rules."""
    return all(
        ends[int(np.clip(np.rint(middle[column]), 0, len(ends) - 1)), max(column - 2, 0) : column + 3].any()
        for column in (begin, end - 1)
    )


def _frames(mask: np.ndarray, height: float, pen: float) -> np.ndarray:
    """The pixels of boxes around digits, (H, W) bool: closed shapes whose ink lies along their sides."""
    components = Components.of(mask)
    found = np.zeros(mask.shape, bool)
    large = np.flatnonzero((components.heights > CELL * height) & (components.widths > 0.6 * height))
    boxes = components.boxes
    for index in large:
        left, top, right, bottom = boxes[index].tolist()
        part = components.labels[top:bottom, left:right] == index + 1
        rim = _rim(part, round(1.3 * pen) + 1)
        if rim is None:
            continue
        inset = [round(RIM * side) for side in part.shape]
        inner = mask[top + inset[0] : bottom - inset[0], left + inset[1] : right - inset[1]]
        if inner.any():
            found[top:bottom, left:right] |= rim
    return found


def _rim(part: np.ndarray, thickness: int) -> np.ndarray | None:
    """The outermost ink of a component from all four sides, (H, W) bool; None if it is no rectangle."""
    rim = np.zeros(part.shape, bool)
    for side, edge in ((part, rim), (part.T, rim.T)):
        for lines, out in ((side, edge), (side[:, ::-1], edge[:, ::-1])):
            first = lines.argmax(axis=1)
            if (first < RIM * lines.shape[1])[lines.any(axis=1)].mean() < ALONG:
                return None
            reach = np.arange(lines.shape[1])
            out |= lines & (reach >= first[:, None]) & (reach < first[:, None] + thickness)
    return rim


def _dilate(mask: np.ndarray, by: int, axes: tuple[int, ...] = (0, 1)) -> np.ndarray:
    """The mask and all pixels at most ``by`` rows or columns from it, along these axes."""
    for axis in axes:
        padded = np.pad(mask, [(by, by) if each == axis else (0, 0) for each in (0, 1)])
        size = mask.shape[axis]
        mask = np.logical_or.reduce([padded.take(range(step, step + size), axis) for step in range(2 * by + 1)])
    return mask
