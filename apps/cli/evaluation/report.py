"""Accuracy, its confidence interval and the confusion matrix of a set of predictions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn import metrics

#: The prediction of a sample that the network rejects.
REJECTED = -1

#: The confusion matrix of more classes than this is too wide for a terminal; this many confusions are listed instead.
MAX_TABLE, MAX_CONFUSIONS = 30, 20

#: Letters of the name of a class in the table.
MAX_NAME = 12


@dataclass(frozen=True)
class EvaluationReport:
    """The metrics of a set of samples.

    Attributes:
        n: number of samples.
        accuracy: share of correct predictions; a rejected sample counts as wrong.
        interval: 95 % Wilson interval of the accuracy.
        per_class: recall of each class, None for a class without samples.
        confusion: (classes, classes) counts; rows are true labels, columns predictions.
        rejected: (classes,) counts of the rejected samples, by true label.
        class_names: of the labels, or None where a label is its own name.
    """

    n: int
    accuracy: float
    interval: tuple[float, float]
    per_class: list[float | None]
    confusion: np.ndarray
    rejected: np.ndarray
    class_names: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The metrics as JSON values; ``unanswered`` are the rejected samples, if there are any."""
        values = vars(self) | {"interval": list(self.interval), "confusion": self.confusion.tolist()}
        rejected, names = values.pop("rejected"), values.pop("class_names")
        values |= {"unanswered": rejected.tolist()} if rejected.any() else {}
        return values | ({} if names is None else {"class_names": list(names)})

    def table(self) -> tuple[np.ndarray, list[str]]:
        """The confusion matrix, with a column for rejected samples if there are any; and the names of the columns."""
        names = list(self.class_names or map(str, range(len(self.confusion))))
        if not self.rejected.any():
            return self.confusion, names
        return np.column_stack([self.confusion, self.rejected]), [*names, "reject"]

    def text(self) -> str:
        """The confusion matrix with the recall of each class, or the most frequent confusions of many classes."""
        matrix, names = self.table()
        if len(self.confusion) > MAX_TABLE:
            return _confusions(matrix, names)
        names = [name[:MAX_NAME] for name in names]
        width = max(*map(len, names), len(str(matrix.max(initial=0)))) + 1
        margin = MAX_NAME if self.class_names else 5
        lines = [
            " " * (margin + 3 + width - len(names[0])) + "predicted",
            "true".ljust(margin + 3) + "".join(name.rjust(width) for name in names) + "recall".rjust(10),
        ]
        for name, row, recall in zip(names, matrix, self.per_class, strict=False):
            cells = "".join((str(count) if count else "·").rjust(width) for count in row)
            percent = "-" if recall is None else f"{100 * recall:.2f} %"
            lines.append(name.rjust(margin) + "   " + cells + percent.rjust(10))
        return "\n".join(lines)


def evaluate_predictions(
    labels: np.ndarray, predictions: np.ndarray, classes: int, class_names: tuple[str, ...] | None = None
) -> EvaluationReport:
    """Compare predictions with the true labels.

    Args:
        labels: (N,) integers in ``0 .. classes - 1``, N at least 1.
        predictions: (N,) integers in the same range, or `REJECTED`.
        classes: number of classes.
        class_names: of the labels, or None where a label is its own name.

    >>> import numpy as np
    >>> evaluate_predictions(np.array([0, 0, 1, 1]), np.array([0, 1, 1, REJECTED]), 2).accuracy
    0.5
    """
    accepted = predictions != REJECTED
    confusion = metrics.confusion_matrix(labels[accepted], predictions[accepted], classes)
    rejected = np.bincount(labels[~accepted], minlength=classes)
    recalls = metrics.per_class_accuracy(np.column_stack([confusion, rejected]))
    return EvaluationReport(
        n=len(labels),
        accuracy=metrics.accuracy(labels, predictions),
        interval=metrics.wilson_interval(int(confusion.trace()), len(labels)),
        per_class=[None if np.isnan(recall) else float(recall) for recall in recalls],
        confusion=confusion,
        rejected=rejected,
        class_names=class_names,
    )


def _confusions(matrix: np.ndarray, names: Sequence[str]) -> str:
    """The most frequent pairs of true and predicted class, a line each."""
    errors = np.where(np.eye(matrix.shape[0], matrix.shape[1], dtype=bool), 0, matrix)
    order = np.argsort(-errors, axis=None, kind="stable")[:MAX_CONFUSIONS]
    rows, columns = np.unravel_index(order, errors.shape)
    lines = [
        f"{errors[row, column]:8,}  {names[row]} as {names[column]}, of {matrix[row].sum():,}"
        for row, column in zip(rows, columns, strict=True)
        if errors[row, column]
    ]
    return "\n".join([f"The most frequent confusions of {len(matrix)} classes:", *(lines or ["    none"])])
