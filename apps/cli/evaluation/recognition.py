"""Recognition of held-out ways to write digits, rejection of non-digits, and the latency of recognition."""

import time
from collections.abc import Sequence

import numpy as np

from nn.digits import synthesis
from nn.digits.recognizer import Prediction, Recognizer
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import replay

#: Synthetic drawings of each kind of non-digit, held-out symbols, and held-out drawings of each digit.
PER_KIND, HELD_OUT, PER_DIGIT = 250, 2000, 500

#: The share of digits that the stricter threshold rejects.
REJECTED_DIGITS = 0.01

#: Drawings that are timed, and those before them that are not.
TIMED, WARM_UP = 1000, 20

#: The stream of the generator; training takes others.
STREAM = 2


def non_digit_rejection(
    recognizer: Recognizer, digits: Sequence[Prediction], seed: int
) -> tuple[dict[str, float], float]:
    """The share of synthetic non-digits (letters, scribbles, ...) that is rejected.

    Args:
        recognizer: the recognizer to evaluate.
        digits: its predictions for drawings of digits.
        seed: of the non-digits.

    Returns:
        The share of each kind at the recognizer's threshold, and the mean of the kinds at a threshold that rejects
        ``REJECTED_DIGITS`` of the digits.
    """
    shares, stricter = {}, []
    for number, kind in enumerate(synthesis.KINDS):
        rng = np.random.default_rng((seed, STREAM, number))
        predictions = recognizer.recognize_many(synthesis.sample_non_digit(rng, kind) for _ in range(PER_KIND))
        shares[kind], share = _rejected(predictions, digits)
        stricter.append(share)
    return shares, float(np.mean(stricter))


def held_out_rejection(recognizer: Recognizer, digits: Sequence[Prediction], seed: int) -> tuple[float, float]:
    """The share of held-out symbols, which no network is trained on, that is rejected.

    Args:
        recognizer, digits, seed: as `non_digit_rejection` takes them.

    Returns:
        The share at the recognizer's threshold, and at a threshold that rejects ``REJECTED_DIGITS`` of the digits.
    """
    rng = np.random.default_rng((seed, STREAM, len(synthesis.KINDS)))
    return _rejected(recognizer.recognize_many(synthesis.sample_held_out(HELD_OUT, rng)), digits)


def held_out_digit_accuracy(recognizer: Recognizer, seed: int) -> dict[int, float]:
    """The accuracy on held-out ways to write digits, by digit. The zeros are slashed. A rejected drawing is wrong."""
    shares = {}
    for digit in synthesis.HELD_OUT_DIGITS:
        rng = np.random.default_rng((seed, STREAM, len(synthesis.KINDS) + 1, digit))
        predictions = recognizer.recognize_many(synthesis.sample_held_out_digit(digit, PER_DIGIT, rng))
        shares[digit] = sum(prediction.label == digit for prediction in predictions) / PER_DIGIT
    return shares


def latency(recognizer: Recognizer, samples: StrokeSet, seed: int) -> np.ndarray:
    """Seconds from strokes to prediction, (``TIMED``,) float64, one drawing after the other, after a warm-up."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(samples), TIMED)
    drawings = [replay(samples.strokes(int(index)), rng) for index in chosen]
    seconds = []
    for drawing in [*drawings[:WARM_UP], *drawings]:
        start = time.perf_counter()
        recognizer.recognize(drawing)
        seconds.append(time.perf_counter() - start)
    return np.array(seconds[-TIMED:])


def _rejected(predictions: Sequence[Prediction], digits: Sequence[Prediction]) -> tuple[float, float]:
    """The share that is rejected, at the recognizer's threshold and at the stricter one."""
    rejected = np.array([prediction.label is None for prediction in predictions])
    threshold = np.quantile([prediction.digit_probability for prediction in digits], REJECTED_DIGITS)
    below = np.array([prediction.digit_probability < threshold for prediction in predictions])
    return float(rejected.mean()), float((rejected | below).mean())
