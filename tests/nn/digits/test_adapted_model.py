"""Fine-tuning on corrections: it generalizes, is kept in the personal file, and can be undone."""

import sys

import numpy as np
import pytest

from nn import checkpoint, zoo
from nn.atomic import file_lock
from nn.data.dataset import IncompleteError
from nn.digits import Recognizer, adapted_model, fine_tuning, synthesis
from nn.digits.adapted_model import AdaptedModel, user_file
from nn.digits.rasterize import strokes_to_image
from nn.errors import CheckpointError
from nn.recipes import Recipe
from nn.trainer import Trainer

#: A sign that is taught as a four.
SIGN = [np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]), np.array([[5.0, 2.0], [5.0, 8.0]])]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A small network that recognizes synthetic drawings, with hidden units that a correction can use."""
    rng = np.random.default_rng(1)
    model = zoo.build("lenet5", classes=11, rng=rng)
    images, labels = synthesis.images(3000, rng, 0.2)
    trainer = Trainer(model, Recipe(epochs=3, learning_rate=5e-3, schedule="one_cycle"))
    for _ in trainer.fit(images, labels, seed=0):
        pass
    path = tmp_path_factory.mktemp("weights") / "small.npz"
    checkpoint.save(path, model, {"calibration": {"temperature": 1.5, "threshold": 0.9}})
    return path


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Fewer drawings to rehearse, and no MNIST."""

    def unreachable(**options):
        raise IncompleteError("none here")

    monkeypatch.setattr(fine_tuning.mnist, "load", unreachable)
    monkeypatch.setattr(fine_tuning, "SYNTHETIC_ALONE", 300)
    monkeypatch.setattr(fine_tuning, "STEPS", 150)


@pytest.fixture
def held_out():
    return synthesis.images(400, np.random.default_rng(5))


def accuracy(recognizer, held_out):
    images, labels = held_out
    predicted = [each.probabilities.argmax() for each in recognizer._predict(list(images / np.float32(255)))]
    return np.mean(predicted == labels)


def test_a_correction_is_learned_kept_and_undone(weights, tmp_path, held_out):
    file, shipped = tmp_path / "deeper" / "personal.npz", weights.read_bytes()
    recognizer = Recognizer.load(weights, personal=file)
    before = recognizer.recognize(SIGN).probabilities
    assert recognizer.recognize(SIGN).label != 4
    accuracy_before = accuracy(recognizer, held_out)

    result = recognizer.learn([(SIGN, 4)])
    assert (result.before, result.after, recognizer.corrections) == (0.0, 1.0, 1)
    assert result.seconds > 0
    assert recognizer.recognize(SIGN).label == 4
    assert accuracy(recognizer, held_out) > accuracy_before - 0.02
    assert weights.read_bytes() == shipped

    again = Recognizer.load(weights, personal=file)
    np.testing.assert_array_equal(again.recognize(SIGN).probabilities, recognizer.recognize(SIGN).probabilities)
    assert again.calibration == recognizer.calibration
    assert again.undo()
    np.testing.assert_array_equal(again.recognize(SIGN).probabilities, before)
    assert not file.exists()
    assert not again.undo()


def test_undo_restores_the_weights_bit_for_bit(weights, tmp_path):
    recognizer = Recognizer.load(weights, personal=tmp_path / "personal.npz")
    recognizer.learn([(SIGN, 4)])
    first = recognizer.recognize(SIGN).probabilities
    result = recognizer.learn([(SIGN, 7), (SIGN[:1], None)])
    assert 0 <= result.before <= result.after <= 1
    assert recognizer.corrections == 2
    assert recognizer.undo()
    np.testing.assert_array_equal(recognizer.recognize(SIGN).probabilities, first)
    assert checkpoint.load(tmp_path / "personal.npz").meta["lessons"] == [1]


def test_a_repeated_correction_is_kept_once(weights):
    recognizer = Recognizer.load(weights)
    recognizer.learn([(SIGN, 4)])
    corrected = recognizer.recognize(SIGN).probabilities
    recognizer.learn([(SIGN, 4)])
    assert recognizer.corrections == 1
    np.testing.assert_array_equal(recognizer.recognize(SIGN).probabilities, corrected)
    recognizer.learn([(SIGN, 4), (SIGN[:1], 7)])
    assert [labels.tolist() for _, labels in recognizer._adapted.corrections] == [[4], [7]]


