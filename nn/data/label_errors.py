"""Labels of MNIST's test images that people have checked.

C. Northcutt, A. Athalye, J. Mueller, "Pervasive label errors in test sets destabilize machine learning benchmarks",
2021, https://labelerrors.com: five people each looked at the images whose labels a network doubted.
"""

import zlib

import numpy as np

#: What the majority of five people chose, by the index of the image; None: no label has a majority. For all other
#: images it is the label of MNIST, or nobody was asked.
MAJORITY_LABELS: dict[int, int | None] = {
    **{947: 9, 1621: 6, 1901: 4, 2462: 0, 2597: 3, 3558: 0, 5937: 3, 6651: 6, 6783: 6, 9729: 6},
    **dict.fromkeys((2130, 2654, 3520, 8527, 9679)),
}

#: Instead of a label, where there is no majority.
NO_MAJORITY = -1

#: The checksum of the labels of MNIST's test set, as bytes.
MNIST_TEST_LABELS = 0xEE8604D9


def is_mnist_test_set(labels: np.ndarray) -> bool:
    """Whether labels (N,), integers from 0 to 255, are those of MNIST's test set."""
    return zlib.crc32(labels.astype(np.uint8).tobytes()) == MNIST_TEST_LABELS


def human_checked(labels: np.ndarray) -> np.ndarray:
    """The labels (10000,) of MNIST's test set with those that people have checked, or ``NO_MAJORITY``; a copy."""
    checked = labels.copy()
    for index, label in MAJORITY_LABELS.items():
        checked[index] = NO_MAJORITY if label is None else label
    return checked
