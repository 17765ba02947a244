"""Tables of labels and pixels."""

import numpy as np
import pytest

from nn.data.mnist import load
from tests.nn.data.conftest import refused

HEADER = "label," + ",".join(f"pixel{index}" for index in range(9))


def write(path, labels, *, header=HEADER, seed=0, end="\n"):
    """Write a table of 3x3 images; returns the images. Labels are None for a table without them."""
    images = np.random.default_rng(seed).integers(0, 256, (20 if labels is None else len(labels), 3, 3), np.uint8)
    columns = [[] if labels is None else [label] for label in (labels or [None] * len(images))]
    rows = [",".join(map(str, (*c, *image.ravel()))) for c, image in zip(columns, images, strict=True)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(end.join([*([header] if header else []), *rows, ""]))
    return images


@pytest.mark.parametrize("header", [HEADER, HEADER.upper(), None])
@pytest.mark.parametrize("names", [("train", "test"), ("mnist_train", "mnist_test"), ("Fashion-Train", "Fashion-Test")])
def test_training_and_test(tmp_path, names, header):
    train, test = (tmp_path / "set" / f"{name}.csv" for name in names)
    train_images = write(train, [0, 1, 2, 1], header=header)
    test_images = write(test, [2, 0], header=header, seed=1)
    data = load(tmp_path / "set")
    np.testing.assert_array_equal(data.train_images, train_images)
    np.testing.assert_array_equal(data.test_images, test_images)
    assert data.train_labels.tolist() == [0, 1, 2, 1]
    assert data.test_labels.tolist() == [2, 0]
    assert data.notes == ()


def test_kaggle_competition(tmp_path):
    images = write(tmp_path / "train.csv", [0, 1] * 10)
    write(tmp_path / "test.csv", None, header=HEADER.removeprefix("label,"))
    (tmp_path / "sample_submission.csv").write_text("ImageId,Label\n1,0\n")
    data = load(tmp_path)
    assert (len(data.train_images), len(data.test_images)) == (16, 4)
    assert {image.tobytes() for image in (*data.train_images, *data.test_images)} == {i.tobytes() for i in images}
    assert data.notes[0] == "test.csv has no labels and is left out"


def test_a_single_table(tmp_path):
    write(tmp_path / "A_Z Handwritten Data.csv", [*range(26)] * 2, header=None, end="\r\n")
    for place in (tmp_path, tmp_path / "A_Z Handwritten Data.csv"):
        data = load(place)
        assert (data.classes, len(data.test_labels), data.folder) == (26, 10, place)


def test_the_label_may_be_the_last_column(tmp_path):
    labels = [0, 1, 1]
    images = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    rows = [",".join(map(str, (*image.ravel(), label))) for image, label in zip(images, labels, strict=True)]
    header = ",".join([*(f"pixel{index}" for index in range(9)), "label"])
    for name in ("train", "test"):
        (tmp_path / f"{name}.csv").write_text("\ufeff" + "\n".join([header, *rows]))
    data = load(tmp_path)
    np.testing.assert_array_equal(data.train_images, images)
    assert data.train_labels.tolist() == labels


def test_a_split_of_emnist_is_chosen_and_turned(tmp_path):
    for seed, split in enumerate(("digits", "letters")):
        for part in ("train", "test"):
            first = int(split == "letters")
            name = f"emnist-{split}-{part}.csv"
            images = write(tmp_path / name, list(range(first, first + 26)), header=None, seed=seed)
    data = load(tmp_path, split="letters")
    np.testing.assert_array_equal(data.test_images, images.swapaxes(1, 2))
    assert data.class_names[0] == "A"
    refused(tmp_path, "holds several sets")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("0,1,2,3", "expected a label and the pixels of a square image, found 4 columns"),
        ("0,1,2,3,256", "expected pixels of 0 to 255, found 1 to 256"),
        ("0,1,2,3,-4", "expected pixels of 0 to 255, found -4 to 3"),
        ("0,1,2,3,0.5", "expected whole numbers in 5 columns"),
        ("0,1,2,3,4\n0,1,2,3", "expected whole numbers in 5 columns"),
        ("a,b,c,d,e\nx,1,2,3,4", "expected whole numbers in 5 columns"),
        ("999,1,2,3,4", "expected labels of 0 to 255, found 999"),
        ("0,\xff,2,3,4", "expected whole numbers in 5 columns"),
    ],
)
def test_other_tables_are_errors(tmp_path, text, match):
    (tmp_path / "train.csv").write_text(text, encoding="utf-8")
    refused(tmp_path, f"train.csv: {match}")


def test_a_binary_file_is_an_error(tmp_path):
    (tmp_path / "train.csv").write_bytes(b"\xff\xfe\x80,")
    refused(tmp_path, "train.csv: can't be read")
