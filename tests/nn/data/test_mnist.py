from pathlib import Path

import numpy as np
import pytest

import nn
from nn.data.idx import write_idx
from nn.data.mnist import DEFAULT_FOLDER, load, validation_split
from nn.errors import DataError
from tests.nn.data.conftest import (
    NAMES,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    assert_holds,
    listing,
    refused,
    small_set,
)

pytestmark = pytest.mark.usefixtures("offline")


def test_the_default_folder_is_in_the_project():
    assert Path(nn.__path__[0]).parent / "data" / "mnist" == DEFAULT_FOLDER


def test_load_gives_what_the_files_hold(tmp_path):
    arrays = small_set(tmp_path / "set")
    dataset = load(tmp_path / "set")
    assert_holds(dataset, arrays)
    assert dataset.train_images.dtype == dataset.test_images.dtype == np.uint8
    assert dataset.train_labels.dtype == dataset.test_labels.dtype == np.int64
    assert dataset.classes == 4
    assert dataset.folder == tmp_path / "set"


@pytest.mark.parametrize(
    "names",
    [
        [f"{name}.gz" for name in NAMES],
        [name.replace("-idx", ".idx") for name in NAMES],
        [name.replace("-idx", ".idx") + ".gz" for name in NAMES],
        [name.replace("t10k", "test") for name in NAMES],
        [f"emnist-letters-{name.replace('t10k', 'test')}.gz" for name in NAMES],
        [TRAIN_IMAGES + ".gz", TRAIN_LABELS, TEST_IMAGES, TEST_LABELS + ".gz"],
    ],
)
def test_names_of_other_spellings(tmp_path, names):
    arrays = small_set(tmp_path / "set", names=names)
    assert_holds(load(tmp_path / "set"), arrays)


def test_raw_files_come_before_gzipped_ones(tmp_path):
    small_set(tmp_path / "set", names=[f"{name}.gz" for name in NAMES], seed=1)
    arrays = small_set(tmp_path / "set")
    assert_holds(load(tmp_path / "set"), arrays)


def test_two_sets_in_one_folder_are_errors(tmp_path):
    small_set(tmp_path, names=[f"emnist-digits-{name}" for name in NAMES])
    small_set(tmp_path, names=[f"emnist-letters-{name}" for name in NAMES])
    with pytest.raises(DataError, match="several sets, with prefixes 'emnist-digits-', 'emnist-letters-'"):
        load(tmp_path)


def test_the_folder_given_comes_before_the_environment_and_that_before_the_default(tmp_path, monkeypatch):
    default = small_set(tmp_path / "default", seed=1)
    environment = small_set(tmp_path / "environment", seed=2)
    given = small_set(tmp_path / "given", seed=3)
    assert_holds(load(), default)
    monkeypatch.setenv("NN_DATA", str(tmp_path / "environment"))
    assert_holds(load(), environment)
    assert_holds(load(tmp_path / "given"), given)
    monkeypatch.setenv("NN_DATA", "")
    assert_holds(load(), default)


def test_a_named_folder_with_other_files_is_not_filled_up(tmp_path, server):
    small_set(tmp_path / "fashion")
    (tmp_path / "fashion" / TEST_IMAGES).unlink()
    (tmp_path / "fashion" / TEST_LABELS).unlink()
    refused(tmp_path / "fashion", f"missing {TEST_IMAGES} and {TEST_LABELS}")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("Dear Ann")
    refused(tmp_path / "other", f"missing {TRAIN_IMAGES}, {TRAIN_LABELS}, {TEST_IMAGES} and {TEST_LABELS}")
    assert listing(tmp_path / "other") == ["letter.txt"]
    assert not server.requests


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_file_is_named(tmp_path, name):
    small_set(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-1])
    refused(tmp_path, f"{name}: truncated")


def test_a_broken_file_in_the_default_folder_is_named(tmp_path):
    small_set(tmp_path / "default")
    (tmp_path / "default" / TEST_IMAGES).write_bytes(b"")
    with pytest.raises(DataError, match=f"{TEST_IMAGES}: truncated"):
        load()


@pytest.mark.parametrize(
    ("name", "array", "match"),
    [
        (TRAIN_LABELS, np.zeros(5, np.uint8), "expected 6 labels, one an image, found 5"),
        (TEST_LABELS, np.zeros(4, np.uint8), "expected 3 labels, one an image, found 4"),
        (TRAIN_IMAGES, np.zeros((6, 12), np.uint8), r"expected uint8 \(N, H, W\), found uint8 \(6, 12\)"),
        (TRAIN_IMAGES, np.zeros((6, 4, 3), np.float32), "found float32"),
        (TRAIN_LABELS, np.zeros(6, np.int32), r"expected uint8 \(N\), found int32 \(6,\)"),
        (TEST_LABELS, np.zeros((3, 4), np.uint8), r"found uint8 \(3, 4\)"),
        (TRAIN_IMAGES, np.zeros((0, 4, 3), np.uint8), "at least one item"),
        (TRAIN_IMAGES, np.zeros((6, 0, 3), np.uint8), "at least one item"),
        (TEST_LABELS, np.zeros(0, np.uint8), "at least one item"),
        (
            TEST_IMAGES,
            np.zeros((3, 3, 4), np.uint8),
            r"expected images of \(4, 3\) as for training, found \(3, 4\)",
        ),
        (TEST_LABELS, np.array([0, 4, 1], np.uint8), "expected labels of 0 to 3, found 4"),
    ],
)
def test_files_that_do_not_fit_are_errors(tmp_path, name, array, match):
    small_set(tmp_path)
    write_idx(tmp_path / name, array)
    refused(tmp_path, f"{name}.*{match}")


def test_a_file_instead_of_the_folder_is_an_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    refused(tmp_path / "file", "can't be read as a folder")


def test_a_folder_instead_of_a_file_is_an_error(tmp_path):
    small_set(tmp_path)
    (tmp_path / TRAIN_LABELS).unlink()
    (tmp_path / TRAIN_LABELS).mkdir()
    refused(tmp_path, f"{TRAIN_LABELS}: expected a file, found a folder")


# Validation split


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


def test_split_depends_on_the_seed_alone():
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
    with pytest.raises(ValueError, match="expected 0 to 7 samples"):
        validation_split(np.zeros(7, int), count, seed=0)


def test_a_data_set_is_split_into_training_and_evaluation(tmp_path):
    arrays = small_set(tmp_path, count=8)
    data = load(tmp_path)
    images, labels, held_out_images, held_out_labels = data.split(3)
    train, validation = validation_split(data.train_labels, 3)
    np.testing.assert_array_equal(images, arrays[0][train])
    np.testing.assert_array_equal(labels, arrays[1][train])
    np.testing.assert_array_equal(held_out_images, arrays[0][validation])
    np.testing.assert_array_equal(held_out_labels, arrays[1][validation])
    assert_holds(data, data.split(0))
    with pytest.raises(ValueError, match="expected fewer than 8 images, got 8"):
        data.split(8)