def test_the_last_label_of_a_drawing_holds(weights):
    recognizer = Recognizer.load(weights)
    recognizer.learn([(SIGN, 4)])
    recognizer.learn([(SIGN, 7)])
    assert recognizer.recognize(SIGN).label == 7
    recognizer.undo()
    assert recognizer.recognize(SIGN).label == 4


def test_corrections_are_learned_again_for_other_weights(weights, tmp_path):
    file, other = tmp_path / "personal.npz", tmp_path / "other.npz"
    Recognizer.load(weights, personal=file).learn([(SIGN, 4)])
    model = checkpoint.load(weights).model
    model.parameters[0].value *= 1.01
    checkpoint.save(other, model, {})
    recognizer = Recognizer.load(other, personal=file)
    assert recognizer.corrections == 1
    assert recognizer.recognize(SIGN).label == 4
    fresh = Recognizer.load(other)
    fresh.learn([(SIGN, 4)])
    np.testing.assert_array_equal(recognizer.recognize(SIGN).probabilities, fresh.recognize(SIGN).probabilities)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([], "expected some drawings, got none"),
        ([([], 3)], "drawing 1: expected some ink, found none"),
        ([(SIGN, 4), (SIGN, 12)], "drawing 2: this network has no class for 12"),
        ([(SIGN, -1)], "drawing 1: this network has no class for -1"),
    ],
)
def test_invalid_samples_are_errors(weights, tmp_path, samples, message):
    recognizer = Recognizer.load(weights, personal=tmp_path / "personal.npz")
    with pytest.raises(ValueError, match=message):
        recognizer.learn(samples)
    assert recognizer.corrections == 0
    assert not (tmp_path / "personal.npz").exists()


def test_a_network_without_a_class_for_non_digits_cannot_learn_them(tmp_path):
    path = tmp_path / "digits.npz"
    checkpoint.save(path, zoo.build("tiny", rng=np.random.default_rng(0)), {})
    with pytest.raises(ValueError, match="this network has no class for non-digits"):
        Recognizer.load(path).learn([(SIGN, None)])


def test_several_networks_do_not_learn(weights):
    with pytest.raises(ValueError, match="expected a recognizer that was loaded from one network's file"):
        Recognizer.load([weights, weights]).learn([(SIGN, 4)])
    assert not Recognizer.load([weights, weights]).undo()


def test_a_file_that_can_not_be_written_leaves_everything_as_it_was(weights, tmp_path):
    (tmp_path / "file").touch()
    recognizer = Recognizer.load(weights, personal=tmp_path / "file" / "personal.npz")
    before = recognizer.recognize(SIGN).probabilities
    with pytest.raises(CheckpointError, match=r"personal\.npz"):
        recognizer.learn([(SIGN, 4)])
    assert recognizer.corrections == 0
    np.testing.assert_array_equal(recognizer.recognize(SIGN).probabilities, before)


@pytest.mark.parametrize(
    "meta",
    [
        {},
        {"lessons": [2], "base": 1},
        {"lessons": ["a"], "base": 1},
        {"lessons": [0, 1], "base": 1},
        {"lessons": [1]},
    ],
)
def test_other_files_are_errors(weights, tmp_path, meta):
    file = tmp_path / "personal.npz"
    image = np.rint(255 * strokes_to_image(SIGN))[None].astype(np.uint8)
    checkpoint.save(file, checkpoint.load(weights).model, meta, {"images": image, "labels": np.array([4])})
    with pytest.raises(CheckpointError, match="expected a file of corrections of this network"):
        AdaptedModel(weights, file)
    for images, labels in ((image.astype(float), [4]), (image[:, :9], [4]), (image, [11]), (image, [4.0])):
        arrays = {"images": images, "labels": np.array(labels)}
        checkpoint.save(file, checkpoint.load(weights).model, {"lessons": [1], "base": 1}, arrays)
        with pytest.raises(CheckpointError, match="expected a file of corrections of this network"):
            AdaptedModel(weights, file)


