import io
import json
import warnings
import zipfile

import numpy as np
import pytest

from nn.digits import stroke_files
from nn.digits.stroke_files import Drawing
from nn.digits.stroke_set import StrokeSet
from nn.errors import DataError
from tests.nn.digits.drawings import SEVEN, assert_same_strokes

DOCUMENT = {
    "format": "digits-from-scratch drawing",
    "version": 1,
    "label": 7,
    "canvas": [280, 280],
    "strokes": [[[61, 70.5], [190, 66]], [[1, 2]]],
}
ARRAYS = {
    "points": np.arange(12, dtype=np.int16).reshape(6, 2),
    "stroke_offsets": np.array([0, 1, 4, 6]),
    "sample_offsets": np.array([0, 2, 3]),
    "label": np.array([3, 9], np.uint8),
    "writer": np.array([0, 5], np.int32),
}


@pytest.mark.parametrize("label", [None, 0, 7, np.int64(9)])
@pytest.mark.parametrize("canvas", [None, (280.0, 200.0)])
def test_a_drawing_survives_its_file(tmp_path, label, canvas):
    stroke_files.write_drawing(tmp_path / "a.json", Drawing(SEVEN, label, canvas))
    drawing = stroke_files.read_drawing(tmp_path / "a.json")
    assert_same_strokes(drawing.strokes, SEVEN)
    assert (drawing.label, drawing.canvas) == (label, canvas)
    assert all(stroke.dtype == np.float64 for stroke in drawing.strokes)


def test_a_blank_drawing_and_tuples_of_points_can_be_written(tmp_path):
    stroke_files.write_drawing(tmp_path / "blank.json", Drawing([]))
    assert stroke_files.read_drawing(tmp_path / "blank.json").strokes == []
    stroke_files.write_drawing(tmp_path / "tuples.json", Drawing((((1.0, 2.0), (3, 4)), ((5, 6),))))
    assert_same_strokes(stroke_files.read_drawing(tmp_path / "tuples.json").strokes, [[[1, 2], [3, 4]], [[5, 6]]])


@pytest.mark.parametrize(
    "drawing",
    [
        Drawing(SEVEN, label=10),
        Drawing(SEVEN, canvas=(280.0, float("nan"))),
        Drawing(SEVEN, canvas=(280.0, 0.0)),
        Drawing([np.array([[1.0, np.nan]])]),
        Drawing([np.empty((0, 2))]),
    ],
)
def test_an_invalid_drawing_is_not_written(tmp_path, drawing):
    path = tmp_path / "a.json"
    path.write_text("before")
    with pytest.raises(ValueError):
        stroke_files.write_drawing(path, drawing)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_drawing_too_large_to_be_read_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(stroke_files, "MAX_DRAWING_BYTES", 1000)
    with pytest.raises(ValueError, match=r"at most 0 MiB, got 0\.0$"):
        stroke_files.write_drawing(tmp_path / "a.json", Drawing([np.zeros((200, 2))]))
    assert not list(tmp_path.iterdir())


def changed(**entries):
    return json.dumps(DOCUMENT | entries)


