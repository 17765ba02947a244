"""Noise: of few photons, and of broken pixels."""

import numpy as np

from nn.data.corruptions.images import Images


def shot_noise(images: Images, photons: float, rng: np.random.Generator) -> Images:
    """Each pixel counts photons: a Poisson variable, with ``photons`` as the mean of white."""
    return (rng.poisson(images * photons) / photons).astype(np.float32)


def impulse_noise(images: Images, fraction: float, rng: np.random.Generator) -> Images:
    """Salt and pepper: a fraction of the pixels becomes white or black, with the same probability."""
    broken, white = rng.random((2, *images.shape), np.float32)
    return np.where(broken < fraction, (white < 0.5).astype(np.float32), images)
