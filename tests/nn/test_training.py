import dataclasses
import math
import warnings

import numpy as np
import pytest

from nn import Dense, Dropout, Flatten, ReLU, Sequential, zoo
from nn.averaging import ExponentialMovingAverage
from nn.optimizers import SGD, Adam
from nn.training import EpochEnd, NonFiniteLoss, StepEnd, fit

pytestmark = pytest.mark.usefixtures("each_backend")


@pytest.fixture
def data(rng):
    """Images whose brightest row is their label."""
    labels = rng.integers(0, 5, 70)
    images = rng.integers(0, 100, (70, 5, 4), dtype=np.uint8)
    images[np.arange(70), labels] = 255
    return images, labels


def network(dropout=0.2):
    layers = [Flatten(), Dense(16), ReLU(), Dropout(dropout), Dense(5)]
    return Sequential(layers, (5, 4, 1), rng=np.random.default_rng(3))


def run(model, data, optimizer=None, **options):
    options = {"epochs": 2, "batch_size": 16} | options
    return list(fit(model, optimizer or Adam(model.parameters, 0.01), *data, **options))


def test_events(data):
    events = run(network(), data)
    assert [type(event) for event in events] == ([StepEnd] * 5 + [EpochEnd]) * 2
    assert [(e.epoch, e.step, e.images) for e in events if isinstance(e, StepEnd)][:6] == [
        (1, 1, 16),
        (1, 2, 32),
        (1, 3, 48),
        (1, 4, 64),
        (1, 5, 70),  # the last batch is short
        (2, 1, 16),
    ]
    last, end = events[4:6]
    assert (end.epoch, end.train_loss, end.train_accuracy) == (1, last.loss, last.accuracy)
    assert end.seconds == last.seconds > 0


def test_learns(data):
    events = run(network(0), data, epochs=20)
    assert events[5].train_loss > 1
    assert events[-1].train_loss < 0.1
    assert events[-1].train_accuracy > 0.98


def test_transfer_learning(data):
    """A new head on frozen layers learns, and the network that they come from reads as before."""
    images, labels = data
    model = network(0)
    run(model, data, epochs=20)
    before = model.predict(images)
    for layer in model.layers:
        layer.trainable = False
    other = Sequential([*model.layers[:-1], Dense(2)], rng=np.random.default_rng(1))
    events = run(other, (images, labels % 2), epochs=20)
    assert events[-1].train_loss < events[5].train_loss / 2
    np.testing.assert_array_equal(model.predict(images), before)


@pytest.mark.parametrize("make", [lambda model: network(), lambda model: Sequential([*model.layers, Dense(5)])])
def test_an_optimizer_of_another_model(make, data):
    model = network()
    with pytest.raises(ValueError, match="fit: expected an optimizer of the model's parameters, got one of others"):
        run(model, data, Adam(make(model).parameters))


def test_without_shuffle_the_batches_are_those_of_the_data_set(data):
    """Images of one class make the first batches, so the first batch alone decides the first step."""
    images, labels = data
    order = np.argsort(labels, kind="stable")
    ends = []
    for part in (slice(None), slice(16)):
        model = network(0)
        next(fit(model, SGD(model.parameters), images[order][part], labels[order][part], epochs=1, batch_size=16,
                 shuffle=False))  # fmt: skip
        ends.append(model.parameters[0].value)
    np.testing.assert_array_equal(*ends)
    with pytest.raises(ValueError, match="fit: shuffle: expected True or False, got 1"):
        fit(model, SGD(model.parameters), images, labels, epochs=1, shuffle=1)


def test_first_loss_is_that_of_the_untrained_network(data):
    (first, *_) = run(network(0), data, epochs=1, batch_size=70)
    p = network(0).predict(data[0])
    assert first.loss == pytest.approx(-np.log(p[np.arange(70), data[1]]).mean(), rel=1e-5)
    assert first.accuracy == (p.argmax(axis=1) == data[1]).mean()


def test_same_seed_same_bits(data):
    first, second, other = network(), network(), network()
    for model, seed in ((first, 4), (second, 4), (other, 5)):
        run(model, data, seed=seed)
    for name, value in first.state_dict().items():
        assert value.tobytes() == second.state_dict()[name].tobytes()
        assert value.tobytes() != other.state_dict()[name].tobytes()


@pytest.mark.parametrize("stop", [0, 3, 4, 6])
def test_resumes_bit_for_bit(stop, data):
    """Stopped after any step, in the middle of an epoch or at its end, and resumed in a new model."""
    whole = network()
    expected = [event for event in run(whole, data, epochs=3) if isinstance(event, StepEnd)]
    first = network()
    optimizer = Adam(first.parameters, 0.01)
    for event in fit(first, optimizer, *data, epochs=3, batch_size=16):
        if event == dataclasses.replace(expected[stop], seconds=getattr(event, "seconds", 0)):
            break
    second = network()
    second.load_state_dict(first.state_dict())
    again = Adam(second.parameters, 0.01)
    again.load_state_dict(optimizer.state_dict())
    rest = [e for e in run(second, data, again, epochs=3, start=event) if isinstance(e, StepEnd)]
    assert [(e.epoch, e.step, e.loss) for e in rest] == [(e.epoch, e.step, e.loss) for e in expected[stop + 1 :]]
    for name, value in whole.state_dict().items():
        assert value.tobytes() == second.state_dict()[name].tobytes()


