"""Calibration of a network's probabilities: temperature scaling, and the reject option.

Networks are overconfident. Temperature scaling raises their probabilities to the power of ``1 / temperature`` and
normalizes them again; the temperature is chosen on images that the network has not learned from.

A network with digit classes only gives most letters a high probability of some digit. A network with an 11th class
for non-digits also returns the probability that the input is not a digit. Above ``reject_threshold`` the input is
rejected: it gets no label.

Sources: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017;
C. K. Chow, "On optimum recognition error and reject tradeoff", IEEE Trans. Information Theory 16 (1970).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from nn import checks
from nn.deprecation import deprecated_alias
from nn.digits.strokes import CLASSES

#: The range that the temperature is searched in, and the relative tolerance.
TEMPERATURES = (0.05, 20.0)
TOLERANCE = 1e-4

#: The range of temperatures that leave the probabilities finite and tell classes apart.
TEMPERATURE_LIMITS = (1e-3, 1e3)

#: The share of synthetic digits that may be rejected. It was chosen with digits by 30 writers, of which it rejects a
#: smaller share, 0.11 %.
REJECT_RATE = 0.002


@dataclass(frozen=True)
class Calibration:
    """How to read a network's probabilities.

    Attributes:
        temperature: above 1 it lowers the confidence, below 1 it raises it.
        reject_threshold: inputs with a higher non-digit probability are rejected; 1 rejects none.

    Raises:
        ValueError: the temperature is not in ``TEMPERATURE_LIMITS``, or the threshold not in [0, 1].

    >>> Calibration(temperature=2.0).digit_probabilities(np.array([[0.8, 0.2] + 8 * [0.0]], np.float32)).round(2)[0, :2]
    array([0.67, 0.33], dtype=float32)
    """

    temperature: float = 1.0
    reject_threshold: float = 1.0

    def __post_init__(self) -> None:
        checks.number("calibration: temperature", self.temperature, *TEMPERATURE_LIMITS)
        checks.number("calibration: reject_threshold", self.reject_threshold, 0, 1)

    def to_dict(self) -> dict[str, float]:
        """The calibration as it is stored in weights files."""
        return {"temperature": self.temperature, "threshold": self.reject_threshold}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> "Calibration":
        """The inverse of `to_dict`.

        Raises:
            TypeError, ValueError: the entries are not those of a calibration.
        """
        return cls(**{"reject_threshold" if name == "threshold" else name: value for name, value in entries.items()})

    @classmethod
    def mean(cls, calibrations: Sequence["Calibration"]) -> "Calibration":
        """An approximate calibration for the mean of several networks' probabilities."""
        return cls(*(sum(values) / len(values) for values in zip(*map(astuple, calibrations), strict=True)))

    def digit_probabilities(self, probabilities: np.ndarray) -> np.ndarray:
        """The calibrated probability of each digit, given that it is one: (N, 10) float32, rows sum to 1.

        Args:
            probabilities: (N, 10), or (N, 11) with the class for non-digits.
        """
        return _softmax(_log_probabilities(_checked(probabilities)), self.temperature)

    threshold = deprecated_alias("reject_threshold")
    document = deprecated_alias("to_dict")
    of_document = deprecated_alias("from_dict")
    digits = deprecated_alias("digit_probabilities")


def fit(probabilities: np.ndarray, labels: np.ndarray, reject_rate: float = REJECT_RATE) -> Calibration:
    """The calibration for a network, from its probabilities for images that it has not learned from.

    The temperature minimizes the negative log-likelihood, which is convex in ``1 / temperature``. Bisection finds the
    root of its derivative: the mean expected log-probability minus the mean log-probability of the labels.

    Args:
        probabilities: (N, 10), or (N, 11) with the class for non-digits.
        labels: (N,) true labels; non-digits have labels from 10 on and are ignored.
        reject_rate: the share of the digits that may be rejected.

    Raises:
        ValueError: no label is a digit, or an argument is not what it should be.
    """
    probabilities = checks.finite("calibration: probabilities", _checked(probabilities))
    labels = checks.labels("calibration: labels", labels, len(probabilities), np.iinfo(np.int64).max)
    reject_rate = checks.number("calibration: reject_rate", reject_rate, 0, 1)
    probabilities, labels = probabilities[labels < CLASSES], labels[labels < CLASSES]
    if not len(labels):
        raise ValueError("calibration: expected some digits, got none")
    logarithms = _log_probabilities(probabilities)
    of_truth = np.take_along_axis(logarithms, labels[:, None], axis=1).mean(dtype=np.float64)
    low, high = TEMPERATURES
    while high / low > 1 + TOLERANCE:
        temperature = math.sqrt(low * high)
        expected = (_softmax(logarithms, temperature) * logarithms).sum(axis=1).mean(dtype=np.float64)
        low, high = (low, temperature) if of_truth > expected else (temperature, high)
    threshold = 1.0
    if probabilities.shape[1] > CLASSES:
        threshold = float(np.quantile(probabilities[:, CLASSES], 1 - reject_rate, method="higher"))
    return Calibration(math.sqrt(low * high), threshold)


def _checked(probabilities: np.ndarray) -> np.ndarray:
    """``probabilities``, (N, 10) or (N, 11) floats."""
    if (
        not isinstance(probabilities, np.ndarray)
        or probabilities.ndim != 2
        or probabilities.shape[1] not in (CLASSES, CLASSES + 1)
        or probabilities.dtype.kind != "f"
    ):
        found = checks.shown(probabilities)
        raise ValueError(
            f"calibration: probabilities: expected floats (N, {CLASSES}) or (N, {CLASSES + 1}), got {found}"
        )
    return probabilities


def _log_probabilities(probabilities: np.ndarray) -> np.ndarray:
    """The logarithms (N, 10) of the digits' probabilities; finite, even if a probability is 0."""
    smallest = np.finfo(probabilities.dtype).tiny
    return np.log(np.maximum(probabilities[:, :CLASSES], smallest))


def _softmax(logarithms: np.ndarray, temperature: float) -> np.ndarray:
    scaled = (logarithms - logarithms.max(axis=1, keepdims=True)) / temperature
    np.exp(scaled, out=scaled)
    scaled /= scaled.sum(axis=1, keepdims=True)
    return scaled.astype(np.float32, copy=False)
