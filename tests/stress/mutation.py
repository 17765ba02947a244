"""Sound files made unsound, by chance: bytes, and JSON."""

import copy
import json
import random
from typing import Any

#: What a description may hold where something else is expected.
HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 3, 10**6, 10**9, 2**31, 2**63, 10**30, -(10**30), 10**400),
    *(0.5, -0.0, 1e-300, 1e38, 1e39, 1e308, float("inf"), float("-inf"), float("nan")),
    *("", "x", "classes", "float32", "float16", "object", "../../etc/passwd", "\0", "\ud800", "9" * 5000, "a\nb"),
    *([], {}, [[]], [0], [-1], [28, 28, 1], [10**9, 10**9, 10**9], [None], {"type": "Dense"}, {"__class__": "os"}),
    *([{"type": "BatchNorm"}], [{"type": "Dense", "units": 10**8}], [{"type": "Flatten"}] * 50),
)


def mutated(rng: random.Random, whole: bytes) -> bytes:
    """The bytes with a few of them changed, cut out, put in, or moved."""
    data = bytearray(whole)
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
    """The document as JSON, with values of it replaced, left out, doubled, or buried."""
    document = {"": copy.deepcopy(document)}
    for _ in range(rng.choice((1, 1, 2, 4))):
        holder, key = rng.choice(list(_places(document)))
        match rng.randrange(6):
            case 0 if holder is not document:
                del holder[key]
            case 1 if isinstance(holder[key], list):
                holder[key] *= rng.choice((2, 3, 100))
            case 2:
                holder[key] = [holder[key]]
            case 3 if isinstance(holder[key], int | float):
                holder[key] = _scaled(rng, holder[key])
            case _:
                holder[key] = copy.deepcopy(rng.choice(HOSTILE))
    text = json.dumps(document[""])
    return "[" * 5000 + text if rng.random() < 0.01 else text


def _scaled(rng: random.Random, value: float) -> float:
    factor = rng.choice((-1, 2, 10, 10**6, 10**12))
    return value * factor if isinstance(value, int) or abs(value) < 1e290 else -value


def _places(document: Any) -> "list[tuple[Any, Any]]":
    """Every place of a tree, as what holds it and its key there."""
    places, waiting = [], [document]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        places += [(holder, key) for key in keys]
        waiting += [holder[key] for key in keys if isinstance(holder[key], dict | list)]
    return places
