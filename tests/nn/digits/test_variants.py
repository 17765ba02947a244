import dataclasses

import numpy as np

from nn.digits.painting import paint
from nn.digits.prediction import NOT_A_DIGIT, Prediction
from nn.digits.variants import MATRICES, mean_prediction, variants

SEVEN = paint([[(6.0, 6.0), (21.0, 6.0), (13.0, 22.0)]], (28, 28), 2.4) / np.float32(255)


def centre(image):
    y, x = np.indices(image.shape)
    return np.array([(x * image).sum(), (y * image).sum()]) / image.sum()


def test_variants_differ_a_little_from_the_image():
    found = variants(SEVEN)
    assert len(found) == len(MATRICES)
    for each in found:
        assert each.shape == (28, 28)
        assert 0.5 < np.corrcoef(each.ravel(), SEVEN.ravel())[0, 1] < 0.99
        assert np.abs(centre(each) - centre(SEVEN)).max() < 1
    for one, other in zip(found[:4:2], found[1:4:2], strict=True):  # to the left and to the right
        assert abs(centre(one[:10])[0] - centre(other[:10])[0]) > 1
    smaller, *_ = found[4:]
    assert (smaller > 0.5).any(axis=1).sum() < (SEVEN > 0.5).any(axis=1).sum()


def prediction(*probabilities):
    return Prediction(int(np.argmax(probabilities)), np.float32(probabilities), SEVEN, None, 0.9)


def test_the_mean_is_that_of_the_logarithms():
    mean = mean_prediction(prediction(0.6, 0.4), [prediction(0.1, 0.9), prediction(0.5, 0.5)])
    expected = np.cbrt([0.6 * 0.1 * 0.5, 0.4 * 0.9 * 0.5])
    np.testing.assert_allclose(mean.probabilities, expected / expected.sum(), rtol=1e-5)
    assert (mean.label, mean.digit_probability, mean.probabilities.dtype) == (1, 0.9, np.float32)


def test_a_probability_of_zero_does_not_decide_alone():
    assert mean_prediction(prediction(0.0, 1.0), 9 * [prediction(1.0, 0.0)]).label == 0


def test_an_image_whose_variants_are_no_digits_is_rejected():
    doubtful = prediction(0.6, 0.4)
    others = [dataclasses.replace(doubtful, digit_probability=share) for share in (0.3, 0.5)]
    mean = mean_prediction(doubtful, others)
    assert (mean.label, mean.reason) == (None, NOT_A_DIGIT)
    np.testing.assert_array_equal(mean.probabilities, doubtful.probabilities)
    assert mean_prediction(doubtful, others[1:]).label == 0
