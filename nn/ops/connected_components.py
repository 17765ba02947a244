"""The 8-connected components of a mask, numbered by their first pixel, row by row.

Two set pixels belong to one component if a chain of set pixels leads from one to the other, each a horizontal, vertical
or diagonal neighbour of the one before.

Source: A. Rosenfeld, J. L. Pfaltz, "Sequential operations in digital picture processing", Journal of the ACM 13 (1966).
"""

import itertools

import numpy as np

from nn.ops.backend import njit, operation


@operation()
def bounds(mask: np.ndarray) -> tuple[int, int, int, int]:
    """The left, top, right and bottom of a mask (H, W), bool, the last two exclusive; zeros if it is clear."""
    sides = [np.flatnonzero(mask.any(axis=axis)) for axis in (0, 1)]
    if not len(sides[0]):
        return 0, 0, 0, 0
    (left, *_, right), (top, *_, bottom) = (np.append(side, side[-1] + 1).tolist() for side in sides)
    return left, top, right, bottom


@bounds.loops
@njit()
def _bounds_loops(mask):
    height, width = mask.shape
    columns = np.zeros(width, np.bool_)
    top, bottom = 0, 0
    for row in range(height):
        values, found = mask[row], False
        for column in range(width):
            columns[column] |= values[column]
            found |= values[column]
        if found:
            top, bottom = (top if bottom else row), row + 1
    left, right = 0, 0
    for column in range(width):
        if columns[column]:
            left, right = (left if right else column), column + 1
    return left, top, right, bottom


@operation()
def label(mask: np.ndarray, labels: np.ndarray) -> int:
    """Number the components of a mask: the runs of each row are joined with those that they touch in the row above.

    Args:
        mask: (H, W) bool.
        labels: (H, W) int32, filled: 0 where the mask is clear, else 1 to n.

    Returns:
        n.
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
                first, second = sorted((root(run), root(other)))
                parent[second] = first
    _, numbers = np.unique([root(run) for run in range(len(rows))], return_inverse=True)
    labels[:] = 0
    for row, (start, end), number in zip(rows.tolist(), spans, numbers.tolist(), strict=True):
        labels[row, start:end] = number + 1
    return int(numbers.max(initial=-1)) + 1


@label.loops
@njit()
def _label_loops(mask, labels):
    left, top, right, bottom = _bounds_loops(mask)
    labels[:] = 0
    mask, labels = mask[top:bottom, left:right], labels[top:bottom, left:right]
    height, width = mask.shape
    parent = np.zeros((height * width + 1) // 2 + 1, np.int32)  # of provisional labels; a root is its own parent
    count = 0
    for row in range(height):
        for column in range(width):
            if not mask[row, column]:
                continue
            found = labels[row, column - 1] if column > 0 else np.int32(0)
            if row > 0:
                for other in range(max(column - 1, 0), min(column + 2, width)):
                    above = labels[row - 1, other]
                    if above == 0 or above == found:
                        continue
                    if found == 0:
                        found = above
                        continue
                    while parent[found] != found:
                        found = parent[found]
                    while parent[above] != above:
                        above = parent[above]
                    if above < found:
                        found, above = above, found
                    parent[above] = found
            if found == 0:
                count += 1
                found = np.int32(count)
                parent[found] = found
            labels[row, column] = found
    final = 0
    for number in range(1, count + 1):  # a parent's number is smaller, so it is final already
        if parent[number] == number:
            final += 1
            parent[number] = final
        else:
            parent[number] = parent[parent[number]]
    for row in range(height):
        for column in range(width):
            labels[row, column] = parent[labels[row, column]]
    return final


@operation()
def measure(labels: np.ndarray, boxes: np.ndarray, areas: np.ndarray) -> None:
    """The bounding box and the area of each component.

    Args:
        labels: (H, W) int32, 0 or the component's number, 1 to n; each number occurs.
        boxes: (n, 4) int64, filled with left, top, right and bottom, the last two exclusive.
        areas: (n,) int64, filled with the numbers of pixels.
    """
    rows, columns = np.nonzero(labels)
    numbers = labels[rows, columns] - 1
    boxes[:, :2], boxes[:, 2:] = max(labels.shape), 0
    for side, places in enumerate((columns, rows)):
        np.minimum.at(boxes[:, side], numbers, places)
        np.maximum.at(boxes[:, side + 2], numbers, places + 1)
    areas[:] = np.bincount(numbers, minlength=len(areas))


@measure.loops
@njit()
def _measure_loops(labels, boxes, areas):
    height, width = labels.shape
    boxes[:, :2] = max(height, width)
    boxes[:, 2:] = 0
    areas[:] = 0
    for row in range(height):
        for column in range(width):
            number = labels[row, column] - 1
            if number >= 0:
                areas[number] += 1
                boxes[number, 0] = min(boxes[number, 0], column)
                boxes[number, 1] = min(boxes[number, 1], row)
                boxes[number, 2] = max(boxes[number, 2], column + 1)
                boxes[number, 3] = max(boxes[number, 3], row + 1)
