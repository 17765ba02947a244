"""Light and weather: brightness, fog and spatter."""

import numpy as np

from nn.data.corruptions.images import SIDE, Images, gaussian_blur

#: The side of the maps of fog, of which a corner is used, and the roughness at its largest scale.
FOG_SIDE, ROUGHNESS = 256, 100.0

#: The mean of the noise that spatter is made of; how much of a drop must cover a pixel; the gray of the drops.
LIQUID, COVERED, MUD = 0.65, 0.8, 63 / 255


def brightness(images: Images, change: float, rng: np.random.Generator) -> Images:
    """Brighten all pixels by the same amount."""
    return images + np.float32(change)


def fog(images: Images, strength: tuple[float, float], rng: np.random.Generator) -> Images:
    """Add a cloudy map, and reduce the contrast so that the brightest pixel may stay as bright.

    Args:
        strength: the maximum of the map, and by how much its roughness decreases from scale to scale.
    """
    thickness, decay = strength
    brightest = images.max(axis=(1, 2), keepdims=True)
    foggy = images + np.float32(thickness) * _clouds(len(images), decay, rng)[:, :SIDE, :SIDE]
    return foggy * brightest / (brightest + np.float32(thickness))


def spatter(images: Images, strength: tuple[float, float, float, float], rng: np.random.Generator) -> Images:
    """Cover places with drops of mud: where smooth noise exceeds a threshold.

    Args:
        strength: the standard deviations of the noise's blur, in pixels, and of the noise; the threshold; and the
            standard deviation of the blur of the drops.
    """
    size, deviation, threshold, blur = strength
    noise = gaussian_blur(rng.normal(LIQUID, deviation, images.shape).astype(np.float32), size)
    drops = gaussian_blur((noise > threshold).astype(np.float32), blur)
    drops[drops < COVERED] = 0
    return images * (1 - drops) + np.float32(MUD) * drops


def _clouds(count: int, decay: float, rng: np.random.Generator) -> np.ndarray:
    """Random maps (count, FOG_SIDE, FOG_SIDE) in [0, 1], by the diamond-square algorithm on a torus.

    A. Fournier, D. Fussell, L. Carpenter, "Computer rendering of stochastic models", 1982.
    """
    maps = np.zeros((count, FOG_SIDE, FOG_SIDE), np.float32)
    step, roughness = FOG_SIDE, ROUGHNESS
    while step >= 2:
        half = step // 2

        def filled(sums: np.ndarray, amplitude: float = roughness**2) -> np.ndarray:
            return sums / 4 + amplitude * (2 * rng.random(sums.shape, np.float32) - 1)

        corners = maps[:, ::step, ::step]
        sums = corners + np.roll(corners, -1, axis=1)
        maps[:, half::step, half::step] = filled(sums + np.roll(sums, -1, axis=2))
        centres = maps[:, half::step, half::step]
        for axis, points in ((1, maps[:, ::step, half::step]), (2, maps[:, half::step, ::step])):
            beside = corners + np.roll(corners, -1, axis=3 - axis)
            points[...] = filled(centres + np.roll(centres, 1, axis=axis) + beside)
        step, roughness = half, roughness / decay
    maps -= maps.min(axis=(1, 2), keepdims=True)
    return maps / maps.max(axis=(1, 2), keepdims=True)
