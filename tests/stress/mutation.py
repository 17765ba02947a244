"""Random changes of well-formed bytes and JSON, and a check of what reads them."""

import copy
import json
import random
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

MIB = 1 << 20

#: Values that replace those of a JSON document.
UNEXPECTED: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 3, 10**6, 10**9, 2**31, 2**63, 10**30, -(10**30), 10**400),
    *(0.5, -0.0, 1e-300, 1e38, 1e39, 1e308, float("inf"), float("-inf"), float("nan")),
    *("", "x", "classes", "float32", "float16", "object", "../../etc/passwd", "\0", "\ud800", "9" * 5000, "a\nb"),
    *([], {}, [[]], [0], [-1], [28, 28, 1], [10**9, 10**9, 10**9], [None], {"type": "Dense"}, {"__class__": "os"}),
    *([{"type": "BatchNorm"}], [{"type": "Dense", "units": 10**8}], [{"type": "Flatten"}] * 50),
)


def problem_of(
    read: Callable[[], Any], expected: type[Exception] | tuple[type[Exception], ...], memory: int
) -> str | None:
    """What is wrong with ``read``: None if it works or raises an expected one-line error, within ``memory`` bytes."""
    tracemalloc.start()
    try:
        with warnings.catch_warnings(action="error"):
            read()
    except expected as error:
        if "\n" in str(error):
            return f"several lines: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return None if peak <= memory else f"took {peak / MIB:.0f} MiB"


def mutated(rng: random.Random, original: bytes) -> bytes:
    """The bytes with a few of them changed, removed, inserted, or copied."""
    data = bytearray(original)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        place, length = rng.randrange(len(data) + 1), int(2 ** rng.uniform(0, 8))
        match rng.randrange(7):
            case 0:
                del data[place:]
            case 1:
                del data[place : place + length]
            case 2:
                data[place:place] = rng.randbytes(length)
            case 3:
                data[place : place + length] = rng.choice((b"\0", b"\xff", b"\x7f")) * length
            case 4:
                other = rng.randrange(len(data) + 1)
                data[place : place + length] = data[other : other + length]
            case _:
                for index in rng.choices(range(len(data)), k=rng.choice((1, 1, 4, 32))) if data else ():
                    data[index] ^= 1 << rng.randrange(8)
    return bytes(data)


def mutated_json(rng: random.Random, document: Any) -> str:
    """The document as JSON, with some values replaced, removed, repeated, or nested."""
    document = {"": copy.deepcopy(document)}
    for _ in range(rng.choice((1, 1, 2, 4))):
        container, key = rng.choice(list(_places(document)))
        match rng.randrange(6):
            case 0 if container is not document:
                del container[key]
            case 1 if isinstance(container[key], list):
                container[key] *= rng.choice((2, 3, 100))
            case 2:
                container[key] = [container[key]]
            case 3 if isinstance(container[key], int | float):
                container[key] = _scaled(rng, container[key])
            case _:
                container[key] = copy.deepcopy(rng.choice(UNEXPECTED))
    text = json.dumps(document[""])
    return "[" * 5000 + text if rng.random() < 0.01 else text


def _scaled(rng: random.Random, value: float) -> float:
    factor = rng.choice((-1, 2, 10, 10**6, 10**12))
    return value * factor if isinstance(value, int) or abs(value) < 1e290 else -value


def _places(document: Any) -> "list[tuple[Any, Any]]":
    """Every value of a tree, as its container and its key there."""
    places, stack = [], [document]
    while stack:
        container = stack.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        places += [(container, key) for key in keys]
        stack += [container[key] for key in keys if isinstance(container[key], dict | list)]
    return places
