"""Lines over the digit: stripes, a dotted line and a zigzag."""

import numpy as np

from nn.data.corruptions.images import SIDE, Images

#: The distance at which a line would be black, in pixels: its gray falls as a logarithm.
FADE = 2.3

#: A zigzag: its first and last column, the length of half a period and its height, in pixels.
FIRST, LAST, LENGTH, HEIGHT = 2, SIDE - 3, 2.0, 2.0


def stripe(images: Images, strength: None, rng: np.random.Generator) -> Images:
    """Invert the left and the right quarter."""
    striped = images.copy()
    for quarter in (slice(SIDE // 4), slice(3 * SIDE // 4, SIDE)):
        striped[:, :, quarter] = 1 - images[:, :, quarter]
    return striped


def dotted_line(images: Images, strength: None, rng: np.random.Generator) -> Images:
    """A line from the left edge to the right one, with gaps as long as its dots."""
    left, right = rng.integers(0, SIDE - 1, (2, len(images)))
    line = _line(np.zeros(len(images)), left, np.full(len(images), SIDE - 1), right)
    return images + line * (np.arange(SIDE) // 2 % 2 == 1)


def zigzag(images: Images, strength: None, rng: np.random.Generator) -> Images:
    """A zigzag across, nearly level."""
    start = rng.integers(0, SIDE - 1, len(images))
    rise = rng.integers(-5, 5, len(images))
    angle = np.arctan(rise / (LAST - FIRST))
    length = (LAST - FIRST) / np.cos(angle)
    turns = int((LAST - FIRST - LENGTH) // (2 * LENGTH)) + 1
    along = [np.zeros(len(images))] + [np.full(len(images), (2 * turn + 1) * LENGTH) for turn in range(turns)]
    across = [0.0] + [(-1) ** turn * HEIGHT for turn in range(turns)]
    rest = length - 2 * LENGTH * (length // (2 * LENGTH))
    x = np.stack([*along, length])
    y = np.stack([np.full(len(images), height) for height in across] + [across[-1] / (2 * rest)])
    columns = FIRST + np.cos(angle) * x - np.sin(angle) * y
    rows = start + np.sin(angle) * x + np.cos(angle) * y
    for part in range(len(x) - 1):
        images = np.minimum(images + _line(columns[part], rows[part], columns[part + 1], rows[part + 1]), 1)
    return images


def _line(x0: np.ndarray, y0: np.ndarray, x1: np.ndarray, y1: np.ndarray) -> np.ndarray:
    """A line in each image, from the column of (N,) ``x0`` to the one before ``x1``, (N, SIDE, SIDE) float32."""
    places = np.arange(SIDE)
    height = y0[:, None] + ((y1 - y0) / (x1 - x0))[:, None] * (places - x0[:, None])
    distance = np.abs(places[:, None] - height[:, None, :])
    gray = np.log1p(-np.minimum(distance / FADE, 1 - 1e-9)) + 1
    inside = (places >= np.floor(x0)[:, None]) & (places < np.ceil(x1)[:, None])
    return (gray.clip(0, 1) * inside[:, None, :]).astype(np.float32)
