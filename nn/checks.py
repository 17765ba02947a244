"""Checks of arguments. Each returns the argument, converted, or raises a ValueError that names it.

``what`` is the name in the message: the function or class and its argument, such as ``"fit: batch_size"``.
"""

import math
import numbers
import os
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def integer(what: str, value: Any, low: int | None = None, high: int | None = None) -> int:
    """``value`` as an int from ``low`` to ``high``, both included; not a bool or a float.

    >>> integer("fit: batch_size", 16.0, 1)
    Traceback (most recent call last):
    ValueError: fit: batch_size: expected an integer >= 1, got 16.0
    """
    is_integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not is_integer or (low is not None and value < low) or (high is not None and value > high):
        bounds = "" if low is None else f" >= {low}" if high is None else f" in [{low}, {high}]"
        raise ValueError(f"{what}: expected an integer{bounds}, got {shown(value)}")
    return int(value)


def number(what: str, value: Any, low: float = -math.inf, high: float = math.inf, ends: str = "[]") -> float:
    """``value`` as a finite float in an interval; not a bool or a string.

    Args:
        what, value: see the module.
        low, high: of the interval.
        ends: its brackets: ``"[)"`` includes ``low`` but not ``high``.

    >>> number("Dropout: rate", 1, 0, 1, "[)")
    Traceback (most recent call last):
    ValueError: Dropout: rate: expected a number in [0, 1), got 1
    """
    try:
        result = float(value) if not isinstance(value, bool) and isinstance(value, numbers.Real) else math.nan
    except OverflowError:  # an integer of hundreds of digits
        result = math.inf
    above = low < result or (ends[0] == "[" and result == low)
    if above and abs(result) < math.inf and (result < high or (ends[1] == "]" and result == high)):
        return result
    bounds = f"number in {ends[0]}{low:g}, {high:g}{ends[1]}"
    if high == math.inf:
        bounds = "finite number" + ("" if low == -math.inf else f" {'>=' if ends[0] == '[' else '>'} {low:g}")
    raise ValueError(f"{what}: expected a {bounds}, got {shown(value)}")


def boolean(what: str, value: Any) -> bool:
    """``value``, True or False."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{what}: expected True or False, got {shown(value)}")
    return bool(value)


def instance(what: str, value: Any, kind: type[T]) -> T:
    """``value``, an object of the class ``kind``."""
    if not isinstance(value, kind):
        raise ValueError(f"{what}: expected {_article(kind.__name__)}, got {shown(value)}")
    return value


def choice(what: str, value: Any, choices: Any) -> str:
    """``value``, one of the names ``choices``."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{what}: expected one of {', '.join(choices)}, got {shown(value)}")
    return value


def name_or_path(what: str, value: Any, names: Any, file: str) -> str:
    """``value``, a string or a path: one of the ``names``, or the path of a ``file``, in words."""
    if not isinstance(value, str | os.PathLike):
        raise ValueError(f"{what}: expected one of {', '.join(names)}, or {file}, got {shown(value)}")
    return str(value)


def sequence(what: str, value: Any, of: Any, *, empty: bool = False) -> list[Any]:
    """``value`` as a list of objects of the class, or classes, ``of``; it may only be empty with ``empty``."""
    name = getattr(of, "__name__", str(of))
    try:
        items = [] if isinstance(value, str | bytes) else list(value)
    except TypeError:
        items = []
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        raise ValueError(f"{what}: expected a list of {name} objects, got {shown(value)}")
    if not items and not empty:
        raise ValueError(f"{what}: expected at least one, got none")
    for number_, item in enumerate(items, 1):
        if not isinstance(item, of):
            raise ValueError(f"{what}: expected {name} objects, got {shown(item)} as number {number_}")
    return items


def shape(what: str, value: Any, least: int = 1) -> tuple[int, ...]:
    """``value`` as the shape of one sample: at least ``least`` integers >= 1, without the batch axis."""
    valid = isinstance(value, tuple | list) and len(value) >= least
    if not valid or not all(isinstance(size, numbers.Integral) and not isinstance(size, bool) for size in value):
        raise ValueError(f"{what}: expected a shape without the batch axis, such as (28, 28, 1), got {shown(value)}")
    if min(value) < 1:
        raise ValueError(f"{what}: expected sizes >= 1, got {shown(value)}")
    return tuple(int(size) for size in value)


def array(what: str, value: Any, kinds: str = "biuf", ndim: int | None = None) -> np.ndarray:
    """``value`` as an array of numbers.

    Args:
        what, value: see the module.
        kinds: the kinds of dtype to accept, as ``numpy.dtype.kind`` names them.
        ndim: the number of axes.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(f"{what}: expected an array without a mask, got a masked array: fill it first")
    try:
        result = np.asarray(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        raise ValueError(f"{what}: expected an array, got {shown(value)}") from None
    if result.dtype.kind not in kinds:
        names = " or ".join(_KINDS[kind] for kind in kinds if kind in _KINDS)
        found = shown(value) if result.ndim == 0 else f"an array of {result.dtype}"
        raise ValueError(f"{what}: expected {names}, got {found}")
    if ndim is not None and result.ndim != ndim:
        raise ValueError(f"{what}: expected an array of {ndim} axes, got the shape {result.shape}")
    return result


def labels(what: str, values: Any, count: int, classes: int) -> np.ndarray:
    """``values`` as class labels (count,), integers from 0 to ``classes - 1`` in the machine's byte order.

    They are not copied if they already are.

    >>> labels("fit: labels", [[1], [0]], 2, 2)
    Traceback (most recent call last):
    ValueError: fit: labels: expected the shape (2,), got (2, 1): use labels.ravel()
    """
    result = array(what, values, "biufUSO")
    if result.shape != (count,):
        hint = ""
        if result.shape == (count, 1):
            hint = ": use labels.ravel()"
        elif result.shape == (count, classes):
            hint = ": for one-hot labels, use labels.argmax(axis=1)"
        raise ValueError(f"{what}: expected the shape {(count,)}, got {result.shape}{hint}")
    if result.dtype.kind not in "iub":
        hint = ": use labels.astype(int)" if result.dtype.kind == "f" else ""
        raise ValueError(f"{what}: expected integers, got {result.dtype}{hint}")
    if result.dtype.kind == "b" or not result.dtype.isnative:
        result = result.astype(np.int64)
    if count and not 0 <= result.min() <= result.max() < classes:
        index = int(np.argmax((result < 0) | (result >= classes)))
        raise ValueError(f"{what}: expected 0 to {classes - 1}, got {result[index]} at index {index}")
    return result


def finite(what: str, values: np.ndarray) -> np.ndarray:
    """``values``; ValueError with the index of the first NaN or infinity."""
    if values.dtype.kind == "f" and values.size and not (np.isfinite(values.min()) and np.isfinite(values.max())):
        index = np.unravel_index(int(np.argmin(np.isfinite(values))), values.shape)
        place = ", ".join(map(str, index))
        raise ValueError(f"{what}: expected finite numbers, found {values[index]} at index [{place}]")
    return values


#: Kinds of dtype in words; bytes, strings and objects are accepted only to be described by a later message.
_KINDS = {"b": "booleans", "i": "integers", "f": "floats"}


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def shown(value: Any) -> str:
    """A short description of a value for messages."""
    if isinstance(value, np.ndarray):
        return f"an array {value.shape} of {value.dtype}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    text = repr(value)
    return text if len(text) <= 60 and "\n" not in text else _article(type(value).__name__)
