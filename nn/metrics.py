"""Metrics of predictions, as functions of arrays."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nn import checks


def accuracy(labels: np.ndarray, predictions: np.ndarray) -> float:
    """The fraction of correct predictions.

    Args:
        labels: (N,) integers, the true classes.
        predictions: (N,) integers.

    Returns:
        In [0, 1].

    Raises:
        ValueError: they are not integers of one length, or there are none.
    """
    labels, predictions = _paired(("labels", labels, "iub"), ("predictions", predictions, "iub"))
    return float(np.mean(labels == predictions))


def confusion_matrix(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """Counts of each pair of true and predicted class.

    Args:
        labels: (N,) integers in ``0 .. classes - 1``, the true classes.
        predictions: (N,) integers in the same range.
        classes: the number of classes.

    Returns:
        (classes, classes) int64: ``[i, j]`` counts the samples of class i that were predicted as j.

    Raises:
        ValueError: the lengths differ, or a class is out of range.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    classes = checks.integer("classes", classes, 1)
    labels, predictions = _paired(("labels", labels, "iub"), ("predictions", predictions, "iub"), empty=True)
    for name, values in (("labels", labels), ("predictions", predictions)):
        if values.size and not 0 <= values.min() <= values.max() < classes:
            raise ValueError(f"expected {name} of 0 to {classes - 1}, found {values.min()} to {values.max()}")
    pairs = labels.astype(np.int64) * classes + predictions.astype(np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def per_class_accuracy(confusion: np.ndarray) -> np.ndarray:
    """The recall of each class.

    Args:
        confusion: (classes, columns), from ``confusion_matrix``; further columns count as wrong.

    Returns:
        (classes,) float64 in [0, 1]; NaN for a class without samples.
    """
    confusion = checks.array("confusion", confusion, ndim=2)
    if confusion.shape[1] < len(confusion):
        raise ValueError(f"confusion: expected at least as many columns as rows, got the shape {confusion.shape}")
    totals = confusion.sum(axis=1)
    recalls = np.full(len(totals), np.nan)
    np.divide(confusion.diagonal(), totals, out=recalls, where=totals > 0)
    return recalls


def wilson_interval(correct: int, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Wilson's score interval for a proportion, such as an accuracy.

    Unlike the normal approximation, it is valid near 0 and 1.
    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    J. Am. Stat. Assoc. 22 (1927).

    Args:
        correct: number of successes, 0 to n.
        n: number of trials.
        z: the normal quantile of the confidence level; the default is for 95 %.

    Returns:
        (low, high), 0 <= low <= correct / n <= high <= 1; (0, 1) for n = 0.

    Raises:
        ValueError: ``correct`` is not in ``0 .. n``.

    >>> low, high = wilson_interval(9900, 10000)
    >>> f"{low:.4f} to {high:.4f}"
    '0.9879 to 0.9918'
    """
    n = checks.integer("n", n, 0)
    correct = checks.integer("correct", correct, 0, n)
    z = checks.number("z", z, 0)
    if n == 0:
        return 0.0, 1.0
    proportion = correct / n
    shrink = 1 / (1 + z * z / n)
    centre = (proportion + z * z / (2 * n)) * shrink
    half = z * math.sqrt(proportion * (1 - proportion) / n + z * z / (4 * n * n)) * shrink
    # Rounding may move an end of the interval beyond 0, 1 or the proportion.
    return max(0.0, min(centre - half, proportion)), min(1.0, max(centre + half, proportion))


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """The sum over bins of ``n_b / N * |accuracy_b - mean confidence_b|``.

    Bins have equal width: ``((b - 1) / bins, b / bins]``.
    Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.

    Args:
        probabilities: (N, classes), rows sum to 1.
        labels: (N,) integers, the true classes.
        bins: number of bins.

    Returns:
        In [0, 1]; 0 for perfect calibration.

    Raises:
        ValueError: the lengths differ or are 0, the rows are not probabilities, or a label is none of the classes.
    """
    probabilities, labels = _scored(probabilities, labels)
    bins = checks.integer("bins", bins, 1)
    confidence = probabilities.max(axis=1).astype(np.float64)
    surplus = (probabilities.argmax(axis=1) == labels) - confidence
    bin_of = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    return float(np.abs(np.bincount(bin_of, weights=surplus, minlength=bins)).sum() / len(labels))


def negative_log_likelihood(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The mean of ``-log p(label)``: cross-entropy, from probabilities.

    A probability of 0 counts as the smallest normal number of its dtype, so that the mean is finite (at most 87 nats
    in float32). Source: I. J. Good, "Rational decisions", J. R. Stat. Soc. B 14 (1952).

    Args:
        probabilities: (N, classes) float32 or float64, rows sum to 1.
        labels: (N,) integers, the true classes.

    Returns:
        In nats, at least 0.

    Raises:
        ValueError: the lengths differ or are 0, the rows are not probabilities, or a label is none of the classes.
    """
    probabilities, labels = _scored(probabilities, labels)
    of_label = probabilities[np.arange(len(labels)), labels]
    smallest = np.finfo(probabilities.dtype).tiny
    return float(-np.log(np.maximum(of_label, smallest), dtype=np.float64).mean())


def mcnemar(correct_a: np.ndarray, correct_b: np.ndarray) -> float:
    """McNemar's exact test of whether two models have the same accuracy on the same samples.

    It uses the samples that exactly one model classifies correctly: under the null hypothesis, each model is the
    correct one with probability 1/2. The binomial distribution is summed exactly, so it is valid for few samples.
    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
    percentages", Psychometrika 12 (1947).

    Args:
        correct_a: (N,) bool, whether model A is correct for each sample.
        correct_b: (N,) bool, the same for model B.

    Returns:
        The two-sided p-value in [0, 1].

    Raises:
        ValueError: they are not booleans of one length.

    >>> mcnemar(np.array([True] * 10), np.array([False] * 6 + [True] * 4))
    0.03125
    """
    a, b = _paired(("correct_a", correct_a, "b"), ("correct_b", correct_b, "b"), empty=True)
    only_a, only_b = int(np.sum(a & ~b)), int(np.sum(b & ~a))
    n = only_a + only_b
    tail, ways = 0, 1  # integers: exact for any n
    for k in range(min(only_a, only_b) + 1):
        tail += ways
        ways = ways * (n - k) // (k + 1)  # the next binomial coefficient
    return min(1.0, 2 * tail / 2**n)


def writer_mean_accuracy(correct: np.ndarray, writers: np.ndarray) -> float:
    """The macro average over writers: the mean of each writer's accuracy.

    Args:
        correct: (N,) bool, whether each sample was classified correctly.
        writers: (N,) of any sortable type, the writer of each sample.

    Returns:
        In [0, 1].

    Raises:
        ValueError: the lengths differ or are 0, or ``correct`` is not booleans.
    """
    correct, writers = _paired(("correct", correct, "b"), ("writers", writers, "biufUSO"))
    _, writer = np.unique(writers, return_inverse=True)
    return float(np.mean(np.bincount(writer, weights=correct) / np.bincount(writer)))


def writer_bootstrap_interval(
    correct: np.ndarray, writers: np.ndarray, *, repetitions: int = 10_000, seed: int = 0
) -> tuple[float, float]:
    """A 95 % interval of the accuracy on other people's samples: the cluster bootstrap, which draws whole writers.

    One writer's samples are alike, so intervals that count each sample by itself are too narrow.
    Source: A. C. Davison and D. V. Hinkley, "Bootstrap methods and their application", section 3.8, 1997.

    Args:
        correct: (N,) bool, whether each sample was classified correctly.
        writers: (N,) of any sortable type, the writer of each sample.
        repetitions: number of times that as many writers as there are are drawn with replacement.
        seed: of the draws.

    Returns:
        (low, high) in [0, 1]: the percentiles 2.5 and 97.5 of the accuracy.

    Raises:
        ValueError: the lengths differ or are 0, or ``correct`` is not booleans.

    >>> low, high = writer_bootstrap_interval(np.arange(100) >= 10, np.arange(100) // 10)
    >>> f"{low:.2f} to {high:.2f}"
    '0.70 to 1.00'
    """
    correct, writers = _paired(("correct", correct, "b"), ("writers", writers, "biufUSO"))
    repetitions = checks.integer("repetitions", repetitions, 1)
    _, writer = np.unique(writers, return_inverse=True)
    right, total = np.bincount(writer, weights=correct), np.bincount(writer)
    rng = np.random.default_rng(seed)
    accuracies = np.empty(repetitions)
    for first in range(0, repetitions, 1000):
        part = accuracies[first : first + 1000]
        times = rng.multinomial(len(total), np.full(len(total), 1 / len(total)), len(part))
        part[:] = times @ right / (times @ total)
    low, high = np.percentile(accuracies, (2.5, 97.5))
    return float(low), float(high)


def character_error_rate(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """The character error rate (CER) of texts: the sum of their edit distances over the characters that are right.

    Args:
        references: the true texts, not all empty.
        hypotheses: what was read, a text for each.

    Returns:
        0 or more; above 1 where more is inserted than there is.

    Raises:
        ValueError: the numbers of texts differ, or the true ones have no characters.

    >>> character_error_rate(["2026", "17"], ["2020", "7"])
    0.3333333333333333
    """
    if len(references) != len(hypotheses):
        raise ValueError(f"expected as many texts as references, got {len(hypotheses)} and {len(references)}")
    length = sum(map(len, references))
    if not length:
        raise ValueError("references: expected at least one character, got none")
    return sum(map(edit_distance, references, hypotheses)) / length


def edit_distance(reference: str, hypothesis: str) -> int:
    """The Levenshtein distance: the least number of insertions, deletions and substitutions of characters.

    >>> edit_distance("2026", "206")
    1
    """
    distances = list(range(len(hypothesis) + 1))  # to the first characters of the hypothesis
    for row, character in enumerate(reference, start=1):
        diagonal, distances[0] = distances[0], row
        for column, other in enumerate(hypothesis, start=1):
            substituted = diagonal + (character != other)
            diagonal = distances[column]
            distances[column] = min(substituted, distances[column] + 1, distances[column - 1] + 1)
    return distances[-1]


def _paired(*named: tuple[str, Any, str], empty: bool = False) -> list[np.ndarray]:
    """Each (name, array, kinds of dtype) as an array (N,) of one of those kinds; N may only be 0 with ``empty``."""
    arrays = []
    for name, values, kinds in named:
        is_empty = isinstance(values, list) and not values  # an array of floats then
        arrays.append(checks.array(name, np.array([], kinds[0]) if is_empty else values, kinds, ndim=1))
    if len(set(map(len, arrays))) > 1:
        raise ValueError(f"expected arrays of one length, got {' and '.join(str(len(array)) for array in arrays)}")
    if not len(arrays[0]) and not empty:
        raise ValueError("expected at least one sample, got none")
    return arrays


def _scored(probabilities: object, labels: object) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (N, classes) and the labels (N,), N at least 1."""
    rows = checks.finite("probabilities", checks.array("probabilities", probabilities, "f", ndim=2))
    if not len(rows):
        raise ValueError("expected at least one sample, got none")
    if len(rows) != len(np.atleast_1d(np.asarray(labels))):
        raise ValueError(f"expected arrays of one length, got {len(rows)} and {len(np.atleast_1d(np.asarray(labels)))}")
    if rows.min() < 0 or not np.allclose(rows.sum(axis=1, dtype=np.float64), 1, atol=1e-2):
        raise ValueError("probabilities: expected rows of probabilities that sum to 1, got others, such as logits")
    return rows, checks.labels("labels", labels, *rows.shape)
