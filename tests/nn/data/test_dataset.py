"""Checks of a data set, labels, transposition, gaps and splits."""

from pathlib import Path

import numpy as np
import pytest

from nn.data.catalog import EMNIST_CLASSES
from nn.data.dataset import Contents, Dataset, Part, make_dataset, validation_split
from nn.errors import DataError

PLACE = Path("set")


def part(labels, *, images=None, name="train"):
    labels = np.asarray(labels) if len(labels) else np.zeros(0, int)
    if images is None:
        images = np.random.default_rng(0).integers(0, 256, (len(labels), 4, 4), np.uint8)
    return Part(images, labels, Path(f"{name}-images"), Path(f"{name}-labels"))


def made(train_labels, test_labels=(0,), *, transpose=None, **changes):
    test = None if test_labels is None else part(test_labels, name="test")
    return make_dataset(Contents(part(train_labels), test, **changes), PLACE, transpose)


# Labels


def test_labels_from_0_are_left_as_they_are():
    data = made([0, 1, 2, 1], [1, 0])
    assert data.train_labels.tolist() == [0, 1, 2, 1]
    assert data.test_labels.tolist() == [1, 0]
    assert (data.classes, data.class_names, data.notes) == (3, None, ())


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, ">i2"])
def test_labels_from_1_are_moved_and_keep_their_names(dtype):
    data = made(np.arange(1, 27).astype(dtype), np.array([26, 1], dtype))
    assert data.train_labels.tolist() == list(range(26))
    assert data.test_labels.tolist() == [25, 0]
    assert data.classes == 26
    assert data.class_names == tuple(str(label) for label in range(1, 27))
    assert data.notes == ("labels 1 to 26 are classes 0 to 25",)


def test_names_of_labels_from_1_follow_their_labels():
    names = ("-", *"ABCDEFGHIJKL")
    assert made(range(1, 13), [1], class_names=names).class_names == names[1:]


def test_digits_without_a_zero_are_not_moved():
    data = made([1, 2, 9], [1])
    assert data.train_labels.tolist() == [1, 2, 9]
    assert data.classes == 10
    assert data.notes == ("7 of 10 classes have no training image: labels 0, 3 to 8",)


def test_one_stray_label_is_reported():
    data = made([*range(10), *range(9), 255], [0])
    assert data.classes == 256
    assert data.notes == ("245 of 256 classes have no training image: labels 10 to 254",)


def test_a_stray_label_among_labels_from_1_is_reported_by_its_own_number():
    data = made([*range(1, 27), 50], [1])
    assert data.notes[-1] == "23 of 50 classes have no training image: labels 27 to 49"


def test_many_gaps_are_shortened():
    (note,) = made([0, 2, 4, 6, 8, 10, 12, 14], [0]).notes
    assert note == "7 of 15 classes have no training image: labels 1, 3, 5, 7, 9, ..."


@pytest.mark.parametrize(
    ("train", "test", "match"),
    [
        ([0, -1], [0], "train-labels: expected labels of 0 to 255, found -1"),
        ([0, 256], [0], "train-labels: expected labels of 0 to 255, found 256"),
        ([0, 3], [4], "test-labels: expected labels of 0 to 3, found 4"),
        ([*range(1, 27)], [27], "test-labels: expected labels of 1 to 26, found 27"),
        ([0, 1], [-2], "test-labels: expected labels of 0 to 255, found -2"),
        ([0.0, 1.0], [0], r"train-labels: expected whole numbers \(N\), found float64 \(2,\)"),
        (["a", "b"], [0], "train-labels: expected whole numbers"),
        ([[0, 1]], [0], r"train-labels: expected whole numbers \(N\), found int64 \(1, 2\)"),
        ([], [0], "train-images: expected at least one item"),
        ([0], None, "train-images: expected at least two images, found 1"),
    ],
)
def test_wrong_labels_are_errors(train, test, match):
    with pytest.raises(DataError, match=match):
        made(train, test)


@pytest.mark.parametrize("shape", [(2, 16), (2, 4, 4, 4), (2, 3, 4, 4), (2, 4, 4, 3, 1)])
def test_images_of_other_shapes_are_errors(shape):
    with pytest.raises(
        DataError, match=r"images: expected uint8 \(N, H, W\), or \(N, H, W, 3\) in colour, found uint8"
    ):
        make_dataset(Contents(part([0, 1], images=np.zeros(shape, np.uint8)), None), PLACE)


# Images


def test_axes_of_length_1_are_removed():
    images, labels = np.zeros((2, 4, 4, 1), np.uint8), np.array([[0], [1]])
    data = make_dataset(Contents(part(labels, images=images), part(labels, images=images)), PLACE)
    assert data.train_images.shape == data.test_images.shape == (2, 4, 4)
    assert data.train_labels.shape == data.test_labels.shape == (2,)


def test_images_in_colour():
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), np.uint8)
    data = make_dataset(Contents(part(range(6), images=images), part([0], images=images[:1])), PLACE)
    assert data.image_shape == (4, 5, 3)
    np.testing.assert_array_equal(data.train_images, images)
    assert made([0, 1]).image_shape == (4, 4, 1)


