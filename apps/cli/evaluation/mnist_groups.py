"""MNIST's test images by other labels and by writers: human-checked labels, Census employees and students."""

import numpy as np

from apps.cli.evaluation.tables import Values
from nn import metrics
from nn.data.label_errors import NO_MAJORITY, human_checked, is_mnist_test_set
from nn.data.mnist import stored_folder
from nn.data.writers import find_writers


def by_group(labels: np.ndarray, predictions: np.ndarray) -> dict[str, Values]:
    """The metrics of each group of MNIST's or QMNIST's test images; none of those of another set.

    The interval is Wilson's, or where the writers are known, a bootstrap over writers.

    Args:
        labels: (N,) of the test set.
        predictions: (N,) integers.
    """
    groups: dict[str, Values] = {}
    correct = predictions == labels
    if is_mnist_test_set(labels):
        checked = human_checked(labels)
        counted = checked != NO_MAJORITY
        groups["human-checked labels"] = _values((predictions == checked)[counted], None)
    writers = find_writers(labels, stored_folder("qmnist"))
    if writers is not None:
        if writers.writer is not None:
            groups["all writers"] = _values(correct, writers.writer)
        for name, chosen in (("Census employees", ~writers.is_student), ("students", writers.is_student)):
            groups[name] = _values(correct[chosen], None if writers.writer is None else writers.writer[chosen])
    return groups


def _values(correct: np.ndarray, writers: np.ndarray | None) -> Values:
    """The metrics of a group, given whether each image is classified correctly."""
    right = int(correct.sum())
    if writers is None:
        low, high = metrics.wilson_interval(right, len(correct))
    else:
        low, high = metrics.writer_bootstrap_interval(correct, writers)
    found: Values = {"n": len(correct), "errors": len(correct) - right, "accuracy": right / len(correct)}
    known: Values = {} if writers is None else {"writers": len(np.unique(writers))}
    return known | found | {"low": low, "high": high}
