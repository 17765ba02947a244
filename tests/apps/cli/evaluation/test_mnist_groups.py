"""MNIST's test images by labels and by writers."""

import numpy as np
import pytest

from apps.cli.evaluation import mnist_groups
from nn import metrics
from nn.data.label_errors import MAJORITY_LABELS
from nn.data.writers import Writers


@pytest.fixture
def labels():
    return np.arange(10_000) % 10


def test_another_set_has_no_groups(labels):
    assert mnist_groups.by_group(labels, labels) == {}


def test_errors_are_counted_again_with_human_checked_labels(labels, monkeypatch):
    """These labels differ from those of people in most of the ten places; one prediction agrees with people."""
    monkeypatch.setattr(mnist_groups, "is_mnist_test_set", lambda labels: True)
    monkeypatch.setattr(mnist_groups, "find_writers", lambda labels, folder: None)
    predictions = labels.copy()
    predictions[[947, 2130, 5]] = [9, 1, 1]  # right by the people's label, without a majority, and wrong
    found = mnist_groups.by_group(labels, predictions)["human-checked labels"]
    others = [index for index, label in MAJORITY_LABELS.items() if label not in (None, index % 10) and index != 947]
    assert (found["n"], found["errors"]) == (9_995, len(others) + 1)


@pytest.mark.parametrize("known", [False, True])
def test_employees_and_students(labels, monkeypatch, known):
    student, writer = labels < 5, np.arange(10_000) // 100
    monkeypatch.setattr(
        mnist_groups, "find_writers", lambda labels, folder: Writers(student, writer if known else None)
    )
    predictions = np.where(np.arange(10_000) < 200, 0, labels)  # the first two writers make all errors
    found = mnist_groups.by_group(labels, predictions)
    assert list(found) == ["all writers"] * known + ["Census employees", "students"]
    assert (found["students"]["n"], found["students"]["errors"]) == (5_000, 80)
    assert (found["Census employees"]["n"], found["Census employees"]["errors"]) == (5_000, 100)
    low, high = metrics.wilson_interval(4_920, 5_000)
    if known:
        assert found["students"]["writers"] == 100
        assert found["students"]["low"] < low < high < found["students"]["high"]
    else:
        assert (found["students"]["low"], found["students"]["high"]) == (low, high)
