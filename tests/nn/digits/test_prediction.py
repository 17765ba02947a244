import dataclasses

import numpy as np
import pytest

from nn.digits import Prediction


def test_a_prediction_ranks_the_digits_and_cannot_be_changed():
    probabilities = np.array([0, 0.1, 0, 0.5, 0, 0, 0, 0.3, 0.1, 0], np.float32)
    prediction = Prediction(3, probabilities, np.zeros((28, 28), np.float32))
    assert prediction.ranking == (3, 7, 1, 8, 0, 2, 4, 5, 6, 9)
    assert prediction.confidence == 0.5
    assert type(prediction.confidence) is float
    with pytest.raises(dataclasses.FrozenInstanceError):
        prediction.label = 4
