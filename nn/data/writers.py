"""Who wrote MNIST's test images: employees of the Census Bureau or high-school students, and which person.

C. Yadav and L. Bottou, "Cold case: the lost MNIST digits", 2019, https://arxiv.org/abs/1905.10498: students wrote the
first 5,001 of MNIST's test images, and 48 employees the others; MNIST's own page says the reverse. The labels of QMNIST
name the persons.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nn.data.idx import read_idx
from nn.data.label_errors import is_mnist_test_set
from nn.errors import DataError

#: The names of the file of QMNIST, with the labels of MNIST's 10,000 test images before 50,000 others.
QMNIST_FILES = ("qmnist-test-labels-idx2-int", "qmnist-test-labels-idx2-int.gz")

#: Columns of that file; the series of students; the least share of equal labels for the images to be the same.
LABEL, SERIES, WRITER = 0, 1, 2
STUDENTS = 4
MIN_EQUAL = 0.99

#: The number of MNIST's test images that students wrote, the first ones.
BY_STUDENTS = 5001


@dataclass(frozen=True, eq=False)
class Writers:
    """The writers of test images.

    Attributes:
        is_student: (N,) bool: whether a student wrote the image, or else an employee of the Census Bureau.
        writer: (N,) int64, a number for each person; None if unknown.
    """

    is_student: np.ndarray
    writer: np.ndarray | None


def find_writers(labels: np.ndarray, qmnist: Path) -> Writers | None:
    """The writers of the test images of MNIST, or of QMNIST.

    Args:
        labels: (N,) of the images.
        qmnist: the folder of QMNIST; it may be missing.

    Returns:
        None if the images are those of another set.

    Raises:
        DataError: the file of QMNIST is broken.
    """
    is_mnist = is_mnist_test_set(labels)
    for path in (qmnist / name for name in QMNIST_FILES):
        if path.is_file():
            rows = read_idx(path)
            if rows.ndim != 2 or rows.shape[1] <= WRITER:
                raise DataError(f"{path}: expected the labels of QMNIST, (N, 8), found {rows.shape}")
            own = rows[: len(labels)]
            is_whole = len(labels) == len(rows)
            if (is_mnist or is_whole) and len(own) == len(labels) and np.mean(own[:, LABEL] == labels) >= MIN_EQUAL:
                return Writers(own[:, SERIES] == STUDENTS, own[:, WRITER].astype(np.int64))
    return Writers(np.arange(len(labels)) < BY_STUDENTS, None) if is_mnist else None
