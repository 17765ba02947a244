"""Small things to do harm with: a set of images, networks, drawings."""

from pathlib import Path

import numpy as np

from nn import Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sequential, checkpoint
from nn.data.idx import write_idx

CLASSES = 10
PARTS = ("train", "t10k")


def write_set(folder: Path, count: int = 600, side: int = 28) -> Path:
    """Write the four IDX files of a set that is learned in a moment: each class is a bar at a place of its own."""
    rng = np.random.default_rng(0)
    for part, n in zip(PARTS, (count, max(CLASSES, count // 10)), strict=True):
        labels = (np.arange(n) % CLASSES).astype(np.uint8)
        images = rng.integers(0, 60, (n, side, side)).astype(np.uint8)
        images[np.arange(n), 2 + labels * (side - 4) // CLASSES] = 220
        write_idx(folder / f"{part}-images-idx3-ubyte", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels)
    return folder


def small_network(seed: int = 0) -> Sequential:
    """A network that reads digits, badly: the shapes of the baseline with a hundredth of the weights."""
    layers = [Conv2D(2, 3), ReLU(), MaxPool2D(4), Flatten(), Dense(CLASSES)]
    return Sequential(layers, (28, 28, 1), rng=np.random.default_rng(seed))


def write_weights(path: Path, precision: str | None = None, seed: int = 0) -> Path:
    """Write the weights of a small network."""
    checkpoint.save(path, small_network(seed), {"seed": seed}, precision=precision)
    return path
