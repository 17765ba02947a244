"""Foreign ink: what is as dark (or as bright) as the digit, but does not belong to it."""

import numpy as np

from nn.digits.synthesis.picture_effects.levels import Picture, ink_level, paper_level

#: The size of a speck, as a share of the shorter side.
SPECK = 0.03


def strip(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """A strip along one edge, as a scanner's lid leaves."""
    turns = int(rng.integers(4))
    turned = np.rot90(picture, turns).copy()
    turned[: _pixels(picture, percent)] = ink_level(picture)
    return np.rot90(turned, -turns)


def frame(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """A line around the picture, near its edges."""
    inset, pixels = int(rng.uniform(0, 0.03) * min(picture.shape)), _pixels(picture, percent)
    outer, inner = (slice(margin, -margin or None) for margin in (inset, inset + pixels))
    framed = picture.copy()
    framed[outer, outer] = ink_level(picture)
    framed[inner, inner] = picture[inner, inner]
    return framed


def corner(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """A dark corner: the paper ends there."""
    height, width = picture.shape
    y, x = np.mgrid[:height, :width]
    x = x if rng.random() < 0.5 else width - 1 - x
    y = y if rng.random() < 0.5 else height - 1 - y
    return np.where(x / width + y / height < percent / 100, ink_level(picture), picture).astype(np.float32)


def specks(picture: Picture, count: float, rng: np.random.Generator) -> Picture:
    """Specks of dust, round and of different sizes."""
    (height, width), ink = picture.shape, ink_level(picture)
    for _ in range(int(count)):
        radius = max(0.5, SPECK / 2 * min(picture.shape) * rng.uniform(0.4, 1.0))
        y, x = (np.arange(n, dtype=np.float32) - np.float32(rng.uniform(0, n)) for n in (height, width))
        speck = (radius + 0.5 - np.hypot(y[:, None], x)).clip(0, 1)
        picture = picture + (ink - picture) * speck
    return picture


def rules(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """Ruled paper: thin lines across, of a share of the ink's contrast."""
    return _ruled(picture, percent, rng, axes=(0,))


def squares(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """Squared paper."""
    return _ruled(picture, percent, rng, axes=(0, 1))


def _ruled(picture: Picture, percent: float, rng: np.random.Generator, axes: tuple[int, ...]) -> Picture:
    spacing = max(6.0, min(picture.shape) * rng.uniform(0.15, 0.4))
    mask = np.zeros(picture.shape, bool)
    for axis in axes:
        positions = np.arange(rng.uniform(0, spacing), picture.shape[axis], spacing).astype(int)
        width = max(1, round(0.004 * min(picture.shape)))
        lines = (positions[:, None] + np.arange(width)).clip(max=picture.shape[axis] - 1).ravel()
        mask[(lines, slice(None)) if axis == 0 else (slice(None), lines)] = True
    paper, ink = paper_level(picture), ink_level(picture)
    line = paper + percent / 100 * (ink - paper)
    darker = np.minimum(picture, line) if ink < paper else np.maximum(picture, line)
    return np.where(mask, darker, picture).astype(np.float32)


def _pixels(picture: Picture, percent: float) -> int:
    return max(1, round(percent / 100 * min(picture.shape)))
