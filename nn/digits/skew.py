"""Levels a page that was written or photographed at an angle.

At the right slope the digits of a line lie at one height, so the projection of all digits is most concentrated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from nn.digits.components import Components
from nn.digits.viterbi import Box

#: The slopes that are tried, up to 15 degrees; smaller than the least one, a page is level.
SLOPES = np.linspace(-0.27, 0.27, 55)
LEAST = 0.03

#: The fewest digits that show a slope, and how much more concentrated they must be than in a level page.
DIGITS, GAIN = 4, 1.1

#: The height of a bin of the projection, and the middle part of a digit that is projected, in heights of the digits.
BIN, CORE = 0.125, 0.5


def find_slope(components: Components, height: float) -> float:
    """The slope of the lines of a page, positive where they fall to the right; 0 if it is level.

    Args:
        components: of its ink.
        height: of its digits, in pixels.
    """
    digits = (components.heights >= height / 2) & (components.heights <= 2 * height) & ~components.strips()
    if digits.sum() < DIGITS:
        return 0.0
    left, top, right, bottom = components.boxes[digits].T / height
    levels = (top + bottom) / 2 - SLOPES[:, None] * (left + right) / 2  # (slopes, digits)
    first = ((levels - CORE / 2 - levels.min()) / BIN).astype(np.int64) + 4
    length = round(CORE / BIN)
    scores = np.array([np.square(_coverage(each, length)).sum() for each in first], np.float64)
    scores *= 1 - np.abs(SLOPES)  # of equals, the smaller slope
    slope = float(SLOPES[scores >= 0.98 * scores.max()].mean())
    is_level = scores.max() < GAIN * scores[len(SLOPES) // 2] or abs(slope) < LEAST
    return 0.0 if is_level else slope


def _coverage(first: np.ndarray, length: int) -> np.ndarray:
    """How many digits cover each bin."""
    steps = np.bincount(first, minlength=int(first.max()) + length + 1)
    return np.cumsum(steps - np.pad(steps, (length, 0))[: len(steps)])


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the levelled, reduced ink of a page lies in its picture.

    Attributes:
        scale: pixels of the picture for each pixel of the ink.
        slope: that was levelled.
        size, levelled: width and height of the ink, before and after.
    """

    scale: float
    slope: float
    size: tuple[int, int]
    levelled: tuple[int, int]

    def to_picture(self, box: Box) -> Box:
        """A box of the ink in the picture: its centre is rotated, its size stays."""
        angle = math.atan(self.slope)
        x, y = ((box[side] + box[side + 2] - self.levelled[side]) / 2 for side in (0, 1))
        centre_x = self.size[0] / 2 + math.cos(angle) * x - math.sin(angle) * y
        centre_y = self.size[1] / 2 + math.sin(angle) * x + math.cos(angle) * y
        half_width, half_height = ((box[side + 2] - box[side]) / 2 for side in (0, 1))
        corners = centre_x - half_width, centre_y - half_height, centre_x + half_width, centre_y + half_height
        left, top, right, bottom = (self.scale * each for each in corners)
        return left, top, right, bottom


def level(ink: np.ndarray, slope: float, scale: float) -> tuple[np.ndarray, Placement]:
    """The ink, (H, W) float32, with its lines level; and where it lies in the picture.

    Args:
        ink: (H, W) float32.
        slope: of its lines.
        scale: see `Placement`.
    """
    size = ink.shape[1], ink.shape[0]
    if slope:
        degrees = math.degrees(math.atan(slope))
        rotated = Image.fromarray(ink).rotate(degrees, Image.Resampling.BILINEAR, expand=True)
        ink = np.asarray(rotated)
    return ink, Placement(scale, slope, size, (ink.shape[1], ink.shape[0]))
