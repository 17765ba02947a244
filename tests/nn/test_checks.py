"""Checks of arguments; what they refuse is in ``test_wrong_uses.py``."""

import numpy as np
import pytest

from nn import checks


@pytest.mark.parametrize("value", [1, np.int8(1), np.uint64(1)])
def test_integers(value):
    found = checks.integer("a", value, 1, 1)
    assert (found, type(found)) == (1, int)


@pytest.mark.parametrize("value", [1, 1.0, np.float16(1), np.int64(1), np.float32(1)])
def test_numbers(value):
    found = checks.number("a", value, 1)
    assert (found, type(found)) == (1.0, float)


def test_ends_of_an_interval():
    assert checks.number("a", 0, 0, 1) == 0
    for ends, value in (("(]", 0), ("[)", 1), ("()", 0), ("()", 1)):
        with pytest.raises(ValueError, match="a: expected a number in"):
            checks.number("a", value, 0, 1, ends)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, ">i4", np.uint64, bool, np.int8])
def test_labels_of_every_integer_dtype(dtype):
    found = checks.labels("a", np.array([1, 0, 1]).astype(dtype), 3, 2)
    assert found.dtype.isnative
    assert found.dtype.kind in "iu"
    assert found.tolist() == [1, 0, 1]


def test_labels_are_not_copied():
    labels = np.array([1, 0])
    assert checks.labels("a", labels, 2, 2) is labels


@pytest.mark.parametrize("dtype", [np.float16, np.float32, ">f8", np.longdouble])
def test_finite(dtype):
    values = np.full((2, 3), np.finfo(dtype).max, dtype)
    checks.finite("a", values)  # though the sum of the numbers is infinite
    for wrong in (np.nan, np.inf, -np.inf):
        values[1, 2] = wrong
        with pytest.raises(ValueError, match=rf"a: expected finite numbers, found {wrong} at index \[1, 2\]"):
            checks.finite("a", values)


def test_a_long_value_is_not_shown():
    with pytest.raises(ValueError, match=r"a: expected an integer, got a list$"):
        checks.integer("a", list(range(1000)))
