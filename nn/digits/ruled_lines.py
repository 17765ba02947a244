"""Removes ruled lines, squared paper and frames that touch the digit: thin lines across most of the picture.

The level of a line is what nearly all pixels of its row have. It is subtracted, as a background is; strokes that are as
pale as the line are filled in again from both of its sides, by a morphological closing.
"""

import numpy as np

from nn.digits.ink import solid_level
from nn.digits.sliding import sliding

#: A line covers this share of its row, or the second if it is one of several that may be the paper's.
LENGTH, ACROSS = 0.7, 0.95

#: The maximum thickness of a line, as a share of the picture's longer side.
THICKNESS = 0.06

#: Paler lines are not ink.
PALEST = 0.1


def without_ruled_lines(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W), float32, without lines across most of it; ``ink`` itself if there are none."""
    return _without(ink, LENGTH, 1)


def without_ruled_paper(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W), float32, without lines from edge to edge if there are several; else ``ink`` itself."""
    return _without(ink, ACROSS, 2)


def _without(ink: np.ndarray, length: float, least: int) -> np.ndarray:
    mask = ink > PALEST
    if not (_reaches_edges(mask, length) or _reaches_edges(mask.T, length)):  # most pictures
        return ink
    thickness = max(2, round(THICKNESS * max(ink.shape)))
    levels = [_levels(each, length, thickness, least) for each in (ink, ink.T)]
    if not any(each.any() for each in levels):
        return ink
    level = np.maximum(levels[0][:, None], levels[1])
    rest = ((ink - level) / (1 - level).clip(PALEST)).clip(0, 1)
    window = 2 + max(map(_thickest, levels))
    closed = sliding(np.minimum, sliding(np.maximum, rest, window), window)
    rest = np.maximum(rest, np.minimum(ink, closed))
    return np.minimum(rest / max(float(solid_level(rest)), PALEST), 1)


def _reaches_edges(mask: np.ndarray, length: float) -> bool:
    """Whether there is ink where lines of this length begin, at the left, and where they end."""
    reach = 1 + int((1 - length) * mask.shape[1])
    return bool(mask[:, :reach].any() and mask[:, -reach:].any())


def _levels(ink: np.ndarray, length: float, thickness: int, least: int) -> np.ndarray:
    """The level of the line in each row, (H,) float32; a line may slant by a pixel over its length."""
    levels = np.zeros(len(ink), np.float32)
    padded = np.pad(ink, ((1, 1), (0, 0)))
    near = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
    full, beside = (np.count_nonzero(each > PALEST, axis=1) >= length * ink.shape[1] for each in (ink, near))
    rows = np.flatnonzero(beside)
    lines = np.split(rows, 1 + np.flatnonzero(np.diff(rows) > 1))
    lines = [line for line in lines if len(line) <= thickness + 2]
    if len(lines) < least:
        return levels
    rank = int((1 - length) * ink.shape[1])
    for line in lines:
        single = len(line) == 3 and np.count_nonzero(full[line]) == 1  # a row that is level, and those beside it
        levels[line] = np.partition((ink if single else near)[line], rank, axis=1)[:, rank]
    return levels


def _thickest(levels: np.ndarray) -> int:
    """The greatest number of rows in succession that have a line."""
    clear = np.flatnonzero(np.pad(levels, 1) == 0)
    return int(np.diff(clear).max()) - 1
