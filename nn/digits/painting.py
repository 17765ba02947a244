"""Strokes as a picture, drawn with a round brush."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

from nn.digits.strokes import as_strokes

#: Strokes are painted at this multiple of the resolution, for antialiased edges.
OVERSAMPLING = 3


def paint(strokes: Iterable[ArrayLike], size: tuple[int, int], brush: float) -> np.ndarray:
    """Paint strokes on a black canvas, in white.

    Args:
        strokes: arrays (n, 2) of points in pixels, x right and y down; the first pixel's centre is (0.5, 0.5).
        size: width and height of the canvas, in pixels.
        brush: its diameter, in pixels.

    Returns:
        (height, width) uint8.

    Raises:
        ValueError: a stroke is empty or not pairs of finite numbers.
    """
    width, height = size
    canvas = Image.new("L", (OVERSAMPLING * width, OVERSAMPLING * height))
    draw = ImageDraw.Draw(canvas)
    reach = OVERSAMPLING * brush / 2
    for stroke in as_strokes(strokes):
        points = [(x, y) for x, y in (OVERSAMPLING * stroke - 0.5).tolist()]
        draw.line(points, fill=255, width=round(2 * reach))
        for x, y in points:  # round ends and corners
            draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
    return np.asarray(canvas.reduce(OVERSAMPLING))
