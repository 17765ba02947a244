"""What requests hold. scripts/malformed_requests.py has what is refused; test_application.py sends it."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from apps.web.server import bodies


def test_a_drawing_is_arrays_and_other_keys_are_ignored():
    body = json.dumps({"format": "digits-from-scratch drawing", "strokes": [[[0, 1.5]], [[2, 3], [4, 5]]]}).encode()
    first, second = bodies.parse_drawing(body)
    assert (first.tolist(), second.tolist()) == ([[0.0, 1.5]], [[2.0, 3.0], [4.0, 5.0]])
    assert bodies.parse_drawing(b'{"strokes": []}') == []
    assert bodies.parse_drawing(b"\xef\xbb\xbf" + b'{"strokes": []}') == []  # with a byte order mark


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "body: expected JSON, found nothing"),
        (b"x", "body: not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"[1, 2]", 'expected an object with "strokes", found a list of 2'),
        (b'{"a": 1, "b": 2}', 'expected an object with "strokes", found an object with "a", "b"'),
        (b'{"strokes": null}', "strokes: expected a list, found null"),
        (b'{"strokes": [[[1, 2]], [[1, "2"]]]}', "stroke 2: expected a list of points [x, y]"),
        (b'{"strokes": [[[1, 2]], [[1, NaN]]]}', "body: not JSON: NaN is not JSON"),
        (b'{"strokes": [[[1, 2]], []]}', "stroke 2: expected points (n, 2) with n >= 1, found shape (0,)"),
        (b'{"strokes": [%s]}' % b", ".join([b"[[1, 2]]"] * 1001), "strokes: expected at most 1000, found 1001"),
    ],
)
def test_messages_say_what_was_expected_and_found(body, message):
    with pytest.raises(ValueError) as caught:
        bodies.parse_drawing(body)
    assert str(caught.value) == message


def test_samples_have_labels():
    ((strokes, label), (_, other)) = bodies.parse_samples(
        b'{"samples": [{"strokes": [[[1, 2]]], "label": 7}, {"strokes": [[[1, 2]]], "label": null}]}'
    )
    assert (strokes[0].tolist(), label, other) == ([[1.0, 2.0]], 7, None)
    for wrong in (b"true", b"10", b"-1", b"1.5", b'"7"'):
        with pytest.raises(ValueError, match="sample 1: label: expected 0 to 9 or null"):
            bodies.parse_samples(b'{"samples": [{"strokes": [[[1, 2]]], "label": %s}]}' % wrong)


@pytest.fixture
def picture(rng):
    return rng.integers(0, 256, (90, 70), np.uint8)


def encode(picture, kind="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind)
    return buffer.getvalue()


def test_a_picture_is_the_body(picture):
    np.testing.assert_array_equal(bodies.parse_picture("image/png", encode(picture)), picture)
    np.testing.assert_array_equal(bodies.parse_picture("image/bmp", encode(picture, "BMP")), picture)


def test_a_picture_is_the_first_file_of_a_form(picture):
    """As curl -F and browsers send it; the pixels of this one contain every byte."""
    content = encode(picture, "BMP")
    assert set(content) == set(range(256))
    form = b"\r\n".join(
        [
            b"--limit", b'Content-Disposition: form-data; name="note"', b"", b"a digit",
            b"--limit", b'Content-Disposition: form-data; name="file"; filename="a.bmp"', b"Content-Type: image/bmp",
            b"", content, b"--limit--", b"",
        ]
    )  # fmt: skip
    np.testing.assert_array_equal(bodies.parse_picture("multipart/form-data; boundary=limit", form), picture)
