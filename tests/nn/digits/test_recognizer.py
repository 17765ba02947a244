import copy
import pickle
import threading

import numpy as np
import pytest

from nn import Conv2D, Dense, Flatten, Sequential, checkpoint, zoo
from nn.data import mnist
from nn.digits import Recognizer
from nn.digits.calibration import Calibration
from nn.digits.normalize import picture_to_image
from nn.digits.painting import paint
from nn.digits.rasterize import strokes_to_image
from nn.digits.recognizer import DEFAULT_WEIGHTS
from nn.digits.strokes import replay
from nn.errors import CheckpointError
from nn.fuse import fuse
from nn.ops import backend

ONE = [np.array([[50.0, 10.0], [50.0, 240.0]])]
DASH = [np.array([[10.0, 50.0], [240.0, 50.0]])]
ZERO = [100 * np.stack([np.cos(np.arange(64) / 10), np.sin(np.arange(64) / 10)], axis=1)]


class Ruler:
    """Classifies ink by its shape: tall is a 1, wide a 7, all else a 0. Keeps the images that it was shown."""

    def __init__(self):
        self.shown = []

    def predict(self, images):
        assert images.dtype == np.float32
        assert images.shape[1:] == (28, 28)
        self.shown.append(images.copy())
        probabilities = np.full((len(images), 10), 0.02)
        for row, image in zip(probabilities, images, strict=True):
            tall, wide = (image.max(axis=1) > 0).sum(), (image.max(axis=0) > 0).sum()
            row[1 if tall > wide + 5 else 7 if wide > tall + 5 else 0] = 0.82
        return probabilities


