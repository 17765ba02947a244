"""Human-checked labels."""

import numpy as np

from nn.data.label_errors import MAJORITY_LABELS, NO_MAJORITY, human_checked, is_mnist_test_set


def test_ten_images_have_another_label_and_five_none():
    labels = np.full(10_000, 8)
    checked = human_checked(labels)
    changed = np.flatnonzero(checked != labels)
    assert set(changed) == set(MAJORITY_LABELS)
    assert np.count_nonzero(checked == NO_MAJORITY) == 5
    assert checked[947] == 9
    assert (labels == 8).all()


def test_other_labels_are_not_those_of_mnist():
    assert not is_mnist_test_set(np.zeros(10_000, np.int64))
    assert not is_mnist_test_set(np.array([7, 2, 1]))
