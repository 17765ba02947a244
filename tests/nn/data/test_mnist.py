"""Which data set is loaded, and what is said if there is none."""

from pathlib import Path

import numpy as np
import pytest

import nn
from nn.data import mnist
from nn.data.catalog import DATASETS
from nn.data.mnist import load
from nn.errors import DataError
from nn.paths import data_folder
from tests.nn.data.conftest import TEST_IMAGES, TRAIN_IMAGES, assert_holds, listing, refused, small_set


def test_the_default_folder_is_in_the_project():
    assert Path(nn.__path__[0]).parent / "data" / "mnist" == mnist.DEFAULT_FOLDER == data_folder() / "mnist"


def test_load_gives_what_the_files_hold(offline, tmp_path):
    arrays = small_set(tmp_path / "set")
    dataset = load(tmp_path / "set")
    assert_holds(dataset, arrays)
    assert dataset.train_images.dtype == dataset.test_images.dtype == np.uint8
    assert dataset.train_labels.dtype == dataset.test_labels.dtype == np.int64
    assert dataset.classes == 4
    assert dataset.folder == tmp_path / "set"


def test_the_folder_given_comes_before_the_environment_and_that_before_the_default(offline, tmp_path, monkeypatch):
    default = small_set(tmp_path / "default", seed=1)
    environment = small_set(tmp_path / "environment", seed=2)
    given = small_set(tmp_path / "given", seed=3)
    assert_holds(load(), default)
    monkeypatch.setenv("NN_DATA", str(tmp_path / "environment"))
    assert_holds(load(), environment)
    assert_holds(load(tmp_path / "given"), given)
    monkeypatch.setenv("NN_DATA", "")
    assert_holds(load(), default)


def test_a_tilde_is_the_home_of_the_user(offline, tmp_path, monkeypatch):
    arrays = small_set(tmp_path / "home" / "set")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    assert_holds(load("~/set"), arrays)
    monkeypatch.setenv("NN_DATA", "~/set")
    assert_holds(load(), arrays)
    with pytest.raises(DataError, match=f"^{tmp_path}/home/sett: no such file or folder: did you mean .*/home/set"):
        load("~/sett")
    monkeypatch.chdir(tmp_path)
    assert not (tmp_path / "~").exists()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("fashon", "fashon: no such file or folder: `digits download fashion` downloads Fashion-MNIST"),
        ("fashion", "fashion: no such file or folder: `digits download fashion` downloads Fashion-MNIST"),
        ("leters", "leters: no such file or folder: did you mean letters?"),
        ("mnist2", "mnist2: no such file or folder: did you mean mnist3?; `digits download mnist` downloads MNIST"),
        ("q/x", "q/x: no such file or folder"),
    ],
)
def test_a_name_that_is_missing_is_an_error_with_a_hint(offline, tmp_path, monkeypatch, name, hint):
    for folder in ("letters", "mnist3"):
        (tmp_path / "here" / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(DataError) as caught:
        load(name)
    assert str(caught.value) == hint
    assert listing(tmp_path / "here") == ["letters", "mnist3"]


@pytest.mark.parametrize("names", [[], ["letter.txt"], ["._train-images-idx3-ubyte"]])
def test_a_folder_without_a_data_set_says_what_is_read(offline, tmp_path, names):
    (tmp_path / "other").mkdir()
    for name in names:
        (tmp_path / "other" / name).write_text("Dear Ann")
    refused(
        tmp_path / "other", "no data set found: expected IDX files .*npz.*CSV.*, or a folder of pictures for each class"
    )
    assert listing(tmp_path / "other") == names


def test_an_incomplete_set_names_what_is_missing(offline, tmp_path):
    small_set(tmp_path / "fashion")
    (tmp_path / "fashion" / TEST_IMAGES).unlink()
    refused(tmp_path / "fashion", rf"missing {TEST_IMAGES} \(or the same with .gz\)")


def test_a_file_of_no_known_kind_is_an_error(offline, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    refused(tmp_path / "file", "expected a folder, or a .npz or .csv file")


def test_a_broken_file_in_the_default_folder_is_named(offline, tmp_path):
    small_set(tmp_path / "default")
    (tmp_path / "default" / TRAIN_IMAGES).write_bytes(b"")
    with pytest.raises(DataError, match=f"{TRAIN_IMAGES}: truncated"):
        load()


def test_each_data_set_is_stored_in_its_own_folder():
    assert mnist.stored_folder("mnist") == mnist.DEFAULT_FOLDER
    assert len({mnist.stored_folder(name) for name in DATASETS}) == len(DATASETS)
