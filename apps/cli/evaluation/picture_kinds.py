"""Metrics of pictures by their kind: photographs, scans, lines, pages, ..."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.cli.evaluation.tables import Values
from nn import metrics
from nn.digits.picture_set import LabelledPicture
from nn.digits.prediction import Prediction


@dataclass(frozen=True)
class LineReading:
    """What was read of a picture of a line or a page.

    Attributes:
        kind: of the picture.
        label, text: the true digits and those that were read; the lines of a page are separated by slashes.
        one_digit: whether it is read as one digit where one is expected.
        unreadable: whether the file could not be read; the text is empty then.
    """

    kind: str
    label: str
    text: str = ""
    one_digit: bool = False
    unreadable: bool = False


def digits(samples: Sequence[LabelledPicture], predictions: Sequence[Prediction | None]) -> dict[str, Values]:
    """The metrics of pictures of single digits, by kind; a prediction is None where a file can't be read."""
    kinds: dict[str, Values] = {}
    for kind in dict.fromkeys(sample.kind for sample in samples):
        pairs = [pair for pair in zip(samples, predictions, strict=True) if pair[0].kind == kind]
        read = [(sample.label, found) for sample, found in pairs if found is not None]
        kinds[kind] = {
            "n": len(pairs),
            "accuracy": sum(str(found.label) == label for label, found in read) / len(pairs),
            "rejected": sum(found.label is None for _, found in read),
            "unreadable": len(pairs) - len(read),
        }
    return kinds


def lines(readings: Sequence[LineReading]) -> dict[str, Values]:
    """The metrics of pictures of lines and pages, by kind."""
    kinds: dict[str, Values] = {}
    for kind in dict.fromkeys(reading.kind for reading in readings):
        own = [reading for reading in readings if reading.kind == kind]
        error_rate = metrics.character_error_rate([each.label for each in own], [each.text for each in own])
        kinds[kind] = {
            "n": len(own),
            "exact": sum(each.text == each.label for each in own) / len(own),
            "character_error_rate": error_rate,
            "one_digit": sum(each.one_digit for each in own),
            "unreadable": sum(each.unreadable for each in own),
        }
    return kinds
