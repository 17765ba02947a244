"""What requests hold: drawings and labelled drawings as JSON, and pictures."""

import email
import email.policy
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.digits.pictures import decode_picture
from nn.digits.strokes import Stroke, as_strokes
from nn.errors import one_line

JSON = "application/json"
PICTURES = tuple(f"image/{kind}" for kind in ("png", "jpeg", "bmp", "gif", "webp", "tiff", "avif", "jp2"))
FORM = "multipart/form-data"

#: The largest body of each type, in bytes.
BODY_BYTES = {JSON: 1 << 20, FORM: 10 << 20} | dict.fromkeys(PICTURES, 10 << 20)

#: The most strokes of a drawing, and of a line of digits, whose groups of strokes are all recognized.
MAX_STROKES, MAX_LINE_STROKES = 1000, 200

#: The most drawings of one fine-tuning.
MAX_SAMPLES = 100


def parse_drawing(body: bytes, most: int = MAX_STROKES) -> list[Stroke]:
    """The strokes of ``{"strokes": [[[x, y], ...], ...]}``; other keys, as in a saved drawing, are ignored.

    Raises:
        ValueError: the body is not that, or has more than ``most`` strokes.
    """
    return _strokes(_parse(body), most)


def parse_samples(body: bytes) -> list[tuple[list[Stroke], int | None]]:
    """The labelled drawings of ``{"samples": [{"strokes": ..., "label": 7}, ...]}``; the label null is a non-digit.

    Raises:
        ValueError: the body is not that, or a label is not 0 to 9.
    """
    samples = _member(_parse(body), "samples")
    if not isinstance(samples, list) or not 1 <= len(samples) <= MAX_SAMPLES:
        raise ValueError(f"samples: expected a list of 1 to {MAX_SAMPLES}, found {_found(samples)}")
    result = []
    for number, sample in enumerate(samples, start=1):
        try:
            label = _member(sample, "label")
            if label is not None and (type(label) is not int or not 0 <= label <= 9):
                raise ValueError(f"label: expected 0 to 9 or null, found {_found(label)}")
            result.append((_strokes(sample, MAX_STROKES), label))
        except ValueError as error:
            raise ValueError(f"sample {number}: {error}") from None
    return result


def parse_picture(content_type: str, body: bytes) -> np.ndarray:
    """The picture of an ``image/*`` body, or of the first file of a form: (H, W) uint8 or uint16.

    Raises:
        ValueError: there is none, or it can't be decoded; see ``nn.digits.pictures``.
    """
    return decode_picture(_first_file(content_type, body) if content_type.lower().startswith(FORM) else body, "picture")


def _first_file(content_type: str, body: bytes) -> bytes:
    try:
        head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
        form = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        for part in form.iter_parts():
            if part.get_filename() is not None:
                content = part.get_payload(decode=True)
                return content if isinstance(content, bytes) else b""
    except Exception as error:  # the parser fails on broken forms in many ways
        raise ValueError(f"form: can't be read: {one_line(error)}") from None
    raise ValueError("form: expected a file, found none")


def _parse(body: bytes) -> Any:
    if not body:
        raise ValueError("body: expected JSON, found nothing")
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"body: not JSON: {one_line(error)}") from None


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _strokes(value: Any, most: int) -> list[Stroke]:
    strokes = _member(value, "strokes")
    if not isinstance(strokes, list):
        raise ValueError(f"strokes: expected a list, found {_found(strokes)}")
    if len(strokes) > most:
        raise ValueError(f"strokes: expected at most {most}, found {len(strokes)}")
    for number, stroke in enumerate(strokes, start=1):
        if not isinstance(stroke, list) or not all(map(_is_point, stroke)):
            raise ValueError(f"stroke {number}: expected a list of points [x, y]")
    return as_strokes(strokes)


def _is_point(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(each) in (int, float) for each in value)


def _member(value: Any, name: str) -> Any:
    if not isinstance(value, dict) or name not in value:
        raise ValueError(f'expected an object with "{name}", found {_found(value)}')
    return value[name]


def _found(value: Any) -> str:
    """What a value is, in a message.

    >>> [_found(value) for value in (None, 3, [1, 2], {"a": 1})]
    ['null', '3', 'a list of 2', 'an object with "a"']
    """
    if isinstance(value, dict):
        names = ", ".join(f'"{name[:20]}"' for name in list(value)[:5])
        return f"an object with {names}" if names else "an empty object"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"a list of {len(value)}"
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
