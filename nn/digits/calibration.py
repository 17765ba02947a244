"""What a network's probabilities mean: how sure it may be, and when its answer is that there is none.

Networks are surer than they are right. Their probabilities to the power of ``1 / temperature``, scaled to sum to 1
again, are as sure as they should be, once the temperature has been chosen on images that they have not learned from.

Nor is the softmax's word on what is no digit worth much: a network that knows digits alone takes most letters for one,
and is sure of it. One that has learned what is no digit as a class of its own says how likely that is; above a
threshold, which so and so many of true digits exceed, there is no answer.

Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nn.digits.strokes import CLASSES

#: Where the temperature is sought, and how exactly.
TEMPERATURES = (0.05, 20.0)
TOLERANCE = 1e-4

#: The share of the generator's digits that may go without an answer. People's are refused about as often: of those
#: by 30 people that this was chosen with, 0.25 %.
REFUSED = 0.002


@dataclass(frozen=True)
class Calibration:
    """How to read a network's probabilities.

    Attributes:
        temperature: above 1 it makes them less sure, below 1 surer.
        threshold: where the class for what is no digit is likelier than this, there is no answer; 1 for never.

    Raises:
        ValueError: the temperature is not a finite number above 0, or the threshold not in [0, 1].
    """

    temperature: float = 1.0
    threshold: float = 1.0

    def __post_init__(self) -> None:
        for name, valid in (
            ("temperature", lambda value: 0 < value < math.inf),
            ("threshold", lambda value: 0 <= value <= 1),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not valid(value):
                raise ValueError(f"calibration: expected a {name} in its range, got {value!r}")

    def to_dict(self) -> dict[str, float]:
        """The same as JSON takes it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Calibration":
        """What ``document`` gave.

        Raises:
            TypeError, ValueError: it is not a calibration's.
        """
        return cls(**dict(document))

    def digits(self, probabilities: np.ndarray) -> np.ndarray:
        """How likely each digit is, if it is one: (N, 10) float32, rows sum to 1.

        Args:
            probabilities: (N, 10), or (N, 11) with the class for what is no digit.
        """
        return _tempered(_logarithms(probabilities), self.temperature)


def fit(probabilities: np.ndarray, labels: np.ndarray, refused: float = REFUSED) -> Calibration:
    """The calibration for a network, from what it says of images that it has not learned from.

    The temperature is that of the least negative log-likelihood, which is convex in ``1 / temperature``; its slope
    there, the mean of the logarithms expected less that of the truth's, is brought to 0 by bisection.

    Args:
        probabilities: (N, 10), or (N, 11) with the class for what is no digit.
        labels: (N,) the truth, some of it digits; from 10 on, no digits, of which only digits' are used.
        refused: the share of the digits that may go without an answer.

    Raises:
        ValueError: there are no digits among them.
    """
    probabilities, labels = probabilities[labels < CLASSES], labels[labels < CLASSES]
    if not len(labels):
        raise ValueError("calibration: expected some digits, got none")
    logarithms = _logarithms(probabilities)
    of_truth = np.take_along_axis(logarithms, labels[:, None], axis=1).mean(dtype=np.float64)
    low, high = TEMPERATURES
    while high / low > 1 + TOLERANCE:
        temperature = math.sqrt(low * high)
        expected = (_tempered(logarithms, temperature) * logarithms).sum(axis=1).mean(dtype=np.float64)
        low, high = (low, temperature) if of_truth > expected else (temperature, high)
    threshold = 1.0
    if probabilities.shape[1] > CLASSES:
        threshold = float(np.quantile(probabilities[:, CLASSES], 1 - refused, method="higher"))
    return Calibration(math.sqrt(low * high), threshold)


def _logarithms(probabilities: np.ndarray) -> np.ndarray:
    """The logarithms (N, 10) of the digits' probabilities; of one that has underflowed, the smallest number's."""
    smallest = np.finfo(probabilities.dtype).tiny
    return np.log(np.maximum(probabilities[:, :CLASSES], smallest))


def _tempered(logarithms: np.ndarray, temperature: float) -> np.ndarray:
    scaled = (logarithms - logarithms.max(axis=1, keepdims=True)) / temperature
    np.exp(scaled, out=scaled)
    scaled /= scaled.sum(axis=1, keepdims=True)
    return scaled.astype(np.float32, copy=False)
