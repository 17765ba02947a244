"""A set of images that is learned in a moment: each class is a bright bar at its own place, in noise."""

from pathlib import Path

import numpy as np

from nn.data.idx import write_idx

CLASSES = 4


def write_tiny_set(
    folder: Path, *, train: int = 240, test: int = 60, seed: int = 0, size: int = 12, classes: int = CLASSES
) -> Path:
    """Write the four IDX files of such a set into a new folder."""
    rng = np.random.default_rng(seed)
    for part, count in (("train", train), ("t10k", test)):
        labels = np.arange(count, dtype=np.uint8) % classes
        images = rng.integers(0, 60, (count, size, size)).astype(np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 * label + 1 : 2 * label + 3] += np.uint8(150)
        write_idx(folder / f"{part}-images-idx3-ubyte", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels)
    return folder
