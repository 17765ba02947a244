"""Light: shadows, glare, and ink that is pale or brighter than its ground."""

import numpy as np

from nn.digits.synthesis.picture_effects.levels import Picture, paper_level


def shadow(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """A sharp shadow over half of the picture; the light there is weaker by ``percent``."""
    return picture * (1 - percent / 100 * (_ramp(picture.shape, rng) > 0)).astype(np.float32)


def gradient(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """Light that falls off from one side to the other."""
    ramp = _ramp(picture.shape, rng)
    return picture * (1 - percent / 100 * (ramp - ramp.min()) / max(np.ptp(ramp), 1e-6)).astype(np.float32)


def vignette(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """Light that falls off towards the corners."""
    y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in picture.shape)
    return picture * (1 - percent / 200 * (y[:, None] ** 2 + x**2)).astype(np.float32)


def glare(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """A bright spot, where a lamp is reflected."""
    y, x = (np.linspace(0, 1, n, dtype=np.float32) - rng.random() for n in picture.shape)
    spot = np.exp(-(y[:, None] ** 2 + x**2) / (2 * rng.uniform(0.1, 0.25) ** 2))
    return picture + percent / 100 * (1 - picture) * spot.astype(np.float32)


def fade(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """Pale ink: the contrast is ``percent`` of what it was."""
    paper = paper_level(picture)
    return paper + percent / 100 * (picture - paper)


def grain(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """The grain of a pencil: the ink is paler by a random part of ``percent`` at each place."""
    grain = (percent / 100) * rng.random(picture.shape, np.float32)
    return picture + grain * (paper_level(picture) - picture)


def invert(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """Bright ink on dark becomes dark ink on bright, and the reverse; the range of grays becomes ``percent`` of it."""
    return 1 - picture * percent / 100


def _ramp(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A plane that rises in a random direction and is 0 in the centre, or near it."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    return np.cos(angle) * x + np.sin(angle) * y[:, None] + np.float32(rng.uniform(-0.15, 0.15))
