"""Affine maps about the centre of the image; what lies outside of it is black."""

import math

import numpy as np
from numpy.typing import ArrayLike

from nn.data.corruptions.images import SIDE, Images, interpolate, signs


def shear(images: Images, radians: float, rng: np.random.Generator) -> Images:
    """Turn the vertical axis alone by an angle, to the left or to the right."""
    angle = radians * signs(len(images), rng)
    one, zero = np.ones(len(images)), np.zeros(len(images))
    return _warp(images, [[one, -np.sin(angle)], [zero, np.cos(angle)]])


def scale(images: Images, factor: float, rng: np.random.Generator) -> Images:
    """Reduce width and height to a fraction."""
    one, zero = np.ones(len(images)), np.zeros(len(images))
    return _warp(images, [[one / factor, zero], [zero, one / factor]])


def rotate(images: Images, radians: float, rng: np.random.Generator) -> Images:
    """Rotate by an angle, to the left or to the right."""
    sine = math.sin(radians) * signs(len(images), rng)
    cosine = np.full(len(images), math.cos(radians))
    return _warp(images, [[cosine, -sine], [sine, cosine]])


def translate(images: Images, pixels: int, rng: np.random.Generator) -> Images:
    """Move by this many pixels to the left or to the right, and up or down."""
    one, zero = np.ones(len(images)), np.zeros(len(images))
    return _warp(images, [[one, zero], [zero, one]], pixels * signs(2 * len(images), rng).reshape(2, -1))


def _warp(images: Images, matrix: ArrayLike, offset: ArrayLike = ((0,), (0,))) -> Images:
    """Each pixel from the position that ``matrix`` (2, 2, N) and ``offset`` (2, N) map it to, about the centre."""
    places = np.arange(SIDE) - (SIDE - 1) / 2
    grid = np.stack(np.meshgrid(places, places))  # x, y
    moved = np.einsum("abn,byx->anyx", np.asarray(matrix), grid) + np.asarray(offset)[:, :, None, None]
    return interpolate(images, *(moved + (SIDE - 1) / 2))
