"""Accuracy, its confidence interval and the confusion matrix of a set of predictions."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from nn import metrics

#: The prediction of a sample that the network rejects.
REJECTED = -1


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
    """

    n: int
    accuracy: float
    interval: tuple[float, float]
    per_class: list[float | None]
    confusion: np.ndarray
    rejected: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """The metrics as JSON values; ``unanswered`` are the rejected samples, if there are any."""
        values = vars(self) | {"interval": list(self.interval), "confusion": self.confusion.tolist()}
        rejected = values.pop("rejected")
        return values | ({"unanswered": rejected.tolist()} if rejected.any() else {})

    def table(self) -> tuple[np.ndarray, list[str]]:
        """The confusion matrix, with a column for rejected samples if there are any; and the names of the columns."""
        names = [str(index) for index in range(len(self.confusion))]
        if not self.rejected.any():
            return self.confusion, names
        return np.column_stack([self.confusion, self.rejected]), [*names, "reject"]

    def text(self) -> str:
        """The confusion matrix as text, with the recall of each class."""
        matrix, names = self.table()
        width = max(len(names[-1]), len(str(matrix.max(initial=0)))) + 1
        lines = [
            " " * (8 + width - len(names[0])) + "predicted",
            "true    " + "".join(name.rjust(width) for name in names) + "recall".rjust(10),
        ]
        for name, row, recall in zip(names, matrix, self.per_class, strict=False):
            cells = "".join((str(count) if count else "·").rjust(width) for count in row)
            percent = "-" if recall is None else f"{100 * recall:.2f} %"
            lines.append(name.rjust(5) + "   " + cells + percent.rjust(10))
        return "\n".join(lines)


def evaluate_predictions(labels: np.ndarray, predictions: np.ndarray, classes: int) -> EvaluationReport:
    """Compare predictions with the true labels.

    Args:
        labels: (N,) integers in ``0 .. classes - 1``, N at least 1.
        predictions: (N,) integers in the same range, or `REJECTED`.
        classes: number of classes.

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
    )
