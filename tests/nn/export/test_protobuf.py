"""Protocol Buffers: what is written is read again, and damage is an error."""

import pytest

from nn.export.protobuf import MAX_DEPTH, MAX_FIELDS, MAX_INTEGERS, decode, encode

SCHEMA = {
    "Tree": {
        "number": (1, "int"),
        "real": (2, "float"),
        "name": (3, "string"),
        "data": (4, "bytes"),
        "child": (20, "Tree"),
        "wide": (6, "double"),
    },
    "Other": {"number": (1, "int")},
}


def test_what_is_written_is_read():
    message = {
        "number": [0, 127, 128, 2**40, -1, -(2**63), 2**63 - 1],
        "real": [0.5, -2.0],
        "name": ["", "é"],
        "data": [b"\0\xff", bytes(300)],
        "child": [{"number": [3]}, {}],
    }
    assert decode(SCHEMA, "Tree", encode(SCHEMA, "Tree", message)) == message


def test_the_bytes_are_those_of_the_standard():
    """The examples of the encoding's description."""
    assert encode(SCHEMA, "Tree", {"number": 150}) == bytes.fromhex("089601")
    assert encode(SCHEMA, "Tree", {"name": "testing"}) == bytes.fromhex("1a0774657374696e67")


def test_packed_numbers():
    assert decode(SCHEMA, "Tree", bytes.fromhex("0a06038e029ea705")) == {"number": [3, 270, 86942]}
    assert decode(SCHEMA, "Tree", bytes.fromhex("12080000003f000080bf")) == {"real": [0.5, -1.0]}
    assert decode(SCHEMA, "Tree", bytes.fromhex("31000000000000f03f")) == {"wide": [1.0]}


def test_unknown_fields_are_skipped():
    data = encode(SCHEMA, "Tree", {"name": "a", "real": 1.0, "number": 5, "data": b"b"})
    assert decode(SCHEMA, "Other", data) == {"number": [5]}


@pytest.mark.parametrize(
    "data",
    [
        "08",  # a number is missing
        "0880808080808080808080808001",  # a number too long
        "1a05616263",  # text is too short
        "1a01ff",  # no UTF-8
        "0f",  # an unknown wire type
        "1801",  # a number instead of text
        "1001",  # an integer instead of a float
        "1203000000",  # no whole number of floats
    ],
)
def test_damage_is_an_error(data):
    with pytest.raises(ValueError):
        decode(SCHEMA, "Tree", bytes.fromhex(data))


def test_depth_is_bounded():
    message = {}
    for _ in range(MAX_DEPTH + 1):
        message = {"child": message}
    with pytest.raises(ValueError, match="nested"):
        decode(SCHEMA, "Tree", encode(SCHEMA, "Tree", message))


def test_sizes_are_bounded():
    with pytest.raises(ValueError, match="fields, found more"):
        decode(SCHEMA, "Tree", b"\x1a\x00" * (MAX_FIELDS + 1))
    packed = encode(SCHEMA, "Tree", {"name": "a" * (MAX_INTEGERS + 1)})
    with pytest.raises(ValueError, match="bytes of integers, found more"):
        decode(SCHEMA, "Tree", b"\x0a" + packed[1:])
