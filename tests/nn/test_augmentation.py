"""Augmented images; what the warps do is in test_warp.py, what is drawn in test_augment.py."""

import numpy as np

from nn.augmentation import augment
from nn.data.augment import Augmentation
from nn.ops.warp import warp


def test_cutout_is_applied_to_the_warped_image(rng):
    images, indices = rng.integers(1, 256, (3, 9, 8, 2)).astype(np.uint8), np.array([2, 0, 2, 1])
    warps = Augmentation(rotation=20, cutout=5).draw(4, images.shape[1:], rng)
    expected, found = np.empty((2, 4, 9, 8, 2), np.float32)
    warp(images, indices, warps.matrices, warps.grids, warps.thickness, expected)
    augment(images, indices, warps, found)
    for image, (top, left, bottom, right) in zip(expected, warps.squares, strict=True):
        image[top:bottom, left:right] = 0
    np.testing.assert_array_equal(found, expected)
