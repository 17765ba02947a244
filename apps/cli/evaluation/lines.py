"""Accuracy on lines of digits, composed from single drawings."""

from dataclasses import dataclass

import numpy as np

from nn.digits.recognizer import Recognizer
from nn.digits.stroke_set import StrokeSet
from nn.digits.synthesis.lines import compose_line

#: Digits in a line.
DIGITS = 4


@dataclass(frozen=True)
class LineAccuracy:
    """Accuracy on lines of digits.

    Attributes:
        n: number of lines of each sort.
        apart, touching: share of the lines that are read without an error.
    """

    n: int
    apart: float
    touching: float


def line_accuracy(recognizer: Recognizer, samples: StrokeSet, count: int, seed: int) -> LineAccuracy:
    """Read lines of ``DIGITS`` digits by one writer, with gaps between the digits and with digits that just touch."""
    shares = []
    for touching in (None, 0.0):
        rng = np.random.default_rng((seed, touching is None))
        correct = 0
        for _ in range(count):
            by_writer = np.flatnonzero(samples.writer == rng.choice(samples.writer))
            chosen = rng.choice(by_writer, DIGITS)
            line = compose_line([samples.strokes(int(index)) for index in chosen], rng, touching=touching)
            correct += recognizer.recognize_line(line).text == "".join(map(str, samples.label[chosen]))
        shares.append(correct / count)
    return LineAccuracy(count, *shares)