def test_a_finished_training_has_nothing_to_resume(data):
    model = network()
    events = run(model, data)
    assert run(model, data, start=events[-2]) == []


def test_start_of_another_set_is_an_error(data):
    model = network()
    start = run(model, data)[0]
    with pytest.raises(ValueError, match="expected to resume with 5 steps per epoch, got 3"):
        run(model, data, start=start, batch_size=32)


def test_schedule_sets_the_rate_of_each_step(data):
    model = network()
    optimizer = SGD(model.parameters)
    asked = []

    def schedule(step):
        asked.append(step)
        return 0.1 / (step + 1)

    for event in fit(model, optimizer, *data, epochs=2, batch_size=16, schedule=schedule):
        if isinstance(event, StepEnd):
            assert optimizer.learning_rate == 0.1 / len(asked)
    assert asked == list(range(10))


def test_validation_is_scored_without_dropout(data):
    model = network(0.9)
    images, labels = data
    events = run(model, (images[:48], labels[:48]), validation=(images[48:], labels[48:]))
    expected = (model.predict(images[48:]).argmax(axis=1) == labels[48:]).mean()
    assert events[-1].validation_accuracy == expected
    assert run(model, data)[-1].validation_accuracy is None


@pytest.mark.parametrize(
    ("break_it", "place"),
    [
        (lambda m: m.parameters[2].value.fill(np.nan), "the weights of dense_2, after"),
        (lambda m: m.parameters[0].value.fill(3e38), "the output of dense_1"),
    ],
)
def test_a_non_finite_loss_stops(break_it, place, data):
    model = network()
    break_it(model)
    before = model.state_dict()
    with (
        np.errstate(all="ignore"),
        pytest.raises(NonFiniteLoss, match=f"at step 1, batch 1 of epoch 1; it first occurred in {place}"),
    ):
        run(model, data)
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_a_rate_far_too_high_ends_in_a_message_not_in_nan(data):
    model = network()
    with np.errstate(all="ignore"), pytest.raises(NonFiniteLoss):
        run(model, data, SGD(model.parameters, 1e30), epochs=50)


@pytest.mark.parametrize(
    "broken",
    [
        lambda images, labels: (images, labels[:-1]),
        lambda images, labels: (images[:0], labels[:0]),
        lambda images, labels: (images[:, :-1], labels),
        lambda images, labels: (images, labels + 1),
        lambda images, labels: (images, labels + 0.5),
        lambda images, labels: (images.astype(np.int64), labels),
    ],
)
def test_data_that_does_not_fit(broken, data):
    with pytest.raises(ValueError, match="expected"):
        run(network(), broken(*data), epochs=1)


def test_impossible_batch_size(data):
    with pytest.raises(ValueError, match="batch_size: expected an integer >= 1, got 0"):
        run(network(), data, batch_size=0)


def test_floats_and_colours_train_too(rng):
    images, labels = rng.random((20, 6, 6, 3), dtype=np.float32), rng.integers(0, 2, 20)
    model = zoo.build("baseline", (6, 6, 3), 2)
    assert math.isfinite(run(model, (images, labels))[-1].train_loss)


def test_an_optimizer_or_average_of_another_model_is_an_error(data):
    """They would train that one, and leave this one as it is."""
    model, other = network(), network()
    with pytest.raises(ValueError, match="expected an optimizer of the model's parameters"):
        run(model, data, Adam(other.parameters))
    with pytest.raises(ValueError, match="expected an average of the model's parameters"):
        run(model, data, average=ExponentialMovingAverage(other.parameters, 0.9))


def test_an_optimizer_over_a_part_of_the_model_trains_that_part(data):
    model = network()
    before = model.state_dict()
    run(model, data, Adam(model.parameters[2:], 0.01))
    for name, value in model.state_dict().items():
        assert np.array_equal(value, before[name]) == name.startswith("dense_1")


@pytest.mark.parametrize("dtype", [bool, np.float16, np.float64, ">f4", ">f8", np.uint8])
def test_every_dtype_that_predict_takes(dtype, data):
    """The same bits as float32 images with the same values; also of a view, and of a read-only array."""
    images, labels = data
    images = images > 127 if dtype is bool else images if dtype is np.uint8 else (images / 256).astype(dtype)
    floats = images * np.float32(1 / 255) if dtype is np.uint8 else images.astype(np.float32)
    view = np.repeat(images, 2, axis=0)[::2]
    fixed = images.copy()
    fixed.flags.writeable = False
    found = []
    for each in (floats, images, view, fixed, images[..., None]):
        model = network()
        run(model, (each, labels), epochs=1, validation=(each, labels))
        model.predict(each)
        found.append(b"".join(array.tobytes() for array in model.state_dict().values()))
    assert len(set(found)) == 1


def test_a_stream_that_is_never_consumed_warns(data):
    model = network()
    events = fit(model, Adam(model.parameters), *data, epochs=1)
    assert repr(events) == "<fit: a training that has not begun: it runs while you iterate>"
    with pytest.warns(RuntimeWarning, match="fit: nothing was trained, as its events were not consumed"):
        events.__del__()
    next(events)
    assert repr(events) == "<fit: a training>"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        events.__del__()
    events.close()
    assert list(events) == []


def test_arguments_are_checked_at_the_call(data):
    model = network()
    with pytest.raises(ValueError, match="fit: labels: expected 0 to 4, got 5"):
        fit(model, Adam(model.parameters), data[0], data[1] + 1, epochs=1)
