"""IDX files in the folders and with the names that people have."""

import gzip

import numpy as np
import pytest

from nn.data.idx import write_idx
from nn.data.mnist import load
from nn.errors import DataError
from tests.nn.data.conftest import (
    NAMES,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    assert_holds,
    refused,
    small_set,
)

pytestmark = pytest.mark.usefixtures("offline")

KAGGLE = [f"{name}/{name.replace('-idx', '.idx')}" for name in NAMES]


@pytest.mark.parametrize(
    "names",
    [
        [f"{name}.gz" for name in NAMES],
        [name.replace("-idx", ".idx") for name in NAMES],
        [name.replace("-idx", ".idx") + ".gz" for name in NAMES],
        [name.replace("t10k", "test") for name in NAMES],
        [f"emnist-digits-{name.replace('t10k', 'test')}.gz" for name in NAMES],
        [TRAIN_IMAGES + ".gz", TRAIN_LABELS, TEST_IMAGES, TEST_LABELS + ".gz"],
        [f"{name}/{name}" for name in NAMES],
        [*KAGGLE[:2], *NAMES[2:]],
        [f"MNIST/raw/{name}" for name in NAMES],
        [f"gzip/{name}.gz" for name in NAMES],
        [f"archive/{name}/{name}" for name in NAMES],
    ],
)
def test_names_of_other_spellings(tmp_path, names):
    arrays = small_set(tmp_path / "set", names=names)
    assert_holds(load(tmp_path / "set", transpose=False), arrays)


def test_raw_files_come_before_gzipped_ones(tmp_path):
    small_set(tmp_path / "set", names=[f"{name}.gz" for name in NAMES], seed=1)
    arrays = small_set(tmp_path / "set")
    assert_holds(load(tmp_path / "set"), arrays)


def test_kaggle_has_each_file_twice(tmp_path):
    arrays = small_set(tmp_path, names=[name.replace("-idx", ".idx") for name in NAMES])
    small_set(tmp_path, names=[f"{name}/{name}" for name in NAMES])
    assert_holds(load(tmp_path), arrays)


@pytest.mark.parametrize("names", [NAMES, KAGGLE])
def test_files_that_macos_adds_are_ignored(tmp_path, names):
    arrays = small_set(tmp_path, names=names)
    for name in names:
        path = tmp_path / name
        path.with_name(f"._{path.name}").write_bytes(b"\0\5\x16\7")
        added = tmp_path / "__MACOSX" / name
        added.parent.mkdir(parents=True, exist_ok=True)
        added.with_name(f"._{path.name}").write_bytes(b"\0\5\x16\7")
    assert_holds(load(tmp_path), arrays)


# Several sets


@pytest.mark.parametrize("inside", ["", "gzip/", "EMNIST/raw/"])
def test_a_split_of_emnist_is_chosen(tmp_path, inside):
    place = tmp_path / "emnist"
    sets = {}
    for seed, split in enumerate(("balanced", "byclass", "bymerge", "digits", "letters", "mnist")):
        names = [f"{inside}emnist-{split}-{name.replace('t10k', 'test')}.gz" for name in NAMES]
        sets[split] = small_set(place, names=names, size=(4, 4), seed=seed)
    for split, arrays in sets.items():
        data = load(place, split=split)
        np.testing.assert_array_equal(data.train_images, arrays[0].swapaxes(1, 2))
        np.testing.assert_array_equal(data.test_labels, arrays[3])
        assert data.notes[0].startswith("EMNIST is stored transposed")
    refused(place, "holds several sets, with prefixes .*emnist-letters-.*: choose one with --split, or give its folder")
    refused(place, "expected one set of split 'leters', found those with prefixes", split="leters")


def test_two_sets_in_one_folder_are_errors(tmp_path):
    small_set(tmp_path, names=[f"a-{name}" for name in NAMES])
    small_set(tmp_path, names=[f"b-{name}" for name in NAMES])
    with pytest.raises(DataError, match="several sets, with prefixes 'a-', 'b-'"):
        load(tmp_path)


def test_two_sets_in_two_subfolders_are_errors(tmp_path):
    for name in ("MNIST", "FashionMNIST"):
        small_set(tmp_path / name / "raw")
    refused(tmp_path, "several sets, with prefixes 'FashionMNIST/raw/', 'MNIST/raw/'")
    assert load(tmp_path, split="fashionmnist").class_names == ("T-shirt/top", "Trouser", "Pullover", "Dress")


