"""Blurs: of frosted glass, and of motion."""

import numpy as np

from nn.data.corruptions.images import SIDE, Images, gaussian_blur, half_gaussian


def glass_blur(images: Images, strength: tuple[float, int, int], rng: np.random.Generator) -> Images:
    """Blur, exchange neighbouring pixels at random, and blur again.

    Args:
        strength: the standard deviation of the blur, the largest distance of an exchange, and the number of passes
            over the image, from its lower right corner. In each pass, half of the pixels are exchanged.
    """
    sigma, distance, passes = strength
    blurred = np.floor(255 * gaussian_blur(images, sigma)) / np.float32(255)
    n = np.arange(len(images))
    for _ in range(passes):
        for row in range(SIDE - distance, distance, -1):
            for column in range(SIDE - distance, distance, -1):
                moved = rng.random(len(n)) < 0.5
                dx, dy = rng.integers(-distance, distance, (2, len(n))) * moved
                other = n, row + dy, column + dx
                blurred[:, row, column], blurred[other] = blurred[other], blurred[:, row, column].copy()
    return gaussian_blur(blurred, sigma)


def motion_blur(images: Images, strength: tuple[int, float], rng: np.random.Generator) -> Images:
    """Average along a line to one side, at an angle of -45 to 45 degrees; pixels at the edges are repeated outwards.

    Args:
        strength: half of the length of the line, and the standard deviation of its Gaussian weights, in pixels.
    """
    angle = np.radians(rng.uniform(-45, 45, len(images)))
    n, lines = np.arange(len(images))[:, None, None], np.arange(SIDE)
    blurred = np.zeros_like(images)
    for step, weight in enumerate(half_gaussian(*strength)):
        dx, dy = np.ceil(step * np.array([np.cos(angle), np.sin(angle)]) - 0.5).astype(np.intp)
        rows, columns = ((lines + offset[:, None]).clip(0, SIDE - 1) for offset in (dy, dx))
        blurred += np.float32(weight) * images[n, rows[:, :, None], columns[:, None, :]]
    return blurred
