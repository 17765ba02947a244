"""The misclassified test images."""

import numpy as np

from apps.draw.engine.analyses.try_me import errors
from apps.draw.engine.model import recognize


def test_errors_have_the_highest_confidence_first(models, request_seven):
    *_, (_, found) = errors(models, request_seven)
    probabilities = models.current.network.predict(models.mnist.test_images)[:, :10]
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != models.mnist.test_labels)
    assert 0 < len(found.documents) <= len(wrong)
    assert found.note.startswith(f"{len(wrong)} of {len(models.mnist.test_labels)} test images")
    confidence = []
    for document, answer in zip(found.documents, found.answers, strict=True):
        prediction = recognize(models.current, document)
        assert prediction.label == answer != document.label
        confidence.append(prediction.confidence)
    assert confidence == sorted(confidence, reverse=True)


def test_they_are_computed_once(models, request_seven):
    *_, last = errors(models, request_seven)
    assert list(errors(models, request_seven)) == [last]


def test_without_a_network_it_says_so(no_network, request_seven):
    ((_, found),) = errors(no_network, request_seven)
    assert (found.documents, bool(found.note)) == ((), True)