def test_a_split_that_is_not_there_is_an_error(tmp_path):
    small_set(tmp_path)
    refused(tmp_path, "expected one set of split 'letters'", split="letters")


# Contents


def test_labels_of_qmnist(tmp_path):
    arrays = small_set(tmp_path, names=[f"qmnist-{name.replace('t10k', 'test')}.gz" for name in NAMES])
    for part, labels in (("train", arrays[1]), ("test", arrays[3])):
        (tmp_path / f"qmnist-{part}-labels-idx1-ubyte.gz").unlink()
        rows = np.arange(8 * len(labels), dtype=np.int32).reshape(-1, 8) * 1000
        rows[:, 0] = labels
        write_idx(tmp_path / f"qmnist-{part}-labels-idx2-int.gz", rows)
    assert_holds(load(tmp_path), arrays)


@pytest.mark.parametrize("name", [TRAIN_IMAGES, TRAIN_IMAGES.replace("idx3", "idx4")])
def test_images_in_colour(tmp_path, name):
    small_set(tmp_path, size=(5, 4, 3))
    (tmp_path / TRAIN_IMAGES).rename(tmp_path / name)
    assert load(tmp_path).image_shape == (5, 4, 3)


def test_images_with_a_channel_axis_of_one(tmp_path):
    arrays = small_set(tmp_path)
    write_idx(tmp_path / TRAIN_IMAGES, arrays[0][..., None])
    assert_holds(load(tmp_path), arrays)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32])
def test_labels_of_other_integers(tmp_path, dtype):
    arrays = small_set(tmp_path)
    write_idx(tmp_path / TRAIN_LABELS, arrays[1].astype(dtype))
    assert_holds(load(tmp_path), arrays)


@pytest.mark.parametrize(
    ("name", "array", "match"),
    [
        (TRAIN_LABELS, np.zeros(5, np.uint8), "expected 6 labels, one an image, found 5"),
        (TEST_LABELS, np.zeros(4, np.uint8), "expected 3 labels, one an image, found 4"),
        (TRAIN_IMAGES, np.zeros((6, 12), np.uint8), r"expected uint8 \(N, H, W\), .*, found uint8 \(6, 12\)"),
        (TRAIN_IMAGES, np.zeros((6, 3, 4, 4), np.uint8), r"expected .* \(N, H, W, 3\) in colour, found uint8 \(6, 3"),
        (TRAIN_IMAGES, np.zeros((6, 4, 3), np.float32), "found float32"),
        (TRAIN_LABELS, np.zeros(6, np.float32), r"expected whole numbers \(N\), found float32 \(6,\)"),
        (TRAIN_LABELS, np.full(6, -1, np.int32), "expected labels of 0 to 255, found -1"),
        (TRAIN_LABELS, np.full(6, 256, np.int32), "expected labels of 0 to 255, found 256"),
        (TEST_LABELS, np.zeros((3, 4), np.uint8), r"found uint8 \(3, 4\)"),
        (TRAIN_IMAGES, np.zeros((0, 4, 3), np.uint8), "at least one item"),
        (TRAIN_IMAGES, np.zeros((6, 0, 3), np.uint8), "at least one item"),
        (TEST_LABELS, np.zeros(0, np.uint8), "at least one item"),
        (TEST_IMAGES, np.zeros((3, 3, 4), np.uint8), r"expected images of \(4, 3\) as for training, found \(3, 4\)"),
        (TEST_LABELS, np.array([0, 4, 1], np.uint8), "expected labels of 0 to 3, found 4"),
    ],
)
def test_files_that_do_not_fit_are_errors(tmp_path, name, array, match):
    small_set(tmp_path)
    write_idx(tmp_path / name, array)
    refused(tmp_path, f"{name}.*{match}")


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_file_is_named(tmp_path, name):
    small_set(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-1])
    refused(tmp_path, f"{name}: truncated")


def test_a_broken_gzipped_file_is_named(tmp_path):
    small_set(tmp_path)
    (tmp_path / TRAIN_LABELS).write_bytes(gzip.compress(b"no IDX"))
    refused(tmp_path, f"{TRAIN_LABELS}: not IDX")


def test_a_folder_instead_of_a_file_is_an_error(tmp_path):
    small_set(tmp_path)
    (tmp_path / TRAIN_LABELS).unlink()
    (tmp_path / TRAIN_LABELS).mkdir()
    refused(tmp_path, f"{TRAIN_LABELS}: expected a file, found a folder")
