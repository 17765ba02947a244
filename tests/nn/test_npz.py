"""Archives that are damaged or hostile. The readers of weights, strokes and data sets test more with whole files."""

import io
import zipfile

import numpy as np
import pytest

from nn.errors import DataError
from nn.npz import FREE_BYTES, read_arrays, unpack_limit, write_arrays


def read(path, **options):
    return read_arrays(path, "numbers", DataError, **options)


def test_arrays_come_back_as_they_were(tmp_path):
    arrays = {
        "a": np.arange(6).reshape(2, 3),
        "b": np.asfortranarray(np.ones((2, 3), np.float32)),
        "c": np.zeros((0, 5)),
    }
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    found = read(tmp_path / "a.npz")
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    assert read(tmp_path / "a.npz", names=("c", "d")).keys() == {"c"}


@pytest.mark.parametrize(("compressed", "numpy_writer"), [(False, np.savez), (True, np.savez_compressed)])
def test_the_bytes_are_those_of_numpy(compressed, numpy_writer):
    arrays = {"a": np.arange(6).reshape(2, 3), "model/b": np.asfortranarray(np.ones((2, 3), np.float32))}
    ours, expected = io.BytesIO(), io.BytesIO()
    write_arrays(ours, arrays, compressed=compressed)
    numpy_writer(expected, **arrays)
    assert ours.getvalue() == expected.getvalue()


def test_the_archive_is_closed_where_a_write_fails():
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError("no space")

    file = Full()
    with pytest.raises(OSError, match="no space"):
        write_arrays(file, {"a": np.zeros(3)})
    file.close()  # an archive that is still open would seek in it later, which is a warning


def test_an_archive_may_unpack_to_a_multiple_of_its_size(tmp_path):
    count = FREE_BYTES // 8
    np.savez_compressed(tmp_path / "zeros.npz", a=np.zeros(count - 100), b=np.zeros(1000))
    with pytest.raises(DataError, match=r"zeros\.npz: expected at most 4 MiB of arrays, found more"):
        read(tmp_path / "zeros.npz")
    assert len(read(tmp_path / "zeros.npz", names=["a"])["a"]) == count - 100  # what is not read does not count
    noise = np.random.default_rng(0).integers(0, 256, 2 * FREE_BYTES, np.uint8)
    np.savez(tmp_path / "noise.npz", noise)
    read(tmp_path / "noise.npz")
    with pytest.raises(DataError, match="expected at most 5 MiB"):
        read(tmp_path / "noise.npz", limit=5 << 20)
    assert unpack_limit(10) == FREE_BYTES
    assert unpack_limit(FREE_BYTES) == 100 * FREE_BYTES


def entry(content, compression=zipfile.ZIP_STORED, twice=False):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("a.npy", content)
        if twice:
            archive.writestr("a", content)
    return file.getvalue()


def array_bytes(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


ONES = array_bytes(np.ones(1000))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not numbers: File is not a zip file"),
        (entry(ONES)[:-30], "not numbers: "),
        (entry(ONES).replace(b"1000", b"2000"), "makes 16000 bytes, found 8000"),
        (entry(ONES[:-8]), "makes 8000 bytes, found 7992"),
        (entry(ONES, zipfile.ZIP_LZMA), "unknown compression"),
        (entry(ONES, twice=True), "it has entries of the same name"),
        (entry(array_bytes(np.array([{}], object))), "expected numbers, found 'O'"),
        (entry(ONES.replace(b"NUMPY\x01", b"NUMPY\x09")), "expected an array of format 1.0, found 9.0"),
        (entry(ONES).replace(np.ones(1).tobytes() * 2, np.full(2, 2.0).tobytes(), 1), "Bad CRC"),
    ],
)
def test_damaged_archives_are_errors(tmp_path, content, reason):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match=reason):
        read(tmp_path / "a.npz")
