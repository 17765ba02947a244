"""``Sequential.fit`` and ``evaluate``, and what they return."""

import math

import numpy as np
import pytest

from nn import SGD, Adam, Dense, Dropout, Evaluation, Flatten, ReLU, Sequential, training
from nn.averaging import ExponentialMovingAverage


@pytest.fixture
def data(rng):
    """Images whose brightest row is their label."""
    labels = rng.integers(0, 5, 70)
    images = rng.integers(0, 100, (70, 5, 4), dtype=np.uint8)
    images[np.arange(70), labels] = 255
    return images, labels


def network():
    layers = [Flatten(), Dense(16), ReLU(), Dropout(0.2), Dense(5)]
    return Sequential(layers, (5, 4, 1), rng=np.random.default_rng(3))


def test_fit_is_the_stream_run_to_its_end(data):
    one, other = network(), network()
    events = list(training.fit(one, Adam(one.parameters), *data, epochs=3, batch_size=16, seed=5))
    seen = []
    history = other.fit(*data, epochs=3, batch_size=16, seed=5, on_event=seen.append)
    ends = [event for event in events if isinstance(event, training.EpochEnd)]
    assert history.history["loss"] == [end.train_loss for end in ends]
    assert history.history["accuracy"] == [end.train_accuracy for end in ends]
    assert set(history.history) == {"loss", "accuracy"}
    assert [type(event) for event in seen] == [type(event) for event in events]
    for name, value in one.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[name], value)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", lambda model: SGD(model.parameters, 0.1, 0.9)])
def test_optimizers(optimizer, data):
    model = network()
    history = model.fit(*data, epochs=20, optimizer=optimizer if isinstance(optimizer, str) else optimizer(model))
    assert history.history["loss"][-1] < history.history["loss"][0]


def test_validation(data):
    """It changes no bit of the training, and its last numbers are those of ``evaluate``."""
    one, other = network(), network()
    history = one.fit(*data, epochs=2, validation_data=(data[0][:20], data[1][:20].astype(np.uint8)))
    assert history.history["loss"] == other.fit(*data, epochs=2).history["loss"]
    found = one.evaluate(data[0][:20], data[1][:20])
    assert history.history["val_loss"][-1] == pytest.approx(found.loss, rel=1e-5)
    assert history.history["val_accuracy"][-1] == history.epochs[-1].validation_accuracy == found.accuracy


def test_an_average_is_used_for_validation(data):
    model = network()
    average = ExponentialMovingAverage(model.parameters, 0.9, every=1)
    history = model.fit(*data, epochs=2, average=average, validation_data=data)
    average.apply()
    assert history.history["val_loss"][-1] == pytest.approx(model.evaluate(*data).loss, rel=1e-5)


def test_evaluate(data):
    model = network()
    p = model.predict(data[0])
    loss, accuracy = found = model.evaluate(*data, batch_size=7)
    assert isinstance(found, Evaluation)
    assert loss == pytest.approx(-np.log(p[np.arange(70), data[1]]).mean(), rel=1e-5)
    assert accuracy == (p.argmax(axis=1) == data[1]).mean()
    assert math.isfinite(model.evaluate(data[0].tolist() and data[0] / 255, data[1].tolist()).loss)