MALFORMED = {
    "empty": ("", "not JSON"),
    "not JSON": ("{'a': 1}", "not JSON"),
    "not text": (b"\xff\xfe\x00\xd8", "not JSON"),
    "cut short": (json.dumps(DOCUMENT)[:-3], "not JSON"),
    "deeply nested": ("[" * 100_000, "not JSON"),
    "a long number": (changed(strokes=[]).replace("[]", "[[[1, " + "1" * 5000 + "]]]"), "not JSON"),
    "NaN": (changed(strokes=[[[1, float("nan")]]]), "NaN is not a number"),
    "infinity": (changed(strokes=[[[1, float("-inf")]]]), "-Infinity is not a number"),
    "overflow": (changed(strokes=[]).replace("[]", "[[[1, 1e999]]]"), "stroke 1: expected numbers within"),
    "large integer": (changed(strokes=[[[0, 10**400]]]), "stroke 1"),
    "a list": ("[]", "not a drawing"),
    "another format": (changed(format="painting"), "not a drawing"),
    "no version": (json.dumps({k: v for k, v in DOCUMENT.items() if k != "version"}), "version: expected 1"),
    "version 2": (changed(version=2), "version: expected 1, found 2"),
    "version true": (changed(version=True), "version: expected 1, found True"),
    "version 1.0": (changed(version=1.0), "version: expected 1, found 1.0"),
    "a key more": (changed(pressure=[]), "expected the keys"),
    "a key less": (json.dumps({k: v for k, v in DOCUMENT.items() if k != "label"}), "expected the keys"),
    "label 10": (changed(label=10), "label: expected 0 to 9 or null, found 10"),
    "label -1": (changed(label=-1), "label"),
    "label true": (changed(label=True), "label"),
    "label 7.0": (changed(label=7.0), "label"),
    "label text": (changed(label="7"), "label"),
    "canvas number": (changed(canvas=280), "canvas"),
    "canvas of lines": (changed(canvas="a\nb"), "canvas"),
    "key of lines": (changed(**{"a\nb": 1}), "keys"),
    "canvas of three": (changed(canvas=[1, 2, 3]), "canvas"),
    "canvas of none": (changed(canvas=[0, 280]), "canvas"),
    "strokes null": (changed(strokes=None), "strokes: expected a list, found NoneType"),
    "strokes object": (changed(strokes={"1": [[1, 2]]}), "strokes: expected a list, found dict"),
    "points not in strokes": (changed(strokes=[[1, 2], [3, 4]]), "stroke 1: expected a list of points"),
    "points of three": (changed(strokes=[[[1, 2]], [[1, 2, 3]]]), "stroke 2: expected a list of points"),
    "points too deep": (changed(strokes=[[[[1, 2]]]]), "stroke 1: expected a list of points"),
    "points of text": (changed(strokes=[[["1", "2"]]]), "stroke 1: expected a list of points"),
    "points of booleans": (changed(strokes=[[[True, False]]]), "stroke 1: expected a list of points"),
    "points null": (changed(strokes=[[None]]), "stroke 1: expected a list of points"),
    "empty stroke": (changed(strokes=[[[1, 2]], []]), "stroke 2: expected points"),
    "too far": (changed(strokes=[[[1, 2e9]]]), "stroke 1: expected numbers within 1e+09"),
}


