"""Folders of pictures by class."""

import numpy as np
import pytest
from PIL import Image

from nn.data.layouts import picture_folders
from nn.data.mnist import load
from tests.nn.data.conftest import refused


def ink(rng, count=1, *, size=(6, 5)):
    """Images of bright ink on black."""
    images = np.zeros((count, *size), np.uint8)
    images[:, 1:-1, 1:-1] = rng.integers(1, 256, (count, size[0] - 2, size[1] - 2), np.uint8)
    return images


def write(folder, images, *, suffix="png"):
    folder.mkdir(parents=True, exist_ok=True)
    for index, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{index:03}.{suffix}")


@pytest.mark.parametrize("names", [("train", "test"), ("training", "testing"), ("Train", "val")])
@pytest.mark.parametrize("classes", [("0", "1", "2"), ("cat", "dog", "emu")])
def test_training_and_test(tmp_path, rng, names, classes):
    arrays = {}
    for part in names:
        for name in classes:
            arrays[part, name] = ink(rng, 3)
            write(tmp_path / part / name, arrays[part, name])
    (tmp_path / names[0] / classes[0] / "notes.txt").write_text("by Ann")
    data = load(tmp_path)
    for found, labels, part in (
        (data.train_images, data.train_labels, names[0]),
        (data.test_images, data.test_labels, names[1]),
    ):
        np.testing.assert_array_equal(found, np.concatenate([arrays[part, name] for name in classes]))
        assert labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert data.class_names == (None if classes[0] == "0" else classes)
    assert data.notes == ()


def test_without_a_split(tmp_path, rng):
    for label in range(12):
        write(tmp_path / str(label), ink(rng, 5))
    data = load(tmp_path)
    assert data.classes == 12
    assert np.bincount(data.test_labels).tolist() == [1] * 12
    assert data.test_labels.tolist() == sorted(data.test_labels)  # numbers, not text: 2 before 10
    assert data.notes == ("no test set: 12 of the 60 images are held out as one, stratified",)
    np.testing.assert_array_equal(load(tmp_path).test_images, data.test_images)


def test_a_training_folder_without_a_test_folder(tmp_path, rng):
    for label in range(2):
        write(tmp_path / "train" / str(label), ink(rng, 5))
    assert len(load(tmp_path).test_images) == 2


def test_files_that_systems_add_are_ignored(tmp_path, rng):
    write(tmp_path / "0", ink(rng, 5))
    write(tmp_path / "1", ink(rng, 5))
    (tmp_path / "0" / "._000.png").write_bytes(b"\0\5\x16\7")
    (tmp_path / "0" / "Thumbs.db").write_bytes(b"")
    (tmp_path / "__MACOSX" / "0").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    assert len(load(tmp_path).train_images) == 8


@pytest.mark.parametrize("suffix", ["png", "PNG", "bmp", "jpg", "jpeg"])
def test_gray_pictures_of_each_format(tmp_path, rng, suffix):
    smooth = np.outer([0, 1, 1, 1, 1, 0], [0, 80, 160, 80, 0]).astype(np.uint8)
    for label in "01":
        write(tmp_path / label, [smooth, np.repeat(smooth[..., None], 3, axis=2)], suffix=suffix)
    data = load(tmp_path)
    assert data.train_images.shape[1:] == (6, 5)
    assert np.abs(data.train_images.astype(int) - smooth).max() <= (40 if "j" in suffix.lower() else 0)


def test_colour(tmp_path, rng):
    images = rng.integers(0, 256, (4, 6, 5, 3), np.uint8)
    write(tmp_path / "0", [*images[:2], ink(rng)[0]])
    write(tmp_path / "1", images[2:])
    data = load(tmp_path)
    assert data.image_shape == (6, 5, 3)
    assert data.notes[0].startswith("no test set")


def test_dark_ink_on_light_paper_is_inverted(tmp_path, rng):
    images = ink(rng, 5)
    for label in "01":
        write(tmp_path / "train" / label, 255 - images)
        write(tmp_path / "test" / label, 255 - images)
    data = load(tmp_path)
    np.testing.assert_array_equal(data.train_images[:5], images)
    np.testing.assert_array_equal(data.test_images[:5], images)
    assert data.notes == ("the pictures are dark on light: they were inverted",)


@pytest.mark.parametrize("colour", [0, 255])
def test_transparent_pictures_become_bright_ink_on_black(tmp_path, rng, colour):
    alpha = ink(rng, 4)
    write(tmp_path / "train" / "0", [np.dstack([np.full((6, 5, 3), colour, np.uint8), each]) for each in alpha])
    write(tmp_path / "test" / "0", alpha)
    np.testing.assert_array_equal(load(tmp_path).train_images, alpha)


def test_pictures_of_16_bits(tmp_path, rng):
    images = ink(rng, 2)
    for label in "01":
        write(tmp_path / label, images.astype(np.uint16) * 257)
    data = load(tmp_path)
    assert {image.tobytes() for image in data.train_images} <= {image.tobytes() for image in images}


def test_labels_from_1(tmp_path, rng):
    for label in range(1, 27):
        write(tmp_path / f"{label:02}", ink(rng, 2))
    data = load(tmp_path)
    assert data.classes == 26
    assert data.class_names == tuple(f"{label:02}" for label in range(1, 27))


def test_numbers_above_255_are_names(tmp_path, rng):
    for name in ("1999", "2000"):
        write(tmp_path / name, ink(rng, 3))
    assert load(tmp_path).class_names == ("1999", "2000")


def test_errors_name_the_picture_or_the_folder(tmp_path, rng, monkeypatch):
    write(tmp_path / "train" / "0", ink(rng, 2))
    write(tmp_path / "train" / "1", ink(rng, 2))
    refused(tmp_path, "expected a data set with several splits", split="letters")
    (tmp_path / "train" / "2").mkdir()
    refused(tmp_path, "2: expected pictures of a class, found none")
    write(tmp_path / "train" / "2", ink(rng, 2, size=(7, 5)))
    refused(tmp_path, "000.png: expected 5x6 pixels as in 000.png, found 5x7")
    (tmp_path / "train" / "2" / "000.png").write_bytes(b"GIF89a")
    refused(tmp_path, "000.png: can't be read as a picture")
    (tmp_path / "train" / "2" / "000.png").unlink()
    (tmp_path / "train" / "2" / "000.png").mkdir()
    refused(tmp_path, "000.png: expected a picture, found a folder")
    (tmp_path / "train" / "2" / "000.png").rmdir()
    write(tmp_path / "train" / "2", ink(rng, 2))
    (tmp_path / "test").mkdir()
    refused(tmp_path, "test: expected a folder of pictures for each class, found none")
    write(tmp_path / "test" / "7", ink(rng, 2))
    refused(tmp_path, "test: expected the classes of .*train, found '7' as well")
    monkeypatch.setattr(picture_folders, "MAX_SIDE", 5)
    (tmp_path / "test" / "7").rename(tmp_path / "test" / "1")
    refused(tmp_path, "000.png: expected at most 5x5 pixels, found 5x6")


def test_too_many_classes_are_an_error(tmp_path, rng):
    image = ink(rng)
    for number in range(257):
        write(tmp_path / f"c{number}", image)
    refused(tmp_path, "expected at most 256 classes, found 257 folders")
