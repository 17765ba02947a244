"""The writers of MNIST's test images."""

import numpy as np
import pytest

from nn.data import writers
from nn.data.idx import write_idx
from nn.data.writers import BY_STUDENTS, QMNIST_FILES, STUDENTS, find_writers
from nn.errors import DataError


@pytest.fixture
def labels(monkeypatch):
    """Labels that count as those of MNIST's test set."""
    monkeypatch.setattr(writers, "is_mnist_test_set", lambda labels: len(labels) == 10_000)
    return np.arange(10_000) % 10


@pytest.fixture
def qmnist(tmp_path, labels):
    """A folder with the labels of QMNIST: more images than MNIST has, by students in turn, each with ten images."""
    count = 10_500
    rows = np.zeros((count, 8), np.int32)
    rows[:, 0], rows[:, 2] = np.arange(count) % 10, np.arange(count) // 10
    rows[1::2, 1] = STUDENTS
    write_idx(tmp_path / QMNIST_FILES[1], rows)
    return tmp_path


def test_without_qmnist_the_first_images_are_by_students(labels, tmp_path):
    found = find_writers(labels, tmp_path)
    assert found.writer is None
    assert np.flatnonzero(found.is_student).tolist() == list(range(BY_STUDENTS))


def test_qmnist_names_the_writers(labels, qmnist):
    found = find_writers(labels, qmnist)
    assert found.writer[:12].tolist() == [0] * 10 + [1] * 2
    assert found.is_student[:3].tolist() == [False, True, False]
    assert len(found.writer) == 10_000


def test_the_whole_test_set_of_qmnist_has_writers(qmnist):
    assert len(find_writers(np.arange(10_500) % 10, qmnist).writer) == 10_500


def test_another_set_has_no_known_writers(labels, qmnist):
    assert find_writers(np.arange(9_999) % 10, qmnist) is None
    assert find_writers((np.arange(10_500) + 1) % 10, qmnist) is None


def test_a_broken_file_is_an_error(labels, tmp_path):
    write_idx(tmp_path / QMNIST_FILES[0], np.zeros(5, np.int32))
    with pytest.raises(DataError, match=r"expected the labels of QMNIST, \(N, 8\), found \(5,\)"):
        find_writers(labels, tmp_path)
