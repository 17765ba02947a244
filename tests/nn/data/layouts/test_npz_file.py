"""One .npz file of four arrays."""

import io
import zipfile

import numpy as np
import pytest

from nn.data.layouts import npz_file
from nn.data.mnist import load
from tests.nn.data.conftest import refused


@pytest.fixture
def arrays(rng):
    images = rng.integers(0, 256, (9, 4, 3), np.uint8)
    labels = np.arange(9, dtype=np.uint8) % 3
    return {"x_train": images[:6], "y_train": labels[:6], "x_test": images[6:], "y_test": labels[6:]}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("name", ["", "mnist.npz"])
def test_the_file_of_keras(tmp_path, arrays, save, name):
    save(tmp_path / "mnist.npz", **arrays)
    data = load(tmp_path / name)
    np.testing.assert_array_equal(data.train_images, arrays["x_train"])
    np.testing.assert_array_equal(data.test_labels, arrays["y_test"])
    assert data.folder == tmp_path / name
    data.train_images[:] = 0  # writable


def test_other_names_channels_and_columns_of_labels(tmp_path, arrays):
    arrays = {
        "train_images": np.asfortranarray(arrays["x_train"])[..., None],
        "train_labels": arrays["y_train"][:, None].astype(np.int64),
        "test_images": arrays["x_test"][..., None],
        "test_labels": arrays["y_test"][:, None],
        "val_images": arrays["x_test"],
    }
    np.savez(tmp_path / "set.npz", **arrays)
    data = load(tmp_path)
    np.testing.assert_array_equal(data.train_images, arrays["train_images"][..., 0])
    assert data.train_labels.tolist() == [0, 1, 2] * 2


def test_images_in_colour(tmp_path, arrays):
    colour = {name: np.repeat(a[..., None], 3, -1) if name[0] == "x" else a for name, a in arrays.items()}
    np.savez(tmp_path / "cifar.npz", **colour)
    assert load(tmp_path).image_shape == (4, 3, 3)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"x_train": None}, "expected the arrays x_train, y_train, x_test, y_test, found x_test, y_test, y_train"),
        ({"x_train": np.zeros((6, 4, 3), np.float32)}, "expected uint8"),
        ({"y_train": np.zeros((6, 2), int)}, "expected whole numbers"),
        ({"y_train": np.array([{}] * 6)}, "expected numbers, found"),
        ({"y_test": np.array([7, 0, 0])}, "expected labels of 0 to 2, found 7"),
    ],
)
def test_arrays_that_do_not_fit_are_errors(tmp_path, arrays, changes, match):
    arrays = {name: array for name, array in (arrays | changes).items() if array is not None}
    np.savez(tmp_path / "set.npz", **arrays)
    refused(tmp_path, f"set.npz: .*{match}")


def test_damaged_files_are_errors(tmp_path, arrays):
    path = tmp_path / "set.npz"
    np.savez(path, **arrays)
    content = path.read_bytes()
    for damaged in (b"", b"PK", content[:200], content[:-30], content.replace(b"(6, 4, 3)", b"(9, 9, 9)")):
        path.write_bytes(damaged)
        refused(tmp_path, "set.npz: ")


def test_an_array_that_claims_more_than_it_holds_is_an_error(tmp_path, arrays):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (1 << 40, 4, 3)})
    np.savez(tmp_path / "set.npz", **{name: arrays[name] for name in arrays if name != "x_train"})
    with zipfile.ZipFile(tmp_path / "set.npz", "a") as archive:
        archive.writestr("x_train.npy", header.getvalue())
    refused(tmp_path, "makes 13194139533312 bytes, found 0")


def test_a_decompression_bomb_is_an_error(tmp_path, arrays, monkeypatch):
    monkeypatch.setattr(npz_file, "FREE_BYTES", 1000)
    np.savez_compressed(tmp_path / "set.npz", **arrays | {"x_train": np.zeros((6, 999, 999), np.uint8)})
    refused(tmp_path, "of arrays, found more")


def test_two_files_are_an_error(tmp_path, arrays):
    for name in ("a", "b"):
        np.savez(tmp_path / f"{name}.npz", **arrays)
    refused(tmp_path, "holds 2 .npz files: give one of them")
