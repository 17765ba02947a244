"""The digit's own ink, and what is foreign to it: edges, frames, specks and parts of neighbours.

The connected component that is largest and most central is the digit's. Others belong to it if they are large, or near
enough to be its parts. Foreign is what lies along the picture's edge, what encloses the digit, what a neighbour's digit
left at the edge, and what is small and away from the digit.
"""

import numpy as np

from nn.digits.components import Components
from nn.digits.sliding import sliding

#: A component at the edge of the picture is the edge of something else if it lies in this outermost share of it, but
#: for the second share of its area.
EDGE, INNER_AREA = 0.06, 0.1

#: A component is a frame if it is at least this large, as a share of the picture, encloses one of this share of its
#: size, and has less than the last share of its area away from its box.
FRAME, ENCLOSED, FRAME_AREA = 0.25, 0.25, 0.15

#: A line across the picture is at most this wide, as a share of its length.
LINE = 0.08

#: The weight of a component that touches the edge of the picture, where the digit's main component is chosen.
AT_EDGE = 0.4

#: A component at the edge belongs to the digit only if it is at least as large as this share of the main component.
NEIGHBOUR = 0.7

#: Components of this share of the main component's size are its parts wherever they are; smaller ones if the gap is at
#: most the second share.
LARGE_PART, GAP = 0.4, 0.35

#: A speck has less area than this many squares of the pen, or this many of the main component's size. It is a part of
#: the digit only if it is nearer than the last, in widths of the pen.
SPECK_PENS, SPECK_SIZES, FRAGMENT_GAP = 1.5, 0.003, 1.2

#: A single speck is the dot of a sign (i, !, ?) if it is above or below the main component, nearer than this share of
#: its size, and has at least this many squares of the pen.
DOT_GAP, DOT_PENS = 0.5, 0.3

#: Gaps of specks are searched up to this many pixels.
MAX_FRAGMENT_GAP = 7


def own_ink(ink: np.ndarray, components: Components, pen: float) -> tuple[np.ndarray, np.ndarray]:
    """The digit's own part of a picture's ink.

    Args:
        ink: (H, W) float32 in [0, 1].
        components: of the ink from 0.5 on.
        pen: the width of the pen, in pixels.

    Returns:
        The ink with zeros in place of what is foreign; and the boxes of that, (N, 4) int64: left, top, right, bottom.
    """
    own = _own(components, pen)
    if own.all():
        return ink, components.boxes[:0]
    mask = _select(components, own)
    return np.where(_dilate(mask, 1) & (mask | (components.labels == 0)), ink, 0), components.boxes[~own]


def _own(components: Components, pen: float) -> np.ndarray:
    """Which components (n,) are the digit's."""
    if len(components) <= 1:
        return np.ones(len(components), bool)
    foreign = _along_edge(components) | _across(components) | _frames(components, pen)
    if foreign.all():
        return foreign
    size, at_edge = np.maximum(components.widths, components.heights), components.at_edge
    main = int(np.argmax(np.where(foreign, -1, _prominence(components))))
    if not at_edge[main]:
        foreign |= at_edge & (size < NEIGHBOUR * size[main])
    gap = _gaps(components.boxes, main)
    speck = components.areas < max(SPECK_PENS * pen**2, SPECK_SIZES * float(size[main]) ** 2)
    own = ~foreign & ((size >= LARGE_PART * size[main]) | (~speck & (gap <= GAP * size[main])))
    others = ~own & ~foreign & speck
    if others.any():
        near = components.labels[_dilate(_select(components, own), min(round(FRAGMENT_GAP * pen), MAX_FRAGMENT_GAP))]
        fragment = np.bincount(near, minlength=len(components) + 1)[1:] > 0
        own |= others & (fragment | _dot(components, main, gap <= DOT_GAP * size[main], others, pen))
    return own


def _along_edge(components: Components) -> np.ndarray:
    """Which components lie along the edge of the picture."""
    height, width = components.labels.shape
    y, x = max(1, round(EDGE * height)), max(1, round(EDGE * width))
    inner = components.labels[y : height - y, x : width - x]
    areas = np.bincount(inner.ravel(), minlength=len(components) + 1)[1:]
    return components.at_edge & (areas <= INNER_AREA * components.areas)


def _across(components: Components) -> np.ndarray:
    """Which components are lines from one edge of the picture to the other, beside something that is not small."""
    height, width = components.labels.shape
    widths, heights = components.widths, components.heights
    size = np.maximum(widths, heights)
    across = ((widths == width) | (heights == height)) & (np.minimum(widths, heights) <= LINE * size)
    others = size[~across]
    return across & (others.size > 0 and others.max(initial=0) >= ENCLOSED * size)


def _frames(components: Components, pen: float) -> np.ndarray:
    """Which components are frames around another."""
    boxes, size = components.boxes, np.maximum(components.widths, components.heights)
    frames = np.zeros(len(components), bool)
    for number in np.flatnonzero(size >= FRAME * max(components.labels.shape)):
        left, top, right, bottom = boxes[number]
        inside = (boxes[:, :2] > (left, top)).all(axis=1) & (boxes[:, 2:] < (right, bottom)).all(axis=1)
        if (inside & (size >= ENCLOSED * size[number])).any():
            rim = max(2, round(1.5 * pen), round(0.05 * size[number]))
            middle = components.labels[top + rim : bottom - rim, left + rim : right - rim] == number + 1
            frames[number] = np.count_nonzero(middle) <= FRAME_AREA * components.areas[number]
    return frames


def _prominence(components: Components) -> np.ndarray:
    """How large and central each component is; a digit is high rather than wide."""
    boxes, sides = components.boxes, components.labels.shape[::-1]
    centres = (boxes[:, :2] + boxes[:, 2:]) / sides - 1  # from -1 to 1
    size = np.maximum(components.heights, components.widths / 2)
    return size * np.exp(-np.square(centres).sum(axis=1)) * np.where(components.at_edge, AT_EDGE, 1)


def _dot(components: Components, main: int, near: np.ndarray, specks: np.ndarray, pen: float) -> np.ndarray:
    """Which speck is the dot of a sign: a single one, above or below the main component."""
    centre = (components.boxes[:, 0] + components.boxes[:, 2]) / 2
    left, top, right, bottom = components.boxes[main]
    above_or_below = (components.boxes[:, 3] <= top) | (components.boxes[:, 1] >= bottom)
    aligned = above_or_below & (centre >= left - pen) & (centre <= right + pen)
    dot = specks & near & aligned & (components.areas >= DOT_PENS * pen**2)
    return dot if np.count_nonzero(specks) == 1 else np.zeros_like(dot)


def _gaps(boxes: np.ndarray, main: int) -> np.ndarray:
    """The distance of each box from one of them."""
    return np.maximum(boxes[:, :2] - boxes[main, 2:], boxes[main, :2] - boxes[:, 2:]).clip(0).max(axis=1)


def _select(components: Components, chosen: np.ndarray) -> np.ndarray:
    """The mask (H, W) of the chosen components."""
    return np.concatenate([[False], chosen])[components.labels]


def _dilate(mask: np.ndarray, reach: int) -> np.ndarray:
    """The mask and what is at most ``reach`` pixels from it."""
    if reach < 1:
        return mask
    return sliding(np.logical_or, mask, 2 * reach + 1)
