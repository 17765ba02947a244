"""Metrics of pictures by their kind: photographs, scans, lines, pages, ..."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nn import metrics
from nn.digits.picture_set import LabelledPicture
from nn.digits.prediction import Prediction

#: The metrics of a kind, by name; the values are shares (floats) or counts (integers).
Values = dict[str, float | int]

HEADINGS = {
    "n": "n",
    "accuracy": "accuracy",
    "exact": "exactly right",
    "character_error_rate": "CER",
    "rejected": "rejected",
    "one_digit": "read as one digit",
    "unreadable": "unreadable",
}


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


def table(title: str, kinds: Mapping[str, Values]) -> list[str]:
    """The metrics as lines of text: a row for each kind. Shares are in percent.

    >>> print("\\n".join(table("digits", {"photo": {"n": 120, "accuracy": 0.95}})))
    digits    n  accuracy
    photo   120   95.00 %
    """
    columns = list(next(iter(kinds.values())))
    cells = [[title, *(HEADINGS[column] for column in columns)]]
    cells += [[kind, *map(_cell, values.values())] for kind, values in kinds.items()]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        f"{first:{widths[0]}}  {'  '.join(map(str.rjust, others, widths[1:]))}"  # the first column is aligned left
        for first, *others in cells
    ]


def _cell(value: float) -> str:
    return f"{100 * value:.2f} %" if isinstance(value, float) else f"{value:,}"
