import io
import json
import pickle
import zipfile

import numpy as np
import pytest

from nn import Dense, Flatten, ReLU, Sequential, checkpoint
from nn.errors import CheckpointError
from nn.fuse import fuse


@pytest.fixture
def model(rng):
    return Sequential([Flatten(), Dense(3)], (4, 4, 1), rng=rng)


@pytest.fixture
def path(tmp_path, model):
    path = tmp_path / "weights" / "a.npz"
    checkpoint.save(path, model, {"seed": 7}, {"memory/steps": np.array(3)})
    return path


def description(input_shape, units):
    return {"input_shape": input_shape, "dtype": "float32", "layers": [{"type": "Dense", "units": units}]}


def entries_of(path):
    with np.load(path) as archive:
        return dict(archive)


def rewrite(path, change):
    """Write the archive again after ``change`` of its entries."""
    entries = entries_of(path)
    change(entries)
    np.savez(path, **entries)


def change_header(path, **fields):
    def change(entries):
        header = json.loads(entries["meta"].tobytes()) | fields
        entries["meta"] = np.frombuffer(json.dumps(header).encode(), np.uint8)

    rewrite(path, change)


def test_round_trip(path, model):
    found = checkpoint.load(path)
    assert found.meta == {"seed": 7}
    assert found.arrays["memory/steps"] == 3
    assert found.model.config() == model.config()
    for name, value in model.state().items():
        np.testing.assert_array_equal(found.model.state()[name], value)


def test_float64_stays_float64(tmp_path, rng):
    model = Sequential([Flatten(), Dense(3)], (4, 4, 1), rng=rng, dtype=np.float64)
    checkpoint.save(tmp_path / "a.npz", model, {})
    assert checkpoint.load(tmp_path / "a.npz").model.state()["dense_1/kernel"].dtype == np.float64


def test_a_fused_model_is_refused(tmp_path, rng):
    model = fuse(Sequential([Flatten(), Dense(3), ReLU()], (4, 4, 1), rng=rng))
    with pytest.raises(ValueError, match="describe the plain model"):
        checkpoint.save(tmp_path / "a.npz", model, {})
    assert not (tmp_path / "a.npz").exists()


def test_same_weights_same_bytes(tmp_path, model):
    for name in ("a.npz", "b.npz"):
        checkpoint.save(tmp_path / name, model, {})
    first, second = (entries_of(tmp_path / name) for name in ("a.npz", "b.npz"))
    assert {n: a.tobytes() for n, a in first.items()} == {n: a.tobytes() for n, a in second.items()}


def test_nothing_but_the_file_is_left(path):
    assert [p.name for p in path.parent.iterdir()] == ["a.npz"]


def test_a_failed_save_leaves_the_old_file(path, model, monkeypatch):
    before = path.read_bytes()

    def full(file, **entries):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(CheckpointError, match=r"a\.npz: can't write the weights: No space left"):
        checkpoint.save(path, model, {})
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1


def test_missing_file(tmp_path):
    with pytest.raises(CheckpointError, match=r"none\.npz: expected a file of weights, found nothing"):
        checkpoint.load(tmp_path / "none.npz")
    with pytest.raises(CheckpointError, match="found a folder"):
        checkpoint.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 1000], ids=["empty", "two bytes", "noise"])
def test_not_an_archive(path, content):
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"a\.npz: not a file of weights"):
        checkpoint.load(path)


def test_truncated_anywhere(path):
    whole = path.read_bytes()
    for size in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:size])
        with pytest.raises(CheckpointError):
            checkpoint.load(path)


def test_changed_bytes_are_noticed_or_harmless(path, rng, model):
    whole = path.read_bytes()
    for _ in range(200):
        broken = bytearray(whole)
        broken[rng.integers(len(broken))] ^= 1 << rng.integers(8)
        path.write_bytes(broken)
        try:
            found = checkpoint.load(path)
        except CheckpointError:
            continue
        for name, value in model.state().items():
            np.testing.assert_array_equal(found.model.state()[name], value)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


def test_pickles_are_not_opened(path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": ()})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("model/evil.npy", header.getvalue() + pickle.dumps(Bomb()))
    with pytest.raises(CheckpointError, match="not a file of weights"):
        checkpoint.load(path)


def test_a_zip_bomb_is_not_unpacked(path, monkeypatch):
    monkeypatch.setattr(checkpoint, "MAX_BYTES", 1 << 20)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/zeros.npy", bytes(1 << 21))
    with pytest.raises(CheckpointError, match="expected at most 1 MiB"):
        checkpoint.load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e: e.pop("meta"), "no entry 'meta'"),
        (lambda e: e.update(meta=np.frombuffer(b"{", np.uint8)), "not JSON"),
        (lambda e: e.update(meta=np.frombuffer(b"[]", np.uint8)), "not a file of weights of this program"),
        (lambda e: e.update(odd=np.ones(1)), "unknown entry 'odd'"),
        (lambda e: e.pop("model/dense_1/bias"), "dense_1/bias: expected an array"),
        (lambda e: e.update({"model/x": np.ones(1)}), "x: no such parameter"),
        (lambda e: e.update({"model/dense_1/bias": np.ones(9, np.float32)}), r"expected \(3,\) float32"),
        (lambda e: e.update({"model/dense_1/bias": np.full(3, np.nan, np.float32)}), "NaN or infinity"),
    ],
)
def test_what_does_not_belong(path, change, message):
    rewrite(path, change)
    with pytest.raises(CheckpointError, match=message) as error:
        checkpoint.load(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"version": 2}, "expected format version 1, found 2"),
        ({"version": None}, "found None"),
        ({"format": "other"}, "not a file of weights"),
        ({"meta": []}, "lacks the model or its making"),
        ({"model": {}}, "not the description of a model"),
        ({"model": description([4, 4, 1], 3)}, "expected vectors"),
        ({"model": description([1], 10**15)}, "expected at most"),
        ({"model": description([10**15], 1)}, "expected at most"),
    ],
)
def test_descriptions_that_do_not_hold(path, fields, message):
    change_header(path, **fields)
    with pytest.raises(CheckpointError, match=message):
        checkpoint.load(path)