@pytest.fixture
def ruler():
    return Ruler()


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A network that has learned nothing."""
    path = tmp_path_factory.mktemp("weights") / "untrained.npz"
    checkpoint.save(path, zoo.build("baseline", rng=np.random.default_rng(0)), {})
    return path


def assert_same(actual, expected):
    assert (actual.label, actual.reason) == (expected.label, expected.reason)
    np.testing.assert_array_equal(actual.image, expected.image)
    np.testing.assert_allclose(actual.probabilities, expected.probabilities, atol=1e-6)


def test_repr_names_the_network():
    assert "parameters" in repr(Recognizer.load())


def test_strokes_are_recognized_by_the_network(ruler):
    prediction = Recognizer(ruler).recognize(ONE)
    assert (prediction.label, prediction.reason) == (1, None)
    assert type(prediction.label) is int
    assert prediction.probabilities.dtype == np.float32
    np.testing.assert_allclose(prediction.probabilities, [0.02, 0.82] + [0.02] * 8, rtol=1e-6)
    np.testing.assert_array_equal(prediction.image, strokes_to_image(ONE))
    np.testing.assert_array_equal(ruler.shown, [[prediction.image]])


def test_accuracy_is_the_share_of_right_answers(ruler):
    drawn = [strokes_to_image(strokes) for strokes in (ONE, DASH, ZERO, ONE)]
    assert Recognizer(ruler)._accuracy(drawn, [1, 7, 0, 0]) == 0.75
    assert Recognizer(ruler)._accuracy([], []) == 0


def test_points_may_be_tuples(ruler):
    assert Recognizer(ruler).recognize((((50, 10), (50, 240)),)).label == 1


def test_a_picture_is_recognized_by_the_network(ruler):
    picture = np.full((90, 60), 255, np.uint8)
    picture[20:70, 28:34] = 0
    prediction = Recognizer(ruler).recognize_image(picture)
    assert prediction.label == 1
    np.testing.assert_array_equal(prediction.image, picture_to_image(picture))


def test_many_drawings_go_through_the_network_at_once_and_keep_their_order(ruler):
    drawings = [ONE, [], DASH, ZERO, [], ONE]
    predictions = Recognizer(ruler).recognize_many(drawings)
    assert [p.label for p in predictions] == [1, None, 7, 0, None, 1]
    assert [p.reason for p in predictions] == [None, "blank", None, None, "blank", None]
    assert len(ruler.shown) == 1
    assert len(ruler.shown[0]) == 4
    for drawing, prediction in zip(drawings, predictions, strict=True):
        assert_same(prediction, Recognizer(ruler).recognize(drawing))


@pytest.mark.parametrize("many", [[], iter([])])
def test_no_drawings_are_no_predictions(ruler, many):
    assert Recognizer(ruler).recognize_many(many) == []
    assert ruler.shown == []


@pytest.mark.parametrize(
    "read",
    [
        lambda r: r.recognize([]),
        lambda r: r.recognize_image(np.zeros((28, 28), np.uint8)),
        lambda r: r.recognize_image(np.full((300, 200), 0.7)),
        lambda r: r.recognize_many([[], []])[1],
    ],
    ids=["strokes", "black", "gray", "many"],
)
def test_blank_ink_is_rejected_and_not_shown_to_the_network(ruler, read):
    prediction = read(Recognizer(ruler))
    assert (prediction.label, prediction.reason) == (None, "blank")
    np.testing.assert_array_equal(prediction.probabilities, np.full(10, 0.1, np.float32))
    assert not prediction.image.any()
    assert prediction.image.shape == (28, 28)
    assert ruler.shown == []


def test_invalid_ink_is_an_error(ruler):
    recognizer = Recognizer(ruler)
    with pytest.raises(ValueError, match="stroke 1"):
        recognizer.recognize([np.array([[np.nan, 1.0]])])
    with pytest.raises(ValueError, match="stroke 2"):
        recognizer.recognize_many([ONE, [ONE[0], np.empty((0, 2))]])
    with pytest.raises(ValueError, match="picture"):
        recognizer.recognize_image(np.zeros((28, 28, 3), np.uint8))


def test_weights_are_loaded_from_a_path(weights):
    loaded = Recognizer.load(weights).recognize(ZERO)
    plain = Recognizer(checkpoint.load(weights).model).recognize(ZERO)
    assert_same(loaded, plain)
    np.testing.assert_allclose(loaded.probabilities.sum(), 1, rtol=1e-6)
    assert loaded.label == loaded.ranking[0]


def test_several_networks_are_averaged(weights, tmp_path):
    checkpoint.save(tmp_path / "other.npz", zoo.build("baseline", rng=np.random.default_rng(1)), {})
    one, other = (Recognizer.load(path).recognize(ZERO) for path in (weights, tmp_path / "other.npz"))
    both = Recognizer.load([weights, tmp_path / "other.npz"]).recognize(ZERO)
    np.testing.assert_allclose(both.probabilities, (one.probabilities + other.probabilities) / 2, atol=1e-6)
    assert np.abs(both.probabilities - one.probabilities).max() > 1e-3
    assert_same(Recognizer.load([weights]).recognize(ZERO), one)
    assert_same(Recognizer.load(str(weights)).recognize(ZERO), one)


def test_without_a_path_the_shipped_weights_are_loaded(weights, monkeypatch, tmp_path):
    assert DEFAULT_WEIGHTS.parts[-2:] == ("weights", "deep-drawing.npz")
    assert (DEFAULT_WEIGHTS.parents[1] / "nn" / "digits").is_dir()
    monkeypatch.setattr("nn.digits.recognizer.DEFAULT_WEIGHTS", weights)
    assert_same(Recognizer.load().recognize(ZERO), Recognizer.load(weights).recognize(ZERO))
    with pytest.raises(CheckpointError, match=r"none\.npz"):
        Recognizer.load(tmp_path / "none.npz")


@pytest.mark.parametrize(
    "model",
    [
        zoo.build("baseline", classes=26),
        zoo.build("baseline", input_shape=(32, 32, 1)),
        Sequential([Conv2D(2, 3), Flatten(), Dense(10)], (28, 28, 3)),
        Sequential([Conv2D(10, 3)], (28, 28, 1)),
    ],
    ids=["letters", "larger", "colour", "planes"],
)
def test_a_network_that_reads_something_else_is_an_error(tmp_path, model):
    checkpoint.save(tmp_path / "other.npz", model, {})
    with pytest.raises(CheckpointError, match=r"other\.npz: expected a network from \(28, 28, 1\) to \(10,\)"):
        Recognizer.load(tmp_path / "other.npz")


@pytest.mark.parametrize("names", [["T-shirt/top", *"123456789"], ["eight", "five", *"23456789"]])
def test_a_network_of_other_classes_is_an_error(tmp_path, names):
    checkpoint.save(tmp_path / "other.npz", zoo.build("tiny"), {"class_names": names})
    with pytest.raises(CheckpointError, match=rf"other\.npz: expected a network of digits, .* {names[0]}, {names[1]}"):
        Recognizer.load(tmp_path / "other.npz")


@pytest.mark.parametrize("names", [[*"0123456789"], [*"0123456789", "other"], None])
def test_a_network_of_digits_may_name_them(tmp_path, names):
    model = zoo.build("tiny", classes=len(names or "0123456789"))
    checkpoint.save(tmp_path / "own.npz", model, {"class_names": names})
    assert Recognizer.load(tmp_path / "own.npz").network.output_shape == model.output_shape


def test_batched_is_one_by_one(weights):
    recognizer = Recognizer.load(weights)
    drawings = [[np.random.default_rng(seed).uniform(0, 280, (5, 2))] for seed in range(37)]
    for drawing, batched in zip(drawings, recognizer.recognize_many(drawings), strict=True):
        assert_same(batched, recognizer.recognize(drawing))


def test_threads_get_their_own_predictions(weights):
    recognizer = Recognizer.load(weights)
    drawings = [[np.random.default_rng(seed).uniform(0, 280, (5, 2))] for seed in range(24)]
    expected = recognizer.recognize_many(drawings)
    predictions = [None] * len(drawings)

    def read(part):
        for index in part:
            predictions[index] = recognizer.recognize(drawings[index])

    threads = [threading.Thread(target=read, args=(range(first, 24, 4),)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for actual, wanted in zip(predictions, expected, strict=True):
        assert_same(actual, wanted)


@pytest.mark.mnist
def test_mnists_own_images_are_read_as_well_as_pictures():
    if backend.current() == "numpy":
        pytest.skip("the NumPy references take minutes")
    data = mnist.load(progress=False)
    model = checkpoint.load(DEFAULT_WEIGHTS.with_name("baseline.npz")).model
    images, labels = data.test_images[::10], data.test_labels[::10]
    recognizer = Recognizer(fuse(model))
    read = np.array([recognizer.recognize_image(image).label for image in images])
    inverted = np.array([recognizer.recognize_image(255 - image).label for image in images])
    direct = (model.predict(images).argmax(axis=1) == labels).mean()
    assert direct > 0.98
    assert (read == labels).mean() > direct - 0.0035
    assert (inverted == labels).mean() > direct - 0.0035


def test_the_temperature_comes_from_the_file(tmp_path):
    path, other = tmp_path / "a.npz", tmp_path / "b.npz"
    model = zoo.build("baseline", classes=11, rng=np.random.default_rng(0))
    checkpoint.save(path, model, {"calibration": {"temperature": 2.0, "threshold": 0.25}})
    checkpoint.save(other, model, {})
    assert Recognizer.load(path).calibration == Calibration(2.0, 0.25)
    assert Recognizer.load([path, other]).calibration == Calibration(1.5, 0.625)
    checkpoint.save(other, model, {"calibration": {"temperature": 0.0}})
    with pytest.raises(CheckpointError, match=r"b\.npz: calibration: temperature: expected"):
        Recognizer.load(other)


def test_a_dot_is_rejected(ruler):
    picture = np.zeros((28, 28), np.uint8)
    picture[3:5, 7:9] = 255
    recognizer = Recognizer(ruler)
    for prediction in (recognizer.recognize([[(3.0, 4.0)]]), recognizer.recognize_image(picture)):
        assert (prediction.label, prediction.reason) == (None, "a dot")
    assert not ruler.shown


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copies(copied):
    recognizer = Recognizer.load()
    prediction = recognizer.recognize([[(0, 0), (60, 0), (20, 100)]])
    again = copied(recognizer).recognize([[(0, 0), (60, 0), (20, 100)]])
    for found in (again, copied(prediction)):
        assert found.label == prediction.label == 7
        np.testing.assert_array_equal(found.probabilities, prediction.probabilities)


def test_pictures_are_recognized_in_one_pass_as_each_alone():
    recognizer = Recognizer.load()
    pictures = [paint(replay(digit, np.random.default_rng(0), 90.0), (90, 90), 6.0) for digit in (ONE, DASH, ZERO)]
    together = recognizer.recognize_images(picture for picture in [*pictures, np.zeros((20, 30), np.uint8)])
    assert together[-1].reason == "blank"
    for prediction, picture in zip(together, pictures, strict=False):
        alone = recognizer.recognize_image(picture)
        assert (prediction.label, prediction.reason) == (alone.label, alone.reason)
        np.testing.assert_allclose(prediction.probabilities, alone.probabilities, atol=1e-5)
    with pytest.raises(ValueError, match="pictures: expected a list of pictures, got 3"):
        recognizer.recognize_images(3)
