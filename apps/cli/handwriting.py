"""More that a recognizer of drawings is judged by: what is no digit, rows, and what it learns from its user."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from apps.cli.lines import DIGITS, compose
from nn import metrics
from nn.digits import synthesis
from nn.digits.adapted_model import AdaptedModel
from nn.digits.rasterize import strokes_to_image
from nn.digits.recognizer import Prediction, Recognizer
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import CLASSES, replay
from nn.fold import optimize_for_inference
from nn.model import Sequential

#: Made-up drawings of each kind.
OF_A_KIND = 250

#: Drawings whose answers are timed, and those before them that are not.
TIMED, WARM_UP = 1000, 20

#: The stream of the generator that no training takes.
STREAM = 2

#: Choices of what is corrected, of each writer: one alone says little about the few that are left.
CHOICES = 10

#: Drawings of symbols that no training has, and the share of digits that a threshold may leave without an answer.
UNLEARNED, SPARED = 2000, 0.01


@dataclass(frozen=True)
class Rows:
    """How rows of digits were read.

    Attributes:
        n: how many there were of each sort.
        apart, touching: the share without a mistake.
    """

    n: int
    apart: float
    touching: float


@dataclass(frozen=True)
class Teaching:
    """What learning from one writer's corrected drawings did: a lesson for each choice of them.

    Attributes:
        writer: who.
        taught: how many drawings were corrected.
        n: how many others there are of the same writer.
        before: how many of these were read wrong.
        after: how many still were, after each lesson.
        seconds: how long each took.
        test_changes: the accuracy on a test set, after each less before; none without one.
    """

    writer: int
    taught: int
    n: int
    before: int
    after: list[int]
    seconds: list[float]
    test_changes: list[float]


def refused(recognizer: Recognizer, seed: int) -> dict[str, float]:
    """Of made-up drawings of no digit, the share that gets no answer, by their kind."""
    shares = {}
    for number, kind in enumerate(synthesis.KINDS):
        rng = np.random.default_rng((seed, STREAM, number))
        said = recognizer.recognize_many(synthesis.sample_non_digit(rng, kind) for _ in range(OF_A_KIND))
        shares[kind] = sum(each.label is None for each in said) / OF_A_KIND
    return shares


def unlearned_refused(recognizer: Recognizer, digits: Sequence[Prediction], seed: int) -> tuple[float, float]:
    """Of made-up symbols that no network has learned from, the share that gets no answer.

    Args:
        recognizer: what reads them.
        digits: what it said of drawings of digits.
        seed: draws the symbols.

    Returns:
        The share, and what it would be with the threshold at which ``SPARED`` of the digits get no answer.
    """
    rng = np.random.default_rng((seed, STREAM, len(synthesis.KINDS)))
    said = recognizer.recognize_many(synthesis.sample_held_out(UNLEARNED, rng))
    none = np.array([each.label is None for each in said])
    least = np.quantile([each.digit_probability for each in digits], SPARED)
    below = np.array([each.digit_probability < least for each in said])
    return float(none.mean()), float((none | below).mean())


def seconds_to_answer(recognizer: Recognizer, samples: StrokeSet, seed: int) -> np.ndarray:
    """How long each of ``TIMED`` drawings takes from its strokes to the answer, one after the other; warmed up."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(samples), TIMED)
    drawings = [replay(samples.strokes(int(index)), rng) for index in chosen]
    seconds = []
    for drawing in [*drawings[:WARM_UP], *drawings]:
        began = time.perf_counter()
        recognizer.recognize(drawing)
        seconds.append(time.perf_counter() - began)
    return np.array(seconds[-TIMED:])


def read_rows(recognizer: Recognizer, samples: StrokeSet, count: int, seed: int) -> Rows:
    """Read rows of four digits by one writer, apart from each other, and with lines that just touch."""
    shares = []
    for touching in (None, 0.0):
        rng = np.random.default_rng((seed, touching is None))
        right = 0
        for _ in range(count):
            of_one = np.flatnonzero(samples.writer == rng.choice(samples.writer))
            chosen = rng.choice(of_one, DIGITS)
            row = compose([samples.strokes(int(index)) for index in chosen], rng, touching=touching)
            right += recognizer.recognize_line(row).text == "".join(map(str, samples.label[chosen]))
        shares.append(right / count)
    return Rows(count, *shares)


def teach(
    weights: Path,
    samples: StrokeSet,
    count: int,
    below: float,
    seed: int,
    test_set: tuple[np.ndarray, np.ndarray] | None = None,
) -> list[Teaching]:
    """Correct mistakes of each writer who is read worse than ``below``, and read all else of the same writer.

    Which are corrected is drawn ``CHOICES`` times: ``count`` at most, and no more than half of them.

    Args:
        weights: of the network.
        samples: by the writers.
        count: how many are corrected.
        below: the accuracy.
        seed: draws the sizes, the places and what is corrected.
        test_set: images and labels to see what was forgotten, if there are any.
    """
    rng = np.random.default_rng(seed)
    drawings = [replay(samples.strokes(index), rng) for index in range(len(samples))]
    recognizer = Recognizer.load(weights)
    knew = None if test_set is None else _share_right(AdaptedModel(weights).model, *test_set)
    results = []
    for writer in np.unique(samples.writer).tolist():
        own = np.flatnonzero(samples.writer == writer)
        wrong = _wrong(recognizer, drawings, samples, own)
        if 1 - len(wrong) / len(own) >= below or len(wrong) < 2:
            continue
        size = min(count, len(wrong) // 2)
        result = Teaching(writer, size, len(own) - size, len(wrong) - size, [], [], [])
        for _ in range(CHOICES):
            taught, began = rng.permutation(wrong)[:size], time.perf_counter()
            images = [strokes_to_image(drawings[index]) for index in taught]
            model = AdaptedModel(weights).learn(images, samples.label[taught].tolist())
            result.seconds.append(time.perf_counter() - began)
            reader, others = (
                Recognizer(optimize_for_inference(model), recognizer.calibration),
                np.setdiff1d(own, taught),
            )
            result.after.append(len(_wrong(reader, drawings, samples, others)))
            if knew is not None and test_set is not None:
                result.test_changes.append(_share_right(model, *test_set) - knew)
        results.append(result)
    return results


def _share_right(model: Sequential, images: np.ndarray, labels: np.ndarray) -> float:
    answers = optimize_for_inference(model).predict(images)[:, :CLASSES].argmax(axis=1)
    return metrics.accuracy(labels, answers)


def _wrong(
    recognizer: Recognizer, drawings: Sequence[Sequence[np.ndarray]], samples: StrokeSet, chosen: np.ndarray
) -> np.ndarray:
    """Those of the samples that are not read right."""
    said = recognizer.recognize_many(drawings[index] for index in chosen)
    right = np.array([each.label == label for each, label in zip(said, samples.label[chosen], strict=True)])
    return chosen[~right]
