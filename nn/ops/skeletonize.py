"""The skeleton of a mask: lines one pixel wide, the centre lines of the pen's strokes.

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
