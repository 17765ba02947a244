"""The effect of fine-tuning a network on a few corrected drawings of one writer."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nn import metrics
from nn.digits.adapted_model import AdaptedModel
from nn.digits.rasterize import strokes_to_image
from nn.digits.recognizer import Recognizer
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import CLASSES, replay
from nn.fold import optimize_for_inference
from nn.model import Sequential

#: Fine-tuning runs for each writer, with different corrected drawings: one run alone says little about few errors.
RUNS = 10

#: Writers who are read better are left out.
MAX_ACCURACY = 0.97


@dataclass(frozen=True)
class WriterResult:
    """Fine-tuning on one writer's corrected drawings.

    Attributes:
        writer: the writer's number.
        corrected: number of drawings that were corrected in each run.
        n: number of the writer's other drawings.
        before: errors on these before fine-tuning.
        after: errors on these after each run.
        seconds: duration of each run.
        test_changes: change of the accuracy on the test set after each run; empty without one.
    """

    writer: int
    corrected: int
    n: int
    before: int
    after: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    test_changes: list[float] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values; ``taught`` is the number of corrected drawings."""
        values = dict(vars(self))
        return {"writer": values.pop("writer"), "taught": values.pop("corrected"), **values}


def fine_tune_writers(
    weights: Path, samples: StrokeSet, count: int, seed: int, test_set: tuple[np.ndarray, np.ndarray] | None = None
) -> list[WriterResult]:
    """Correct some errors of each writer who is read worse than ``MAX_ACCURACY``, and read the other drawings again.

    Args:
        weights: file of the network.
        samples: drawings of several writers.
        count: errors to correct for each writer, at most half of them.
        seed: of sizes, places and the choice of errors.
        test_set: images and labels that show what is forgotten.
    """
    rng = np.random.default_rng(seed)
    drawings = [replay(samples.strokes(index), rng) for index in range(len(samples))]
    recognizer = Recognizer.load(weights)
    test_before = None if test_set is None else _accuracy(AdaptedModel(weights).model, *test_set)
    results = []
    for writer in np.unique(samples.writer).tolist():
        own = np.flatnonzero(samples.writer == writer)
        errors = _errors(recognizer, drawings, samples, own)
        if 1 - len(errors) / len(own) >= MAX_ACCURACY or len(errors) < 2:
            continue
        size = min(count, len(errors) // 2)
        result = WriterResult(writer, size, len(own) - size, len(errors) - size)
        for _ in range(RUNS):
            corrected, start = rng.permutation(errors)[:size], time.perf_counter()
            images = [strokes_to_image(drawings[index]) for index in corrected]
            model = AdaptedModel(weights).learn(images, samples.label[corrected].tolist())
            result.seconds.append(time.perf_counter() - start)
            tuned = Recognizer(optimize_for_inference(model), recognizer.calibration)
            result.after.append(len(_errors(tuned, drawings, samples, np.setdiff1d(own, corrected))))
            if test_before is not None and test_set is not None:
                result.test_changes.append(_accuracy(model, *test_set) - test_before)
        results.append(result)
    return results


def _accuracy(model: Sequential, images: np.ndarray, labels: np.ndarray) -> float:
    return metrics.accuracy(labels, optimize_for_inference(model).predict(images)[:, :CLASSES].argmax(axis=1))


def _errors(
    recognizer: Recognizer, drawings: Sequence[Sequence[np.ndarray]], samples: StrokeSet, chosen: np.ndarray
) -> np.ndarray:
    """The indices among ``chosen`` that are not read correctly."""
    predictions = recognizer.recognize_many(drawings[index] for index in chosen)
    labels = samples.label[chosen]
    correct = np.array([prediction.label == label for prediction, label in zip(predictions, labels, strict=True)])
    return chosen[~correct]
