"""How a network computes its answer for one image, number by number.

    trace = Trace.of(model, image)
    trace.explain("conv2d_1", (3, 7, 0))  # the window, the weights, the products, their sum, the bias
    trace.path("dense_2", (4,))           # back to the pixel that matters, along the largest contribution

A network is looked at as at inference. All layers of ``nn.layers`` explain their outputs; so does a layer of your own
that defines the method ``explain``, see ``nn.layers.base``.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from nn import checks
from nn.images import to_unit
from nn.layers.base import Layer
from nn.layers.chain import trace_all
from nn.layers.explanation import Explanation, Index, Step, Window
from nn.losses import softmax
from nn.model import Sequential
from nn.ops import backend

#: The names of the first entry of a trace, the image, and of the last one, the probabilities.
IMAGE, SOFTMAX = "image", "softmax"


class Entry(NamedTuple):
    """What one layer computed; its index is that of one image, without the batch axis.

    Attributes:
        layer: None for the image.
        inputs: the names of what it was computed from.
        batch: the output, (1, *output_shape).
    """

    layer: Layer | None
    inputs: tuple[str, ...]
    batch: np.ndarray

    @property
    def values(self) -> np.ndarray:
        """The output for the image, (*output_shape)."""
        values: np.ndarray = self.batch[0]
        return values


class Trace:
    """The outputs of all layers of a network for one image: those inside blocks, too, and the probabilities.

    >>> from nn import zoo
    >>> trace = Trace.of(zoo.build("baseline"), np.eye(28))
    >>> list(trace)[:3], list(trace)[-2:]
    (['image', 'conv2d_1', 'relu_1'], ['dense_2', 'softmax'])
    >>> unit = trace.explain("conv2d_1", (3, 7, 0))
    >>> unit.windows[0].values.shape, [step.operation for step in unit.steps]
    ((3, 3, 1), ['9 products', '+ bias'])
    """

    def __init__(self, image: np.ndarray) -> None:
        self._entries = {IMAGE: Entry(None, (), image)}

    @classmethod
    def of(cls, model: Sequential, image: np.ndarray) -> "Trace":
        """The trace of a network.

        Args:
            model: its last layer returns the logits (N, classes). It may be folded; of a fused one, a layer that
                convolves and pools at once shows its output alone.
            image: (H, W) or (H, W, C), floats in [0, 1] or uint8.

        Raises:
            ValueError: the image does not fit.
        """
        model = checks.instance("Trace: model", model, Sequential)
        trace = cls(to_unit(model.as_batch(checks.array("image", image)[None]), model.dtype))
        with backend.lock:
            logits = trace_all(model.layers, trace, IMAGE)
        probabilities = _Softmax()
        probabilities.build(model.output_shape, np.random.default_rng(0))
        trace.add(probabilities, (logits,), softmax(trace[logits].batch))
        return trace

    def add(self, layer: Layer, inputs: tuple[str, ...], batch: np.ndarray) -> str:
        """Append what a layer computed, and return its name; see ``Entry`` for the arguments."""
        self._entries[layer.name] = Entry(layer, inputs, batch)
        return layer.name

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        """The names in the order of computation, from the image to the probabilities."""
        return iter(self._entries)

    def explain(self, name: str, index: Sequence[int]) -> Explanation:
        """How the output ``index`` of the layer ``name`` is computed.

        Raises:
            ValueError: there is no such layer, or no such output.
        """
        entry, place = self._checked(name, index)
        if entry.layer is None:
            return Explanation((), (Step("pixel", None, float(entry.values[place])),))
        inputs = [self[each].values for each in entry.inputs]
        return entry.layer.explain(inputs, entry.values, place)

    def _checked(self, name: str, index: Sequence[int]) -> tuple[Entry, Index]:
        entry = self._entries[checks.choice("layer", name, self._entries)]
        place, shape = tuple(index), entry.values.shape
        if len(place) != len(shape) or not all(0 <= i < size for i, size in zip(place, shape, strict=True)):
            raise ValueError(f"{name}: expected an index into an output of {shape}, got {place}")
        return entry, place

    def strongest(self, name: str) -> Index:
        """The index of the largest output of a layer."""
        values = self[name].values
        return _index(int(values.argmax()), values.shape)

    def source(self, name: str, index: Sequence[int]) -> tuple[str, Index] | None:
        """The input that contributes most to an output: its layer and its index. None if none contributes."""
        found = self.explain(name, index).strongest
        return None if found is None else (self[name].inputs[found[0]], found[1])

    def path(self, name: str, index: Sequence[int]) -> list[tuple[str, Index]]:
        """An output, what contributes most to it, what contributes most to that, and so on.

        The last one is a pixel of the image, or an output to which no input contributes: on a blank part of the image
        it is made of biases alone.
        """
        at: tuple[str, Index] | None = (name, tuple(index))
        path = []
        while at is not None:
            path.append(at)
            at = self.source(*at)
        return path

    def chain(self, name: str, index: Sequence[int]) -> list[tuple[str, Index]]:
        """An output, and before it those that it is made of one by one, from the last sum, maximum or mean on."""
        chain = [(name, tuple(index))]
        while self.explain(*chain[0]).is_point:
            source = self.source(*chain[0])
            assert source is not None
            chain.insert(0, source)
        return chain

    def onward(self, name: str, index: Sequence[int]) -> list[tuple[str, Index]]:
        """What becomes of an output: in the layers after it that change single values, and in a pooling after them."""
        onward = []
        at = name, tuple(index)
        while (other := next((each for each in self if at[0] in self[each].inputs), None)) is not None:
            at = other, self.nearby(*at, other)
            unit = self.explain(*at)
            if not (unit.is_point or unit.selects):
                break
            onward.append(at)
            if unit.selects:
                break
        return onward

    def field(self, name: str, index: Sequence[int]) -> tuple[int, int, int, int]:
        """The receptive field of an output: top, left, bottom and right of the part of the image that it depends on."""
        _, place = self._checked(name, index)
        boxes = {name: (place, place)}
        for each in reversed(list(self)):
            if each == IMAGE or each not in boxes:
                continue
            low, high = boxes.pop(each)
            corners = zip(self.explain(each, low).windows, self.explain(each, high).windows, strict=True)
            for source, (first, last) in zip(self[each].inputs, corners, strict=True):
                size = self[source].values.shape
                box = _clipped(first.origin, size), _clipped(last.index(last.values.size - 1), size)
                boxes[source] = _union(boxes[source], box) if source in boxes else box
        low, high = boxes[IMAGE]
        return low[0], low[1], high[0] + 1, high[1] + 1

    def nearby(self, name: str, index: Sequence[int], other: str) -> Index:
        """The output of another layer that is at the same place as an output of this one.

        It is the one of the same number where both layers have as many outputs. Between images it is at the same part
        of height and width, in the same channel where there are as many, else the largest there. Otherwise it is the
        largest of all.
        """
        values, shape, place = self[other].values, self[name].values.shape, tuple(index)
        if math.prod(shape) == values.size:
            return _index(int(np.ravel_multi_index(place, shape)), values.shape)
        if len(shape) != 3 or values.ndim != 3:
            return self.strongest(other)
        row, column = (
            round(at * (new - 1) / max(1, old - 1))
            for at, new, old in zip(place[:2], values.shape[:2], shape[:2], strict=True)
        )
        channel = place[2] if values.shape[2] == shape[2] else int(values[row, column].argmax())
        return row, column, channel

    def step(self, name: str, index: Sequence[int], layers: int) -> tuple[str, Index]:
        """An output of the layer that is so many ones later, or earlier if negative; at the ends, it stays.

        One layer earlier, it is the one that contributes most, if that is the layer's input.
        """
        names = list(self)
        other = names[min(max(names.index(name) + layers, 0), len(names) - 1)]
        source = self.source(name, index) if layers == -1 else None
        return source if source is not None and source[0] == other else (other, self.nearby(name, index, other))


def explain_unit(model: Sequential, image: np.ndarray, layer: str, unit: Sequence[int]) -> Explanation:
    """How a network computes one output of a layer for an image.

    Args:
        model, image: see ``Trace.of``.
        layer: its name, such as ``"conv2d_1"`` or, in a block, ``"add_1/conv2d_1"``; ``"softmax"``: the probabilities.
        unit: the index of the output: row, column and channel, or the number of a unit.

    Raises:
        ValueError: the image does not fit, or there is no such layer or output.

    >>> from nn import zoo
    >>> unit = explain_unit(zoo.build("baseline"), np.eye(28), "max_pool2d_1", (4, 4, 0))
    >>> unit.windows[0].origin, [step.operation for step in unit.steps]
    ((8, 8, 0), ['largest of 4'])
    """
    return Trace.of(model, image).explain(layer, unit)


class _Softmax(Layer):
    """The probabilities of the logits, with which every network ends."""

    kind: ClassVar[str] = SOFTMAX

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """The exponential of a logit, divided by the sum of all exponentials."""
        logits = inputs[0].astype(np.float64)
        largest = float(logits.max())
        exponentials = np.exp(logits - largest)
        mine, total = float(exponentials[index]), float(exponentials.sum())
        steps = (
            Step("logit − largest", largest, float(logits[index]) - largest),
            Step("exp", None, mine),
            Step("÷ sum of exp", total, mine / total),
        )
        return Explanation((Window.point(logits, index),), steps)


def _index(place: int, shape: Sequence[int]) -> Index:
    return tuple(int(number) for number in np.unravel_index(place, tuple(shape)))


def _clipped(index: Index, shape: Sequence[int]) -> Index:
    return tuple(min(max(number, 0), size - 1) for number, size in zip(index, shape, strict=True))


def _union(box: tuple[Any, Any], other: tuple[Any, Any]) -> tuple[Index, Index]:
    (low, high), (other_low, other_high) = box, other
    return tuple(map(min, low, other_low)), tuple(map(max, high, other_high))
