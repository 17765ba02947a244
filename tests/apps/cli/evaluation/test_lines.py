"""Accuracy on lines of digits."""

from apps.cli.evaluation.lines import line_accuracy
from nn.digits import Recognizer
from nn.digits.stroke_set import StrokeSet


def test_a_line_with_one_error_counts_as_wrong(samples, constant):
    ones = StrokeSet.from_samples([[[(0.0, 0.0), (1.0, 9.0)]]] * 3, [1, 1, 1])
    found = line_accuracy(Recognizer(constant(1)), ones, 4, 0)
    assert (found.n, found.apart) == (4, 1.0)
    assert line_accuracy(Recognizer(constant(1)), samples, 3, 0).apart < 1