@pytest.mark.parametrize("name", ["emnist-letters-", "raw/EMNIST_letters/", "Emnist letters"])
def test_emnist_is_turned_upright(name):
    images = np.random.default_rng(0).integers(0, 256, (26, 4, 4), np.uint8)
    data = made(range(1, 27), [1], name=name)
    np.testing.assert_array_equal(data.train_images, images.swapaxes(1, 2))
    assert data.train_images.flags.c_contiguous
    assert data.class_names == tuple(EMNIST_CLASSES["letters"])
    assert "EMNIST is stored transposed: its images were turned upright (--no-transpose leaves them)" in data.notes
    np.testing.assert_array_equal(made(range(1, 27), [1], name=name, transpose=False).train_images, images)


@pytest.mark.parametrize("name", ["", "mnist/", "qmnist-", "emnistic-", "fashion-mnist/"])
def test_other_sets_are_not_turned_unless_asked_for(name):
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 4), np.uint8)
    np.testing.assert_array_equal(made([0, 1], name=name).train_images, images)
    np.testing.assert_array_equal(made([0, 1], name=name, transpose=True).train_images, images.swapaxes(1, 2))


@pytest.mark.parametrize("shape", [(3, 4), (4, 4, 3), (3, 4, 3)])
def test_any_images_are_transposed_in_one_piece(shape):
    images = np.random.default_rng(0).integers(0, 256, (5000, *shape), np.uint8)
    contents = Contents(part(np.arange(5000) % 2, images=images.copy()), part([0], images=images[:1].copy()))
    found = make_dataset(contents, PLACE, transpose=True).train_images
    np.testing.assert_array_equal(found, images.swapaxes(1, 2))
    assert found.flags.c_contiguous


@pytest.mark.parametrize(
    ("name", "first"), [("fashion/", "T-shirt/top"), ("FashionMNIST/raw/", "T-shirt/top"), ("kmnist/", "o")]
)
def test_classes_of_known_sets_have_names(name, first):
    assert made(range(10), name=name).class_names[0] == first
    assert made(range(11), name=name).class_names is None


@pytest.mark.parametrize("split", list(EMNIST_CLASSES))
def test_the_names_of_emnist_are_as_many_as_its_classes(split):
    names = EMNIST_CLASSES[split]
    assert len(set(names)) == len(names) == {"balanced": 47, "bymerge": 47, "byclass": 62, "letters": 26}.get(split, 10)
    first = int(split == "letters")
    found = made(range(first, len(names) + first), [1], name=f"emnist-{split}-").class_names
    assert found == (None if names == "0123456789" else tuple(names))


# Splits


def test_without_a_test_set_a_stratified_share_becomes_one():
    labels = np.arange(200) % 4
    first, again = made(labels, None), made(labels, None)
    assert len(first.test_labels) == 40
    assert np.bincount(first.test_labels).tolist() == [10, 10, 10, 10]
    assert len(first.train_labels) == 160
    assert first.notes == ("no test set: 40 of the 200 images are held out as one, stratified",)
    np.testing.assert_array_equal(first.test_images, again.test_images)
    together = {image.tobytes() for image in (*first.train_images, *first.test_images)}
    assert together == {image.tobytes() for image in part(labels).images}


def test_split_is_a_stratified_partition():
    labels = np.random.default_rng(0).choice(10, 6000, p=np.arange(1, 11) / 55)
    train, validation = validation_split(labels, 1000, seed=0)
    assert len(validation) == 1000
    np.testing.assert_array_equal(np.sort(np.r_[train, validation]), np.arange(6000))
    assert (np.diff(train) > 0).all()
    assert (np.diff(validation) > 0).all()
    assert train.dtype == validation.dtype == np.int64
    shares = np.bincount(labels) * 1000 / 6000
    assert (np.abs(np.bincount(labels[validation]) - shares) < 1).all()


def test_the_split_depends_only_on_the_seed():
    labels = np.arange(100, dtype=np.uint8) % 10
    _, first = validation_split(labels, 20, seed=1)
    np.testing.assert_array_equal(first, validation_split(labels, 20, seed=1)[1])
    assert (first != validation_split(labels, 20, seed=2)[1]).any()


@pytest.mark.parametrize("count", range(8))
def test_split_of_few_with_a_class_that_is_missing(count):
    labels = np.array([0, 0, 3, 3, 3, 1, 1])
    train, validation = validation_split(labels, count, seed=0)
    assert (len(train), len(validation)) == (7 - count, count)


def test_split_without_samples():
    train, validation = validation_split(np.array([], np.uint8), 0, seed=0)
    assert len(train) == len(validation) == 0


@pytest.mark.parametrize("count", [-1, 8])
def test_split_of_too_many_samples_is_an_error(count):
    with pytest.raises(ValueError, match="count: expected an integer in"):
        validation_split(np.zeros(7, int), count, seed=0)


def test_a_data_set_is_split_into_training_and_evaluation():
    images, labels = np.arange(8 * 4, dtype=np.uint8).reshape(8, 2, 2), np.arange(8) % 2
    data = Dataset(images, labels, images[:2], labels[:2], 2, PLACE)
    train_images, train_labels, held_out_images, held_out_labels = data.split(3)
    train, validation = validation_split(labels, 3)
    np.testing.assert_array_equal(train_images, images[train])
    np.testing.assert_array_equal(train_labels, labels[train])
    np.testing.assert_array_equal(held_out_images, images[validation])
    np.testing.assert_array_equal(held_out_labels, labels[validation])
    assert data.split(0)[0] is images
    with pytest.raises(ValueError, match="expected fewer than the 8 training images, got 8"):
        data.split(8)
