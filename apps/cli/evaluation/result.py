"""The result of an evaluation: predictions and metrics, printed and plotted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from apps.cli.evaluation.report import REJECTED, EvaluationReport

MAX_TITLE = 40  # characters of the networks' names


@dataclass(frozen=True)
class Evaluation:
    """Predictions for a set of samples, and their metrics.

    Attributes:
        title: the networks and the samples, in words.
        images: (N, H, W), what the network was shown.
        labels, predictions: (N,) integers; a prediction may be `REJECTED`.
        probabilities: (N, classes).
        report: accuracy and confusion matrix; None if there are no samples of single digits.
        metrics: all metrics, as JSON values.
        lines: the metrics as text.
        unreadable: number of files that could not be read; they count as wrong.
        tables: of kinds of samples, each as lines of text.
    """

    title: str
    images: np.ndarray
    labels: np.ndarray
    predictions: np.ndarray
    probabilities: np.ndarray
    report: EvaluationReport | None
    metrics: dict[str, Any]
    lines: list[str]
    unreadable: int = 0
    tables: tuple[list[str], ...] = ()


def networks_name(paths: Sequence[Path]) -> str:
    """The network in titles, or the ensemble: the names of its members if they are short and distinct."""
    names = [path.stem for path in paths]
    listed = " + ".join(names)
    if len(names) == 1 or (len(set(names)) == len(names) and len(listed) <= MAX_TITLE):
        return listed
    return f"ensemble of {len(names)} networks"


def print_evaluation(evaluation: Evaluation, *, quiet: bool) -> None:
    """Print the metrics; unless ``quiet``, the title and the confusion matrix too."""
    report, text = evaluation.report, [*evaluation.lines]
    if report is not None:
        low, high = report.interval
        text.append(f"95 % interval: {low:.4f} to {high:.4f}, from {report.n:,} samples")
    for table in evaluation.tables:
        text += ["", *table]
    if not quiet:
        text = [evaluation.title, *text, *(["", report.text()] if report is not None else [])]
    print("\n".join(text), flush=True)


def plot_evaluation(evaluation: Evaluation, folder: Path) -> None:
    """Plot the confusion matrix and the highest-confidence errors."""
    from apps.cli import plots

    report = evaluation.report
    if report is None:
        return
    table, names = report.table()
    title = f"{evaluation.title}: accuracy {100 * report.accuracy:.2f} %"
    plots.save(folder / "confusion.png", plots.draw_confusion, table, title=title, names=names)
    accepted = evaluation.predictions != REJECTED
    shown = (values[accepted] for values in (evaluation.images, evaluation.labels, evaluation.probabilities))
    title = f"{evaluation.title}: highest-confidence errors"
    plots.save(folder / "mistakes.png", plots.draw_errors, *shown, title=title, names=report.class_names)
