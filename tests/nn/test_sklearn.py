"""The classifier for scikit-learn; skipped without it."""

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6", reason="needs the extra sklearn")

from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import check_estimator

from nn.recipes import Recipe
from nn.sklearn import DigitClassifier


@pytest.fixture(scope="module")
def digits():
    """Images (300, 64) of handwritten digits, from 0 to 16, and their labels as text."""
    data = load_digits()
    return data.data[:300], data.target[:300].astype(str)


@pytest.mark.filterwarnings("default::sklearn.exceptions.DataConversionWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_every_check_of_scikit_learn_passes():
    results = check_estimator(DigitClassifier(epochs=10), on_fail=None)
    assert [result["check_name"] for result in results if result["status"] not in ("passed", "skipped")] == []
    assert len(results) > 30


def test_grid_search_in_processes_gives_the_same_bits(digits):
    """Each worker has its share of the cores, and so another number of threads."""
    search = [
        GridSearchCV(DigitClassifier(epochs=1), {"seed": [0, 1]}, cv=2, n_jobs=jobs).fit(*digits) for jobs in (1, 2)
    ]
    np.testing.assert_array_equal(*(each.cv_results_["mean_test_score"] for each in search))
    np.testing.assert_array_equal(*(each.predict_proba(digits[0]) for each in search))


def test_reads_digits(digits):
    X, y = digits
    classifier = DigitClassifier(epochs=30).fit(X[:200], y[:200])
    assert classifier.arch_ == "baseline"
    assert classifier.model_.input_shape == (8, 8, 1)
    assert classifier.score(X[200:], y[200:]) > 0.8
    images = X.reshape(-1, 8, 8)
    again = DigitClassifier(epochs=30).fit(images[:200], y[:200])
    np.testing.assert_array_equal(again.predict_proba(images), classifier.predict_proba(X))


def test_a_recipe_of_ones_own(digits):
    classifier = clone(DigitClassifier(arch="mlp", recipe=Recipe(epochs=1, ema_decay=0.5)))
    assert classifier.fit(*digits).predict(digits[0][:3]).dtype.kind == "U"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"arch": "depp"}, "expected one of baseline, .*, or a file of layers, got 'depp'"),
        ({"recipe": "fast"}, "expected one of default, .*, got 'fast'"),
        ({"epochs": 0}, "epochs: expected an integer >= 1, got 0"),
        ({"seed": None}, "seed: expected an integer >= 0, got None"),
        ({"arch": "baseline"}, "expected images"),
    ],
)
def test_options_that_do_not_fit(options, message):
    with pytest.raises(ValueError, match=message):
        DigitClassifier(**options).fit(np.eye(10), np.arange(10))