@pytest.mark.parametrize(("content", "cause"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_drawing_is_an_error_in_one_line_with_path_and_cause(tmp_path, content, cause):
    path = tmp_path / "a.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught:
        stroke_files.read_drawing(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert cause in message
    assert "\n" not in message
    assert len(message) < len(str(path)) + 200


def test_the_document_that_the_malformed_ones_change_is_sound(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(DOCUMENT))
    drawing = stroke_files.read_drawing(tmp_path / "a.json")
    assert drawing.canvas == (280.0, 280.0)
    assert drawing.label == 7


@pytest.mark.parametrize("read", [stroke_files.read_drawing, stroke_files.read_stroke_set])
def test_missing_files_and_folders_are_errors(tmp_path, read):
    with pytest.raises(DataError, match=r"missing: expected .* found nothing"):
        read(tmp_path / "missing")
    with pytest.raises(DataError, match="found a folder"):
        read(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_drawing_with_a_byte_order_mark(encoding, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(DOCUMENT), encoding)
    assert stroke_files.read_drawing(tmp_path / "a.json").label == DOCUMENT["label"]


def test_huge_files_are_errors_before_they_are_read(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(DOCUMENT) + " " * 1000)
    monkeypatch.setattr(stroke_files, "MAX_DRAWING_BYTES", 1000)
    with pytest.raises(DataError, match=r"a\.json: expected a drawing of at most"):
        stroke_files.read_drawing(path)


def test_a_set_survives_its_file(tmp_path):
    stroke_files.write_stroke_set(tmp_path / "set.npz", StrokeSet(**ARRAYS))
    result = stroke_files.read_stroke_set(tmp_path / "set.npz")
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(getattr(result, name), array)
    assert result.points.dtype == np.int16
    assert len(result) == 2
    assert_same_strokes(result.strokes(0), [[[0, 1]], [[2, 3], [4, 5], [6, 7]]])
    assert_same_strokes(result.strokes(1), [[[8, 9], [10, 11]]])
    assert_same_strokes(result.strokes(-1), result.strokes(1))
    assert result.strokes(0)[0].dtype == np.float64
    with pytest.raises(IndexError):
        result.strokes(2)


BROKEN = {
    "points flat": ("points", np.zeros(6), "points: expected numbers of shape"),
    "points of three": ("points", np.zeros((6, 3)), "points: expected numbers of shape"),
    "points of booleans": ("points", np.zeros((6, 2), bool), "points: expected numbers"),
    "points complex": ("points", np.zeros((6, 2), complex), "expected numbers, found"),
    "points NaN": ("points", np.full((6, 2), np.nan), "points: expected numbers within"),
    "points infinite": ("points", np.full((6, 2), -np.inf), "points: expected numbers within"),
    "points too far": ("points", np.full((6, 2), 2**40), "points: expected numbers within"),
    "too few points": ("points", np.zeros((5, 2)), "stroke_offsets: expected 0 to 5"),
    "offsets not from 0": ("stroke_offsets", np.array([1, 2, 4, 6]), "stroke_offsets: expected 0 to 6"),
    "offsets not to the end": ("stroke_offsets", np.array([0, 1, 4, 5]), "found 0 to 5"),
    "offsets beyond the end": ("stroke_offsets", np.array([0, 1, 4, 7]), "found 0 to 7"),
    "offsets falling": ("stroke_offsets", np.array([0, 5, 4, 6]), "growing numbers, found 5 before 4"),
    "offsets beyond and back": ("stroke_offsets", np.array([0, 9, 4, 6]), "found 9 before 4"),
    "an empty stroke": ("stroke_offsets", np.array([0, 4, 4, 6]), "growing numbers, found 4 before 4"),
    "offsets wrapping": ("stroke_offsets", np.array([0, 2**63, 4, 6], np.uint64), "64 bits"),
    "no offsets": ("stroke_offsets", np.array([], int), "stroke_offsets: expected 0 to 6"),
    "offsets of floats": ("stroke_offsets", np.array([0, 1.0, 4, 6]), "stroke_offsets: expected integers"),
    "offsets square": ("stroke_offsets", np.zeros((2, 2), int), "stroke_offsets: expected integers"),
    "an empty sample": ("sample_offsets", np.array([0, 0, 3]), "sample_offsets: expected growing"),
    "samples not to the end": ("sample_offsets", np.array([0, 1, 2]), "the number of strokes; found 0 to 2"),
    "labels missing": ("label", np.array([3]), "label: expected one for each of 2 samples, found 1"),
    "label 10": ("label", np.array([3, 10]), "label: expected 0 to 9, found 3 to 10"),
    "label negative": ("label", np.array([-1, 3]), "label: expected 0 to 9, found -1 to 3"),
    "label a float": ("label", np.array([3.0, 4.0]), "label: expected integers"),
    "writers missing": (
        "writer",
        np.array([], np.int32),
        "writer: expected one for each of 2 samples, found 0",
    ),
    "pickle": ("label", np.array([3, {}], object), "not a set of strokes: label.npy: expected numbers"),
}


@pytest.mark.parametrize(("name", "array", "cause"), BROKEN.values(), ids=BROKEN)
def test_a_broken_set_is_an_error_in_one_line_with_path_and_cause(tmp_path, name, array, cause):
    path = tmp_path / "set.npz"
    np.savez(path, **ARRAYS | {name: array})
    with pytest.raises(DataError) as caught:
        stroke_files.read_stroke_set(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert cause in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ARRAYS)
def test_a_set_lacking_an_array_is_an_error(tmp_path, name):
    path = tmp_path / "set.npz"
    np.savez(path, **{other: array for other, array in ARRAYS.items() if other != name})
    with pytest.raises(DataError, match=f"no array '{name}'"):
        stroke_files.read_stroke_set(path)


def test_an_entry_that_is_not_an_array_is_an_error(tmp_path):
    path = tmp_path / "set.npz"
    np.savez(path, **ARRAYS)
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the name is there already: the later entry counts
        archive.writestr("label.npy", b"not an array")
    with pytest.raises(DataError, match="not"):
        stroke_files.read_stroke_set(path)


@pytest.mark.parametrize("keep", [0, 10, 100, -30])
def test_a_set_cut_short_is_an_error(tmp_path, keep):
    buffer = io.BytesIO()
    np.savez(buffer, **ARRAYS)
    path = tmp_path / "set.npz"
    path.write_bytes(buffer.getvalue()[:keep])
    with pytest.raises(DataError, match="not a set of strokes"):
        stroke_files.read_stroke_set(path)


def test_damage_anywhere_in_a_set_is_noticed_or_harmless(tmp_path):
    stroke_files.write_stroke_set(tmp_path / "set.npz", StrokeSet(**ARRAYS))
    sound = (tmp_path / "set.npz").read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(100):
        damaged = bytearray(sound)
        damaged[rng.integers(len(sound))] ^= 1 << rng.integers(8)
        (tmp_path / "set.npz").write_bytes(damaged)
        try:
            stroke_files.read_stroke_set(tmp_path / "set.npz")
        except DataError:
            refused += 1
    assert refused > 30


def test_a_set_that_unpacks_to_too_much_is_an_error(tmp_path, monkeypatch):
    stroke_files.write_stroke_set(tmp_path / "set.npz", StrokeSet.from_samples([[np.zeros((100_000, 2))]], [0]))
    monkeypatch.setattr(stroke_files, "MAX_SET_BYTES", 1 << 20)
    assert (tmp_path / "set.npz").stat().st_size < stroke_files.MAX_SET_BYTES
    with pytest.raises(DataError, match=r"set\.npz: expected at most 1 MiB"):
        stroke_files.read_stroke_set(tmp_path / "set.npz")
