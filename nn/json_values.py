"""Converts values to JSON."""

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

#: The maximum depth of nested lists and objects, which any JSON reader can read.
MAX_DEPTH = 100


def to_json(what: str, value: Any, depth: int = 0) -> Any:
    """``value`` with its NumPy numbers and arrays, tuples and paths converted; the ValueError names the place.

    >>> to_json("meta", {"accuracy": np.float32(0.5), "counts": np.arange(2)})
    {'accuracy': 0.5, 'counts': [0, 1]}
    >>> to_json("meta", {"loss": [1.0, float("nan")]})
    Traceback (most recent call last):
    ValueError: meta['loss'][1]: expected a finite number, as JSON has no other, got nan
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"{what[:40]}...: expected at most {MAX_DEPTH} nested lists and objects, got more")
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{what}: expected a finite number, as JSON has no other, got {value}")
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, list | tuple):
        return [to_json(f"{what}[{index}]", each, depth + 1) for index, each in enumerate(value)]
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ValueError(f"{what}: expected strings as keys, got {key!r}")
        return {key: to_json(f"{what}[{key!r}]", each, depth + 1) for key, each in value.items()}
    raise ValueError(f"{what}: expected a value that JSON has, got {type(value).__name__}")
