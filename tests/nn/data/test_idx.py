import gzip
import os
import random
import struct
import tracemalloc

import numpy as np
import pytest

from nn.data import idx
from nn.data.idx import FREE_BYTES, read_idx, write_idx
from nn.errors import DataError

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}
HEADER_2D = b"\0\0\x08\x02" + struct.pack(">2I", 3, 4)


def sample(dtype, shape, seed=0):
    values = np.random.default_rng(seed).integers(0, 100, shape)
    return (values - 50 * (np.dtype(dtype).kind != "u")).astype(dtype)


def peak_of(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["a", "a.gz"])
@pytest.mark.parametrize("shape", [(5,), (2, 3), (4, 3, 2), (2, 1, 3, 2), (0,), (0, 28, 28)])
@pytest.mark.parametrize("dtype", TYPES.values())
def test_what_is_written_is_read_back(tmp_path, dtype, shape, name):
    array = sample(dtype, shape)
    write_idx(tmp_path / name, array)
    result = read_idx(tmp_path / name)
    np.testing.assert_array_equal(result, array)
    assert result.dtype == array.dtype
    assert result.shape == shape
    assert result.dtype.isnative
    assert result.flags.c_contiguous
    assert result.flags.writeable


@pytest.mark.parametrize(("code", "dtype"), TYPES.items())
def test_bytes_are_as_lecun_defined_them(tmp_path, code, dtype):
    array = sample(dtype, (2, 3))
    expected = bytes([0, 0, code, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + array.astype(">" + dtype).tobytes()
    write_idx(tmp_path / "a.idx", array)
    assert (tmp_path / "a.idx").read_bytes() == expected


@pytest.mark.parametrize("array", [sample(">i4", (3, 4)), sample("i2", (4, 6))[::2, ::-3], sample("f8", (3, 4)).T])
def test_byte_order_and_strides_do_not_matter(tmp_path, array):
    before = array.copy()
    write_idx(tmp_path / "a", array)
    np.testing.assert_array_equal(read_idx(tmp_path / "a"), before)
    np.testing.assert_array_equal(array, before)


def test_special_floats_survive(tmp_path):
    array = np.array([np.nan, np.inf, -np.inf, -0.0, np.finfo(np.float64).tiny], np.float64)
    write_idx(tmp_path / "a", array)
    assert read_idx(tmp_path / "a").tobytes() == array.tobytes()


def test_gzip_is_told_by_content_and_its_bytes_repeat(tmp_path):
    array = sample("u1", (3, 4))
    write_idx(tmp_path / "a.gz", array)
    write_idx(tmp_path / "b.gz", array)
    zipped = (tmp_path / "a.gz").read_bytes()
    assert zipped[:2] == b"\x1f\x8b"
    assert zipped == (tmp_path / "b.gz").read_bytes()
    assert zipped[4:8] == b"\0\0\0\0"
    (tmp_path / "plain_name").write_bytes(zipped)
    (tmp_path / "plain.gz").write_bytes(HEADER_2D + array.tobytes())
    np.testing.assert_array_equal(read_idx(tmp_path / "plain_name"), array)
    np.testing.assert_array_equal(read_idx(tmp_path / "plain.gz"), array)


def test_gzip_of_several_members(tmp_path):
    array = sample("u1", (3, 4))
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(HEADER_2D[:7]) + gzip.compress(HEADER_2D[7:] + array.tobytes()))
    np.testing.assert_array_equal(read_idx(path), array)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3, np.int64), "not int64"),
        (np.zeros(3, bool), "not bool"),
        (np.float32(1), "1 to 4 dimensions"),
        (np.zeros((1,) * 5, np.uint8), "1 to 4 dimensions"),
        (np.empty((0, 2**32), np.uint8), "sizes up to"),
    ],
)
def test_writing_unsupported_arrays_is_an_error(tmp_path, array, message):
    with pytest.raises(ValueError, match=message):
        write_idx(tmp_path / "a", array)
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_earlier_file(tmp_path, monkeypatch):
    write_idx(tmp_path / "a", sample("u1", (3,)))
    before = (tmp_path / "a").read_bytes()
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_idx(tmp_path / "a", sample("u1", (4,)))
    assert (tmp_path / "a").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def broken(path, content, match):
    path.write_bytes(content)
    with pytest.raises(DataError, match=match) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("dtype", TYPES.values())
def test_truncated_anywhere(tmp_path, dtype):
    write_idx(tmp_path / "whole", sample(dtype, (3, 4, 5)))
    whole = (tmp_path / "whole").read_bytes()
    for length in {*range(17), *random.Random(0).sample(range(len(whole)), 40)}:
        broken(tmp_path / "cut", whole[:length], "truncated")


def test_messages_tell_how_much_is_missing(tmp_path):
    broken(tmp_path / "a", b"\0\0", "begins with 4 bytes, found 2$")
    broken(tmp_path / "a", HEADER_2D[:7], "the header takes 12 bytes, found 7$")
    broken(tmp_path / "a", HEADER_2D + bytes(5), r"shape \(3, 4\) of uint8 makes 24 bytes, found 17$")
    broken(tmp_path / "a", gzip.compress(HEADER_2D + bytes(5)), "makes 24 bytes, found 17$")


