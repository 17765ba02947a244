"""Metrics of pictures by kind."""

from dataclasses import dataclass

from apps.cli.evaluation import picture_kinds
from apps.cli.evaluation.picture_kinds import LineReading
from apps.cli.evaluation.tables import table
from nn.digits.picture_set import LabelledPicture


@dataclass
class Answer:
    label: int | None


def test_digits_by_kind_count_unreadable_files_as_wrong():
    samples = [
        LabelledPicture(None, label, kind) for label, kind in (("1", "photo"), ("2", "scan"), *3 * [("3", "photo")])
    ]
    predictions = [Answer(1), Answer(2), Answer(5), Answer(None), None]
    found = picture_kinds.digits(samples, predictions)
    assert found == {
        "photo": {"n": 4, "accuracy": 0.25, "rejected": 1, "unreadable": 1},
        "scan": {"n": 1, "accuracy": 1.0, "rejected": 0, "unreadable": 0},
    }
    assert table("digits", found) == [
        "digits  n  accuracy  rejected  unreadable",
        "photo   4   25.00 %         1           1",
        "scan    1  100.00 %         0           0",
    ]


def test_lines_by_kind_have_a_character_error_rate():
    readings = [
        LineReading("line", "2026", "2026"),
        LineReading("line", "17", "7", one_digit=True),
        LineReading("page", "12/34", unreadable=True),
    ]
    assert picture_kinds.lines(readings) == {
        "line": {"n": 2, "exact": 0.5, "character_error_rate": 1 / 6, "one_digit": 1, "unreadable": 0},
        "page": {"n": 1, "exact": 0.0, "character_error_rate": 1.0, "one_digit": 0, "unreadable": 1},
    }
    assert picture_kinds.lines([]) == {}
