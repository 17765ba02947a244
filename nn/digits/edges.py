"""Tells ink from the edge of something large, such as a shadow or a table beside the paper.

On both sides of a stroke lies the same background. On the sides of an edge the light differs.
"""

from __future__ import annotations

import numpy as np

from nn.digits.components import Components

#: A component is an edge if the light on its sides differs by at least this share of its own contrast.
DIFFERENCE = 0.5

#: The sides are compared this far from the component, in shares of its larger side; at least 2 pixels.
DISTANCE = 0.1


def is_edge(picture: np.ndarray, components: Components, index: int) -> bool:
    """Whether a component of a picture lies along an edge of its background.

    Args:
        picture: (H, W) float32.
        components: of its ink.
        index: of one of them.
    """
    left, top, right, bottom = components.boxes[index].tolist()
    distance = max(2, round(DISTANCE * max(right - left, bottom - top)))
    part = components.labels[top:bottom, left:right] == index + 1
    level = float(picture[top:bottom, left:right][part].mean())
    for mask, region, start, end in (
        (part, picture[top:bottom], left, right),
        (part.T, picture[:, left:right].T, top, bottom),
    ):
        first = start + mask.argmax(axis=1) - distance
        last = end - 1 - mask[:, ::-1].argmax(axis=1) + distance
        inside = (first >= 0) & (last < region.shape[1])
        if not inside.any():
            continue
        rows = np.flatnonzero(inside)
        before, after = (float(np.median(region[rows, places[rows]])) for places in (first, last))
        if abs(before - after) >= DIFFERENCE * max(abs(before - level), abs(after - level)):
            return True
    return False
