"""Normalizes pictures of digits to 28x28 images, by the method of MNIST.

The ink is cropped to its bounding box, resampled to a box of 20x20 pixels and pasted with its centre of mass in the
middle. If the pen was much thinner than MNIST's, the ink is skeletonized and drawn again; if it was much thicker, the
ink is eroded first.
"""

import numpy as np
from numpy.typing import ArrayLike

from nn.digits.ink import picture_to_ink
from nn.digits.rasterize import BOX, CENTRE, PEN_WIDTH, SIDE, segments_to_image
from nn.digits.skeletonize import skeletonize, to_segments
from nn.ops.connected_components import bounds
from nn.ops.resample import cubic
from nn.ops.total_variation import total_variation

#: Pens narrower than the first, in pixels of the image, are drawn again; pens wider than the second are eroded. Of
#: MNIST's digits, 22 % are narrower and 12 % wider.
THIN_PEN, THICK_PEN = 2.0, 3.2

#: Ink whose pen is wider than the first, in pixels of the image, is a dot. So is a filled shape: a circle of the second
#: share of its size fits into it. In thick digits the circle has at most 0.42 of their size.
BLOB, FILLED = 0.4 * BOX, 0.5

#: Ink is skeletonized at a size where its pen has this width in pixels, and eroded at this multiple of the box.
SKELETON_PEN = 4.0
EROSION_SCALE = 4

#: Pixels with more ink than this are skeletonized: more than the first in ink of at most so many pixels, where a thin
#: line may lie between two pixels; else more than the second.
SKELETON_INK, SMALL = (0.35, 0.5), 2 * BOX

#: Ink is never reduced so far that its pen is narrower than this, in pixels: half of its ink would be lost.
FAINTEST_PEN = 1.5


def picture_to_image(gray: ArrayLike) -> np.ndarray:
    """Normalize the picture of one digit, bright ink on dark or dark ink on bright, by the method of MNIST.

    Args:
        gray: (H, W), as `picture_to_ink` takes it; some background must be left around the digit.

    Returns:
        (28, 28) float32 in [0, 1]; zeros where no ink stands out.

    Raises:
        ValueError: the picture is not a plane of such numbers.

    >>> picture = np.full((90, 60), 255, np.uint8)
    >>> picture[20:70, 28:34] = 0
    >>> picture_to_image(picture).shape
    (28, 28)
    """
    return ink_to_image(picture_to_ink(gray))


def ink_to_image(ink: np.ndarray) -> np.ndarray:
    """Normalize ink (H, W), float32 in [0, 1], by the method of MNIST: (28, 28) float32, zeros if there is none."""
    extent = ink_extent(ink)
    if extent is None:
        return np.zeros((SIDE, SIDE), np.float32)
    ink = ink[extent]
    box = _fit_to_box(ink)
    width = pen_width(box)
    if width < THIN_PEN:
        return segments_to_image(_centre_lines(ink, width))
    if width <= THICK_PEN:
        return _paste(box)
    eroded = _erode(ink, width) if width <= BLOB else None
    return segments_to_image(np.zeros((1, 2, 2))) if eroded is None else _paste(_fit_to_box(eroded))


def centre_lines(ink: np.ndarray) -> np.ndarray:
    """The line segments (S, 2, 2) in the middle of the strokes of ink (H, W), as x and y in a unit of their own."""
    extent = ink_extent(ink)
    if extent is None:
        return np.zeros((0, 2, 2))
    return _centre_lines(ink[extent], pen_width(_fit_to_box(ink[extent])))


def _centre_lines(ink: np.ndarray, width: float) -> np.ndarray:
    least = SKELETON_INK[max(ink.shape) > SMALL]
    return to_segments(skeletonize(_to_skeleton_size(ink, width) > least))


def _to_skeleton_size(ink: np.ndarray, width: float) -> np.ndarray:
    """Ink at a size where its pen, of this width in the box, is ``SKELETON_PEN`` wide; none is made to vanish."""
    side, longer = max(BOX, round(BOX * SKELETON_PEN / width)), max(ink.shape)
    return _resize(ink, max(side, min(longer, round(longer * FAINTEST_PEN / pen_width(ink)))))


def ink_extent(ink: np.ndarray) -> tuple[slice, slice] | None:
    """The rows and columns of ink (H, W), with half-inked edges; None without ink."""
    left, top, right, bottom = bounds(ink >= 0.5)
    if not right:
        return None
    top -= top > 0 and bool(ink[top - 1].any())
    left -= left > 0 and bool(ink[:, left - 1].any())
    bottom += bottom < len(ink) and bool(ink[bottom].any())
    right += right < ink.shape[1] and bool(ink[:, right].any())
    return slice(top, bottom), slice(left, right)


def pen_width(ink: np.ndarray) -> float:
    """The width of the pen, in pixels: twice the area of the ink over the length of its edge (the total variation)."""
    return 2 * float(ink.sum()) / total_variation(np.ascontiguousarray(ink))


def _erode(ink: np.ndarray, width: float) -> np.ndarray | None:
    """Erode ink whose pen has this width in the box, so that its lines become as wide as MNIST's.

    None if it has no lines: a filled shape.
    """
    distances = _distance_transform(np.pad(_resize(ink, EROSION_SCALE * BOX) > 0.5, 1))
    if 2 * distances.max() > FILLED * EROSION_SCALE * BOX:
        return None
    rim = EROSION_SCALE * (width - PEN_WIDTH) / 2
    eroded = np.clip(distances - rim + 0.5, 0, 1)
    extent = ink_extent(eroded)
    return ink if extent is None else eroded[extent]


def _distance_transform(mask: np.ndarray) -> np.ndarray:
    """The distance of each pixel of a mask, clear at its border, to the nearest clear pixel; float32."""
    height = mask.shape[0]
    rows, columns = (np.arange(n, dtype=np.float32) for n in mask.shape)
    up = rows[:, None] - np.maximum.accumulate(np.where(mask, 0, rows[:, None]))
    down = np.minimum.accumulate(np.where(mask, height, rows[:, None])[::-1])[::-1] - rows[:, None]
    vertical = np.minimum(up, down) ** 2
    return np.sqrt((vertical[:, None, :] + (columns[:, None] - columns) ** 2).min(axis=2)).astype(np.float32)


def _fit_to_box(ink: np.ndarray) -> np.ndarray:
    """Ink resampled so that its longer side is that of the box; the maximum becomes 1, as in MNIST."""
    ink = _resize(ink, BOX)
    return ink / ink.max()


def _resize(ink: np.ndarray, side: int) -> np.ndarray:
    """Ink with its longer side ``side``."""
    height, width = (max(1, round(n * side / max(ink.shape))) for n in ink.shape)
    if ink.shape == (height, width):
        return ink
    resampled = np.empty((height, width), np.float32)
    cubic(np.ascontiguousarray(ink), resampled)
    return resampled.clip(0, 1, out=resampled)


def _paste(box: np.ndarray) -> np.ndarray:
    """The box in the image, moved by whole pixels, its centre of mass as near to the middle as the edges allow."""
    corner = []
    for axis, size in enumerate(box.shape):
        mass = box.sum(axis=1 - axis) @ np.arange(size) / box.sum()
        corner.append(int(np.clip(np.rint(CENTRE - mass), 0, SIDE - size)))
    image = np.zeros((SIDE, SIDE), np.float32)
    top, left = corner
    image[top : top + box.shape[0], left : left + box.shape[1]] = box
    return image
