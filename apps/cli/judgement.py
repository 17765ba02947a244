"""How well a network reads a set of samples."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from nn import metrics


@dataclass(frozen=True)
class Judgement:
    """The figures for one set of samples.

    Attributes:
        n: how many samples.
        accuracy: the share that is read right; no answer counts as wrong.
        interval: the 95 % Wilson interval of the accuracy.
        per_class: the accuracy of each class, None for a class without samples.
        confusion: (classes, classes) counts; rows what it is, columns what was read.
        unanswered: (classes,) counts of the samples that got no answer.
    """

    n: int
    accuracy: float
    interval: tuple[float, float]
    per_class: list[float | None]
    confusion: np.ndarray
    unanswered: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON takes it."""
        document = {
            "n": self.n,
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "per_class": self.per_class,
            "confusion": self.confusion.tolist(),
        }
        if self.unanswered.any():
            document["unanswered"] = self.unanswered.tolist()
        return document

    def table(self) -> tuple[np.ndarray, list[str]]:
        """The confusion matrix, with a column for no answer if there was none; and the columns' names."""
        names = [str(index) for index in range(len(self.confusion))]
        if not self.unanswered.any():
            return self.confusion, names
        return np.column_stack([self.confusion, self.unanswered]), [*names, "none"]

    def text(self) -> str:
        """The confusion matrix as text, with the accuracy of each class."""
        matrix, names = self.table()
        width = max(len("none"), len(str(matrix.max(initial=0)))) + 1
        lines = [
            " " * (8 + width - len(names[0])) + "read as",
            "it is   " + "".join(name.rjust(width) for name in names) + "right".rjust(10),
        ]
        for name, row, share in zip(names, matrix, self.per_class, strict=False):
            cells = "".join((str(count) if count else "·").rjust(width) for count in row)
            right = "-" if share is None else f"{100 * share:.2f} %"
            lines.append(name.rjust(5) + "   " + cells + right.rjust(10))
        return "\n".join(lines)


def judge(labels: np.ndarray, answers: np.ndarray, classes: int) -> Judgement:
    """Compare answers with the truth.

    Args:
        labels: (N,) integers in ``0 .. classes - 1``, N at least 1.
        answers: (N,) integers in the same range, or -1 for no answer.
        classes: how many.
    """
    answered = answers >= 0
    confusion = metrics.confusion_matrix(labels[answered], answers[answered], classes)
    unanswered = np.bincount(labels[~answered], minlength=classes)
    shares = metrics.per_class_accuracy(np.column_stack([confusion, unanswered]))
    return Judgement(
        n=len(labels),
        accuracy=metrics.accuracy(labels, answers),
        interval=metrics.wilson_interval(int(confusion.trace()), len(labels)),
        per_class=[None if np.isnan(share) else float(share) for share in shares],
        confusion=confusion,
        unanswered=unanswered,
    )
