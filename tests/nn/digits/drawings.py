"""Strokes, and measures of images, for the tests of this folder."""

import numpy as np

SEVEN = [np.array([[61.0, 70.5], [190.0, 66.0], [120.0, 230.0]]), np.array([[90.0, 150.0], [180.0, 148.0]])]


def mass(image):
    """The centre of mass (x, y), in pixel indices."""
    positions = np.arange(28)
    return np.array([image.sum(axis=0) @ positions, image.sum(axis=1) @ positions]) / image.sum()


def box(image, above=0.0):
    """First and last inked column, first and last inked row."""
    columns, rows = np.flatnonzero((image > above).any(axis=0)), np.flatnonzero((image > above).any(axis=1))
    return columns[0], columns[-1], rows[0], rows[-1]


def circle(points=200, radius=100.0):
    angle = np.linspace(0, 2 * np.pi, points)
    return [radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)]


def assert_same_strokes(actual, expected):
    assert len(actual) == len(expected)
    for a, b in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(a, b)
