import json
import pathlib

import numpy as np
import pytest

from nn.json_values import to_json


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
        ((1, (2, None)), [1, [2, None]]),
        (pathlib.Path("a") / "b", str(pathlib.Path("a") / "b")),
        ({"a": {"b": [np.uint8(1)]}}, {"a": {"b": [1]}}),
    ],
)
def test_converts(value, expected):
    found = to_json("meta", value)
    assert found == expected
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [float("inf")]}, r"meta\['a'\]\[0\]: expected a finite number"),
        (np.float32("nan"), "meta: expected a finite number"),
        ({1: "a"}, "meta: expected strings as keys, got 1"),
        ({"a": {1, 2}}, r"meta\['a'\]: expected a value that JSON has, got set"),
        ({"a": 1j}, r"meta\['a'\]: expected a value that JSON has, got complex"),
        ({"a": b"b"}, r"meta\['a'\]: expected a value that JSON has, got bytes"),
    ],
)
def test_refuses(value, message):
    with pytest.raises(ValueError, match=message):
        to_json("meta", value)


def test_depth():
    value: list = []
    value.append(value)
    with pytest.raises(ValueError, match="expected at most 100 nested"):
        to_json("meta", value)