@pytest.mark.parametrize(
    ("system", "name", "value", "expected"),
    [
        ("linux", "XDG_DATA_HOME", "/data", "/data/digits-from-scratch/personal.npz"),
        ("linux", "HOME", "/home/a", "/home/a/.local/share/digits-from-scratch/personal.npz"),
        ("darwin", "HOME", "/Users/a", "/Users/a/Library/Application Support/digits-from-scratch/personal.npz"),
        ("win32", "LOCALAPPDATA", "/local", "/local/digits-from-scratch/personal.npz"),
    ],
)
def test_each_system_has_a_place_for_the_user_file(monkeypatch, system, name, value, expected):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv(name, value)
    assert user_file().as_posix() == expected


def drawing(seed):
    """The image of some ink."""
    return np.random.default_rng(seed).random((28, 28)).astype(np.float32)


def corrected(model):
    return [int(label) for _, labels in model.corrections for label in labels]


@pytest.fixture
def both(weights, tmp_path, monkeypatch):
    """Two windows with one personal file."""
    monkeypatch.setattr(fine_tuning, "STEPS", 2)
    return [AdaptedModel(weights, tmp_path / "personal.npz") for _ in range(2)]


def test_what_two_windows_teach_is_merged(both, weights, tmp_path):
    one, other = both
    one.learn([drawing(0)], [4])
    other.learn([drawing(1)], [7])
    assert corrected(other) == [4, 7]
    third = AdaptedModel(weights, tmp_path / "personal.npz")
    assert corrected(third) == [4, 7]
    for name, array in third.model.state_dict().items():
        np.testing.assert_array_equal(array, other.model.state_dict()[name])
    one.learn([drawing(2)], [1])
    assert corrected(one) == [4, 7, 1]


def test_undo_leaves_what_another_window_taught(both):
    one, other = both
    one.learn([drawing(0)], [4])
    other.learn([drawing(1)], [7])
    one.undo()
    assert corrected(one) == [7]
    one.undo()
    other.undo()  # which the first one has undone
    assert corrected(other) == []


def test_a_file_that_another_program_damaged_is_refused(both, tmp_path):
    one, other = both
    one.learn([drawing(0)], [4])
    (tmp_path / "personal.npz").write_bytes(b"no archive")
    before = other.model
    with pytest.raises(CheckpointError, match=r"personal\.npz: "):
        other.learn([drawing(1)], [7])
    assert other.model is before


def test_a_window_that_learns_keeps_others_waiting_for_a_limited_time(both, tmp_path, monkeypatch):
    monkeypatch.setattr(adapted_model, "file_lock", lambda path: file_lock(path, timeout=0))
    with file_lock(tmp_path / "personal.npz"):
        if sys.platform != "win32":
            with pytest.raises(CheckpointError, match="another program has been changing it"):
                both[0].learn([drawing(0)], [4])


@pytest.mark.parametrize("size", ["1e400", "12e99", "1.0", "true", "null", '"1"', "[1]", "-1", "9" * 400])
def test_sizes_of_corrections_are_validated(size, both, weights, tmp_path):
    both[0].learn([drawing(0)], [4])
    path = tmp_path / "personal.npz"
    with np.load(path) as archive:
        arrays = dict(archive)
    text = arrays["meta"].tobytes().replace(b'"lessons": [1]', f'"lessons": [{size}]'.encode())
    np.savez(path, **arrays | {"meta": np.frombuffer(text, np.uint8)})
    with pytest.raises(CheckpointError, match="expected a file of corrections of this network"):
        AdaptedModel(weights, path)


@pytest.mark.parametrize("kind", ["3 classes", "another architecture", "answers NaN"])
def test_the_network_of_the_file_is_validated(kind, both, weights, tmp_path):
    path = tmp_path / "personal.npz"
    both[0].learn([drawing(0)], [4])
    saved = checkpoint.load(path)
    model = saved.model
    if kind == "answers NaN":
        for parameter in model.parameters:
            parameter.value[...] = 3e38
    else:
        model = zoo.build("tiny", classes=3) if kind == "3 classes" else zoo.build("mlp", classes=11)
    checkpoint.save(path, model, saved.meta, saved.arrays)
    with pytest.raises(CheckpointError, match="expected a file of corrections of this network"):
        AdaptedModel(weights, path)
