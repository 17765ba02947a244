"""The skeleton of a mask: lines one pixel wide, the centre lines of the pen's strokes; and its line segments.

With p2, ..., p9 the neighbours of a pixel, clockwise from above, each 0 or 1, the pixel is removed if

    2 <= p2 + ... + p9 <= 6,   there is one step from 0 to 1 in p2, ..., p9, p2,
    and p2 p4 p6 = p4 p6 p8 = 0   or, in every second pass,   p2 p4 p8 = p2 p6 p8 = 0

All pixels of a pass are removed at once. The passes end when two in a row remove nothing.

Source: T. Y. Zhang, C. Y. Suen, "A fast parallel algorithm for thinning digital patterns", Communications of the ACM 27
(1984).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nn.ops.backend import njit, operation

#: The eight neighbours of a pixel, clockwise from above, as steps in y and x.
NEIGHBOURS = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


#: Half of a pixel's neighbours, as steps in y and x: each pair of neighbours once, those in line before those across
#: the corner.
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


@operation()
def thin(ink: np.ndarray) -> None:
    """Thin the ink (H, W), bool, in place; its outermost pixels must be clear."""
    windows = sliding_window_view(ink, (3, 3))  # around each inner pixel
    while True:
        before = int(ink.sum())
        for turn in (0, 2):
            ring = np.stack([windows[:, :, 1 + down, 1 + right] for down, right in NEIGHBOURS])
            following = np.roll(ring, -1, axis=0)
            count = ring.sum(axis=0)
            runs = (~ring & following).sum(axis=0)
            north, east, south, west = np.roll(ring[::2], turn, axis=0)
            gone = (count >= 2) & (count <= 6) & (runs == 1) & ~(north & east & south) & ~(east & south & west)
            ink[1:-1, 1:-1] &= ~gone
        if int(ink.sum()) == before:
            return


@thin.loops
@njit()
def _thin_loops(ink):
    height, width = ink.shape
    gone = np.empty((height * width, 2), np.int32)
    changed = True
    while changed:
        changed = False
        for second in range(2):
            count = 0
            for y in range(1, height - 1):
                for x in range(1, width - 1):
                    if not ink[y, x]:
                        continue
                    n, s, w, e = ink[y - 1, x], ink[y + 1, x], ink[y, x - 1], ink[y, x + 1]
                    if second:
                        if n and w and (s or e):
                            continue
                    elif e and s and (n or w):
                        continue
                    ne, se, sw, nw = ink[y - 1, x + 1], ink[y + 1, x + 1], ink[y + 1, x - 1], ink[y - 1, x - 1]
                    total = int(n) + int(ne) + int(e) + int(se) + int(s) + int(sw) + int(w) + int(nw)
                    runs = (
                        int(not n and ne)
                        + int(not ne and e)
                        + int(not e and se)
                        + int(not se and s)
                        + int(not s and sw)
                        + int(not sw and w)
                        + int(not w and nw)
                        + int(not nw and n)
                    )
                    if 2 <= total <= 6 and runs == 1:
                        gone[count, 0], gone[count, 1] = y, x
                        count += 1
            for i in range(count):
                ink[gone[i, 0], gone[i, 1]] = False
            changed |= count > 0


@operation()
def segments(skeleton: np.ndarray) -> np.ndarray:
    """Every step from one of a skeleton's pixels to a neighbour, as a line segment; for a lone pixel of length 0.

    Steps across a corner that two steps in line go around are left out.

    Args:
        skeleton: (H, W) bool; its outermost pixels must be clear.

    Returns:
        (S, 2, 2) float64: the two ends of each segment, x and y in pixels.
    """
    width, flat = skeleton.shape[1], skeleton.ravel()
    places = np.flatnonzero(flat)
    starts, ends = [], []
    for down, right in STEPS:
        linked = flat[places + down * width + right]
        if down and right:
            linked &= ~(flat[places + down * width] | flat[places + right])
        starts.append(places[linked])
        ends.append(starts[-1] + down * width + right)
    alone = np.setdiff1d(places, np.concatenate([*starts, *ends]))
    y, x = np.divmod(np.stack([np.concatenate([*starts, alone]), np.concatenate([*ends, alone])], axis=1), width)
    return np.stack([x, y], axis=2).astype(np.float64)


@segments.loops
@njit()
def _segments_loops(skeleton):
    height, width = skeleton.shape
    places, length = np.empty((height * width, 2), np.int32), 0
    for y in range(height):
        for x in range(width):
            places[length, 0], places[length, 1] = y, x
            length += skeleton[y, x]
    ends, count = np.empty((len(STEPS) * length, 2, 2)), 0
    for down, right in (*STEPS, (0, 0)):  # last, the lone pixels
        for y, x in places[:length]:
            if down and right:
                linked = skeleton[y + down, x + right] and not (skeleton[y + down, x] or skeleton[y, x + right])
            elif down or right:
                linked = skeleton[y + down, x + right]
            else:
                linked = skeleton[y - 1 : y + 2, x - 1 : x + 2].sum() == 1
            if linked:
                ends[count, 0, 0], ends[count, 0, 1] = x, y
                ends[count, 1, 0], ends[count, 1, 1] = x + right, y + down
                count += 1
    return ends[:count]
