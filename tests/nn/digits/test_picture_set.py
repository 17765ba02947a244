"""Sets of labelled pictures: manifests, folders and arrays, sound and broken."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nn.digits import picture_set
from nn.digits.picture_set import DIGIT, LINE, PAGE, LabelledPicture, read_picture_set, write_picture_set
from nn.errors import DataError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.arange(120, dtype=np.uint8).reshape(10, 12)).save("a.png")
    return tmp_path


def listed(place):
    return [(sample.label, sample.kind, sample.content) for sample in read_picture_set(place)]


def test_a_manifest(folder):
    np.savez("crops.npz", pictures=np.zeros((2, 5, 4), np.uint8), labels=np.array([3, 8]))
    Path("manifest.csv").write_text(
        "\ufefffile,label,kind,note\n"
        'a.png,7,photo,"commas, and\nline ends"\n'
        "a.png,2026,,\n"
        "a.png,5,line,\n"
        "a.png,12/ 34,,\n"
        "crops.npz,,crop,\n",
        encoding="utf-8",
    )
    expected = [
        ("7", "photo", DIGIT),
        ("2026", LINE, LINE),
        ("5", LINE, LINE),
        ("12/34", PAGE, PAGE),
        ("3", "crop", DIGIT),
        ("8", "crop", DIGIT),
    ]
    assert listed(folder) == listed("manifest.csv") == expected
    first, *_, last = read_picture_set(folder)
    assert first.read().shape == (10, 12)
    assert last.read().shape == (5, 4)


def test_folders_named_by_digits(folder):
    for name in ("7/x.png", "0/b.PNG", "0/more/a.png", ".git/c.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(Path("a.png").read_bytes())
    Path("0/notes.txt").touch()
    assert listed(folder) == [("0", DIGIT, DIGIT), ("0", DIGIT, DIGIT), ("7", DIGIT, DIGIT)]


def arrays(**values):
    np.savez("set.npz", **{"pictures": np.zeros((2, 5, 4)), "labels": np.array([0, 9])} | values)
    return "set.npz"


def test_arrays():
    assert listed(arrays()) == [("0", DIGIT, DIGIT), ("9", DIGIT, DIGIT)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"pictures": np.zeros((2, 5, 4, 3))},
            r"pictures: expected gray ones \(N, H, W\), found float64 \(2, 5, 4, 3\)",
        ),
        ({"pictures": np.zeros((0, 5, 4)), "labels": np.zeros(0, int)}, "pictures: expected gray ones"),
        ({"pictures": np.full((2, 5, 4), 255.0)}, "pictures: expected numbers from 0 to 1, found others"),
        ({"labels": np.array([0, 10])}, "labels: expected 0 to 9, found 0 to 10"),
        ({"labels": np.array([0])}, r"labels: expected 2 integers, found int64 \(1,\)"),
        ({"labels": np.array([0.5, 1])}, "labels: expected 2 integers, found float64"),
    ],
)
def test_bad_arrays(values, message):
    with pytest.raises(DataError, match=message):
        read_picture_set(arrays(**values))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,label\na.png,1\n", "manifest.csv: expected the columns file and label, found name, label"),
        ("", "manifest.csv: expected the columns file and label, found none"),
        ("file,label\n", "expected pictures, found none"),
        ("file,label\na.png,7\na.png,seven\n", "manifest.csv: line 3: label: expected digits, .* found 'seven'"),
        ("file,label\na.png\n", "manifest.csv: line 2: label: expected digits, .* found ''"),
        ("file,label\n,7\n", "manifest.csv: line 2: file: expected a name, found none"),
        ("file,label\nnone.npz,\n", "none.npz: expected a set of pictures, found nothing"),
    ],
)
def test_bad_manifests(folder, text, message):
    Path("manifest.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_picture_set(folder)


@pytest.mark.parametrize(
    ("names", "place", "message"),
    [
        ([], ".", "expected manifest.csv, or folders named 0 to 9 alone; found none"),
        (["7", "seven"], ".", "folders named 0 to 9 alone; found 'seven'"),
        (["7"], ".", r"\.: expected pictures, found none"),
        ([], "a.png", "a.png: not a set of pictures"),
        ([], "nowhere", "nowhere: expected a set of pictures, found nothing"),
    ],
)
def test_bad_places(names, place, message):
    for name in names:
        Path(name).mkdir()
    with pytest.raises(DataError, match=message):
        read_picture_set(place)


def test_what_is_written_is_read_back(folder):
    pictures = [
        LabelledPicture(np.arange(60, dtype=np.uint8).reshape(6, 10) * factor, label, kind)
        for factor, (label, kind) in enumerate((("7", "photo"), ("12/34", PAGE), ("3", "photo")))
    ]
    write_picture_set(folder / "set", iter(pictures))
    found = read_picture_set(folder / "set")
    assert [(each.label, each.kind) for each in found] == [(each.label, each.kind) for each in pictures]
    for each, expected in zip(found, pictures, strict=True):
        assert np.array_equal(each.read(), expected.read())
    with pytest.raises(DataError, match=r"set: expected a new or empty folder, found files in it"):
        write_picture_set(folder / "set", pictures)
    with pytest.raises(DataError, match=r"a.png: expected a new or empty folder, found a file"):
        write_picture_set(folder / "a.png", pictures)


def test_limits_of_a_manifest(folder, monkeypatch):
    Path("manifest.csv").write_text("file,label\na.png,7\n")
    monkeypatch.setattr(picture_set, "MAX_MANIFEST_BYTES", 18)
    with pytest.raises(DataError, match=r"manifest.csv: expected a manifest of at most 0 MiB, found more"):
        read_picture_set(folder)
    monkeypatch.setattr(picture_set, "MAX_MANIFEST_BYTES", 19)
    assert listed(folder) == [("7", DIGIT, DIGIT)]


def test_a_field_without_an_end_is_an_error(folder):
    Path("manifest.csv").write_text('file,label\n"' + "a" * 200_000)
    with pytest.raises(DataError, match=r"manifest.csv: can't be read: field larger than field limit"):
        read_picture_set(folder)
