"""Points packed as bytes: the undo stack keeps all of them, and tuples would take seven times the memory."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np

Point = tuple[float, float]

_PAIR = struct.Struct("dd")


class Points(Sequence[Point]):
    """Points ``(x, y)`` in the order of drawing, 16 bytes each; immutable.

    Args:
        points: pairs of numbers.
    """

    __slots__ = ("_packed",)

    def __init__(self, points: Iterable[Sequence[float]] = ()) -> None:
        self._packed = b"".join(_PAIR.pack(x, y) for x, y in points)

    @classmethod
    def _of(cls, packed: bytes) -> "Points":
        points = cls.__new__(cls)
        points._packed = packed
        return points

    def and_then(self, point: Point) -> "Points":
        """These points and one more."""
        return self._of(self._packed + _PAIR.pack(*point))

    def array(self) -> np.ndarray:
        """A copy, (n, 2) float64."""
        return np.frombuffer(self._packed).reshape(-1, 2).copy()

    def __len__(self) -> int:
        return len(self._packed) // _PAIR.size

    @overload
    def __getitem__(self, index: int) -> Point: ...

    @overload
    def __getitem__(self, index: slice) -> "Points": ...

    def __getitem__(self, index: int | slice) -> "Point | Points":
        if isinstance(index, slice):
            return self._of(np.frombuffer(self._packed).reshape(-1, 2)[index].tobytes())
        index += len(self) if index < 0 else 0
        if not 0 <= index < len(self):
            raise IndexError(f"expected one of {len(self)} points, got number {index}")
        x, y = _PAIR.unpack_from(self._packed, index * _PAIR.size)
        return x, y

    def __iter__(self) -> Iterator[Point]:
        return _PAIR.iter_unpack(self._packed)

    def __eq__(self, other: object) -> bool:
        return self._packed == other._packed if isinstance(other, Points) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._packed)

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self._packed.__sizeof__()

    def __repr__(self) -> str:
        return f"Points({list(self)})"
