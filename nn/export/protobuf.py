"""Reads and writes Protocol Buffers, the encoding of ONNX files: https://protobuf.dev/programming-guides/encoding.

A message is a dict. A schema gives the number and the type of each field of each type of message; a field of the type
``"int"``, ``"float"``, ``"double"``, ``"bytes"`` or ``"string"`` holds numbers or text, one of another type a message.
"""

import itertools
import struct
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Mapping[str, tuple[int, str]]]

#: The maximum depth of messages in messages, and numbers of fields and of integers in one field that are read.
MAX_DEPTH, MAX_FIELDS, MAX_INTEGERS = 20, 1 << 20, 1 << 22

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5


def encode(schema: Schema, kind: str, message: Mapping[str, Any]) -> bytes:
    """Encode a message of the type ``kind``; a list is a repeated field.

    >>> SCHEMA = {"Point": {"x": (1, "int"), "label": (2, "string")}}
    >>> encode(SCHEMA, "Point", {"x": [1, 300], "label": "a"}).hex()
    '080108ac02120161'
    >>> decode(SCHEMA, "Point", bytes.fromhex("080108ac02120161"))
    {'x': [1, 300], 'label': ['a']}
    """
    parts = []
    for name, values in message.items():
        number, of = schema[kind][name]
        for value in values if isinstance(values, list) else [values]:
            if of == "int":
                parts.append(_varint(number << 3 | VARINT) + _varint(value % (1 << 64)))
            elif of == "float":
                parts.append(_varint(number << 3 | FIXED32) + struct.pack("<f", value))
            else:
                text = value.encode() if of == "string" else value if of == "bytes" else encode(schema, of, value)
                parts.append(_varint(number << 3 | LENGTH) + _varint(len(text)) + text)
    return b"".join(parts)


def decode(schema: Schema, kind: str, data: bytes | memoryview) -> dict[str, list[Any]]:
    """The fields of a message of the type ``kind``, each as a list of its values; unknown fields are skipped.

    Raises:
        ValueError: ``data`` is not such a message, or exceeds ``MAX_DEPTH``, ``MAX_FIELDS`` or ``MAX_INTEGERS``.
    """
    return _decode(schema, kind, memoryview(data), 0, itertools.count())


def _decode(schema: Schema, kind: str, data: memoryview, depth: int, fields: Iterator[int]) -> dict[str, list[Any]]:
    if depth > MAX_DEPTH:
        raise ValueError(f"expected messages nested at most {MAX_DEPTH} deep, found more")
    names = {number: (name, of) for name, (number, of) in schema[kind].items()}
    message: dict[str, list[Any]] = {}
    for number, wire, value in _fields(data):
        if next(fields) >= MAX_FIELDS:
            raise ValueError(f"expected at most {MAX_FIELDS} fields, found more")
        if number not in names:
            continue
        name, of = names[number]
        values = message.setdefault(name, [])
        if of in ("int", "float", "double"):
            values.extend(_numbers(of, wire, value))
        elif wire != LENGTH:
            raise ValueError(f"{name}: expected text or a message, found a number")
        elif of == "bytes":
            values.append(bytes(value))
        else:
            values.append(str(value, "utf-8") if of == "string" else _decode(schema, of, value, depth + 1, fields))
    return message


def _fields(data: memoryview) -> Iterator[tuple[int, int, Any]]:
    """The number, the wire type and the value of each field: an integer, or the bytes."""
    position = 0
    while position < len(data):
        key, position = _read_varint(data, position)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, position = _read_varint(data, position)
            yield number, wire, value
            continue
        if wire == LENGTH:
            length, position = _read_varint(data, position)
        elif wire in (FIXED32, FIXED64):
            length = 4 if wire == FIXED32 else 8
        else:
            raise ValueError(f"unknown wire type {wire}")
        if position + length > len(data):
            raise ValueError("truncated")
        yield number, wire, data[position : position + length]
        position += length


def _numbers(of: str, wire: int, value: Any) -> list[Any]:
    """The numbers of one field: one, or several of a packed field."""
    if of == "int":
        values = [value] if wire == VARINT else []
        position = 0
        if wire == LENGTH and len(value) > MAX_INTEGERS:
            raise ValueError(f"expected at most {MAX_INTEGERS} bytes of integers, found more")
        while wire == LENGTH and position < len(value):
            number, position = _read_varint(value, position)
            values.append(number)
        return [number - (1 << 64) if number >> 63 else number for number in values]
    size, code = (4, "f") if of == "float" else (8, "d")
    if wire == VARINT or len(value) % size:
        raise ValueError(f"expected numbers of {size} bytes")
    return list(struct.unpack(f"<{len(value) // size}{code}", value))


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _read_varint(data: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise ValueError("truncated")
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & (1 << 64) - 1, position
    raise ValueError("a number of more than 64 bits")
