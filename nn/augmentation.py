"""Makes the augmented images that ``nn.data.augment`` has drawn."""

import numpy as np

from nn.data.augment import Warps
from nn.ops.warp import warp


def augment(images: np.ndarray, indices: np.ndarray, warps: Warps, out: np.ndarray) -> None:
    """Fill ``out`` (B, H, W, C) with augmented images.

    Args:
        images: (N, H, W) or (N, H, W, C), uint8 or floats.
        indices: (B,), the source of each image.
        warps: of B images.
        out: filled.

    >>> from nn.data.augment import Augmentation
    >>> warps = Augmentation(cutout=2).draw(1, (4, 4), np.random.default_rng(1))
    >>> out = np.empty((1, 4, 4, 1), np.float32)
    >>> augment(np.full((1, 4, 4), 255, np.uint8), np.array([0]), warps, out)
    >>> out[0, :, :, 0]
    array([[1., 0., 0., 1.],
           [1., 0., 0., 1.],
           [1., 1., 1., 1.],
           [1., 1., 1., 1.]], dtype=float32)
    """
    warp(images, indices, warps.matrices, warps.grids, warps.thickness, out)
    if warps.squares is not None:
        for image, (top, left, bottom, right) in zip(out, warps.squares, strict=True):
            image[top:bottom, left:right] = 0
