"""A page of two lines, and its answer, for tests."""

import numpy as np

from nn.digits import Line, LineDigit, Mark, Page, Prediction

PROBABILITIES = np.array([0.91, *9 * [0.01]], np.float32)


def digit(label, box):
    prediction = Prediction(label, np.roll(PROBABILITIES, label or 0), np.zeros((28, 28), np.float32))
    return LineDigit(prediction, box)


PAGE = Page(
    (
        Line((digit(1, (10.0, 10.0, 20.04, 40.0)), digit(5, (40.0, 10.0, 60.0, 40.0))), (Mark(".", (25, 35, 29, 40)),)),
        Line((digit(None, (10.0, 60.0, 30.0, 90.0)),)),
    )
)