def test_truncated_inside_the_gzip(tmp_path):
    whole = HEADER_2D + bytes(12)
    for length in range(len(whole)):
        broken(tmp_path / "cut", gzip.compress(whole[:length]), "truncated")


def test_gzip_cut_anywhere(tmp_path):
    write_idx(tmp_path / "whole.gz", sample("u1", (3, 40)))
    whole = (tmp_path / "whole.gz").read_bytes()
    for length in range(len(whole)):
        broken(tmp_path / "cut", whole[:length], "damaged gzip" if length > 1 else "truncated")


def test_gzip_damaged_anywhere(tmp_path):
    array = sample("u1", (3, 40))
    write_idx(tmp_path / "whole.gz", array)
    whole = (tmp_path / "whole.gz").read_bytes()
    refused = 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x40
        (tmp_path / "damaged").write_bytes(damaged)
        try:
            np.testing.assert_array_equal(read_idx(tmp_path / "damaged"), array)
        except DataError as error:
            refused += 1
            assert str(tmp_path / "damaged") in str(error)  # noqa: PT017
    assert refused >= len(whole) - 8  # the time, the flags and the system in the header carry no data


@pytest.mark.parametrize(
    "magic",
    [
        b"\0\1\x08\x01",
        b"\1\0\x08\x01",
        b"\0\0\x0a\x01",
        b"\0\0\x08\x00",
        b"\0\0\x08\x05",
        b"<!do",
        b"\x89PNG",
    ],
)
def test_wrong_magic(tmp_path, magic):
    broken(tmp_path / "a", magic + struct.pack(">I", 4) + bytes(40), f"not IDX.*found {magic.hex(' ')}")
    broken(tmp_path / "a", gzip.compress(magic + struct.pack(">I", 4) + bytes(40)), "not IDX")


def test_extra_bytes(tmp_path):
    broken(tmp_path / "a", HEADER_2D + bytes(13), "too long: shape \\(3, 4\\) of uint8 makes 24 bytes, found 25")
    broken(tmp_path / "a", gzip.compress(HEADER_2D + bytes(13)), "too long")
    broken(tmp_path / "a", gzip.compress(HEADER_2D + bytes(12)) + b"rubbish", "damaged gzip")


CLAIMS = [(2**31 - 1,), (2**31,), (2**32 - 1,) * 4, (0, 2**32 - 1, 2**32 - 1, 2**32 - 1)]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("shape", CLAIMS)
def test_a_claim_of_many_items_allocates_nothing(tmp_path, shape, pack):
    header = b"\0\0\x0e" + bytes([len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    peak = peak_of(lambda: broken(tmp_path / "a", pack(header.ljust(16, b"\0")), "truncated|more than|impossible"))
    assert peak < 1 << 20


def test_gzip_bombs(tmp_path):
    count = 4 * FREE_BYTES
    honest = b"\0\0\x08\x01" + struct.pack(">I", count)
    liar = b"\0\0\x08\x01" + struct.pack(">I", 10)
    zeros = bytes(1 << 20)
    for header, match in ((honest, "may unpack to"), (liar, "too long")):
        with gzip.GzipFile(tmp_path / "bomb", "wb", compresslevel=1) as file:
            file.write(header)
            for _ in range(32):
                file.write(zeros)
        bomb = (tmp_path / "bomb").read_bytes()
        assert peak_of(lambda bomb=bomb, match=match: broken(tmp_path / "a", bomb, match)) < 4 << 20


def test_the_limit_of_a_gzip_file_is_the_most_that_it_may_hold(tmp_path, monkeypatch):
    write_idx(tmp_path / "a.gz", sample("u1", (100,)))
    monkeypatch.setattr(idx, "unpack_limit", lambda size, free: 108)
    read_idx(tmp_path / "a.gz")
    monkeypatch.setattr(idx, "unpack_limit", lambda size, free: 107)
    with pytest.raises(DataError, match="makes 108 bytes, more than the 107 that"):
        read_idx(tmp_path / "a.gz")


def test_small_files_may_shrink_a_lot(tmp_path):
    write_idx(tmp_path / "zeros.gz", np.zeros((1000, 28, 28), np.uint8))
    assert not read_idx(tmp_path / "zeros.gz").any()


@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_reading_makes_one_copy(tmp_path, name):
    array = np.random.default_rng(0).integers(0, 4, 4 << 20).astype(np.int16)
    write_idx(tmp_path / name, array)
    assert peak_of(lambda: read_idx(tmp_path / name)) < array.nbytes + (4 << 20)


def test_a_folder_is_an_error(tmp_path):
    with pytest.raises(DataError, match="found a folder"):
        read_idx(tmp_path)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"nowhere: no such file"):
        read_idx(tmp_path / "nowhere")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
def test_a_fifo_is_an_error_at_once(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(DataError, match="found a FIFO"):
        read_idx(tmp_path / "fifo")


def test_a_path_through_a_file_is_an_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="can't be read"):
        read_idx(tmp_path / "file" / "below")
