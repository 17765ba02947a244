"""How a layer computes one of its outputs, with all numbers; see ``nn.trace``.

Arrays are of one image, without the batch axis, and an index is one number for each axis.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

Index = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Window:
    """The part of one input that an output depends on.

    Attributes:
        origin: the index of its first value on the input; it is negative in the zeros of padding.
        values: what is there, in float64, with as many axes as the input; 0 beyond its edges.
        weights: of the same shape: what each value is multiplied with. None: the output is no weighted sum.
    """

    origin: Index
    values: np.ndarray
    weights: np.ndarray | None = None

    @property
    def products(self) -> np.ndarray | None:
        """Each value times its weight."""
        return None if self.weights is None else self.values * self.weights

    @property
    def contributions(self) -> np.ndarray:
        """How much each value matters: the products, or the values themselves without weights."""
        return self.values if self.weights is None else self.values * self.weights

    def index(self, place: int) -> Index:
        """The index on the input of the value at a place of the flattened window."""
        within = np.unravel_index(place, self.values.shape)
        return tuple(int(start + offset) for start, offset in zip(self.origin, within, strict=True))

    @classmethod
    def cut(
        cls, x: np.ndarray, origin: Sequence[int], shape: Sequence[int], weights: np.ndarray | None = None
    ) -> "Window":
        """The window of a shape; beyond the edges of ``x`` it has zeros."""
        values = np.zeros(tuple(shape))
        inside = [
            (max(start, 0), min(start + size, length))
            for start, size, length in zip(origin, shape, x.shape, strict=True)
        ]
        target = tuple(slice(low - start, high - start) for (low, high), start in zip(inside, origin, strict=True))
        values[target] = x[tuple(slice(low, high) for low, high in inside)]
        return cls(tuple(origin), values, None if weights is None else weights.astype(np.float64))

    @classmethod
    def point(cls, x: np.ndarray, index: Index) -> "Window":
        """A single value."""
        return cls.cut(x, index, (1,) * x.ndim)


class Step(NamedTuple):
    """One operation on the way from the window to the output.

    Attributes:
        operation: what it does, such as ``"+ bias"``.
        operand: the number that it uses; None if there is none.
        result: the number that it gives.
    """

    operation: str
    operand: float | None
    result: float


class Explanation(NamedTuple):
    """How one output is computed.

    Attributes:
        windows: one for each input of the layer.
        steps: the operations in order; the result of the last one is the output.
        selects: whether the output is one of the values in the window, the largest.
    """

    windows: tuple[Window, ...]
    steps: tuple[Step, ...]
    selects: bool = False

    @property
    def value(self) -> float:
        """The output."""
        return self.steps[-1].result

    @property
    def strongest(self) -> tuple[int, Index] | None:
        """What contributes most: the number of the input, and the index there. None if nothing contributes.

        This is the largest product by its absolute value, or without weights the largest value; of a maximum, itself.
        """
        best, found = -1.0, None
        for number, window in enumerate(self.windows):
            contributions = window.contributions.ravel()
            sizes = contributions - contributions.min() if self.selects else np.abs(contributions)
            place = int(sizes.argmax())
            if sizes[place] > best:
                best, found = float(sizes[place]), (number, window.index(place))
        return found if best > 0 or self.selects or self.is_point else None

    @property
    def is_point(self) -> bool:
        """Whether the output depends on a single number."""
        return len(self.windows) == 1 and self.windows[0].values.size == 1


def weighted_sum(window: Window, bias: float | None, *, relu: bool = False) -> Explanation:
    """The sum of the window's products, a bias, and a fused ReLU."""
    products = window.contributions
    total = float(products.sum())
    steps = [Step(f"{products.size} products", None, total)]
    if bias is not None:
        total += float(bias)
        steps.append(Step("+ bias", float(bias), total))
    return Explanation((window,), with_relu(steps, relu))


def with_relu(steps: Iterable[Step], relu: bool) -> tuple[Step, ...]:
    """The steps, and that of a fused ReLU."""
    steps = tuple(steps)
    return (*steps, Step("relu", None, max(0.0, steps[-1].result))) if relu else steps


def mean(window: Window) -> Explanation:
    """The mean of the window."""
    return Explanation((window,), (Step(f"mean of {window.values.size}", None, float(window.values.mean())),))
