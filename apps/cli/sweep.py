"""How well strokes are read as they are drawn larger, elsewhere, thicker, slanted, turned, faster and less steadily."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nn.digits.painting import paint
from nn.digits.recognizer import Prediction, Recognizer
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import Stroke, bounds, place, replay, transform

CANVAS = 280

#: Sizes of a drawing, as shares of the canvas, where its size is not what varies.
SIZES = (0.45, 0.85)

#: Widths of the brush, in pixels.
BRUSHES = (6, 10, 18, 26, 34, 40)

Drawing = list[Stroke]


@dataclass(frozen=True)
class Factor:
    """Something about a drawing that should not matter.

    Attributes:
        name: in words, with its unit.
        values: the steps.
        change: gives the drawing at a step, for the strokes as they were, on the canvas.
        picture: whether the network is given the painted canvas, and not the strokes.
    """

    name: str
    values: Sequence[float]
    change: Callable[[Drawing, float, np.random.Generator], Drawing]
    picture: bool = False


def _sized(strokes: Drawing, share: float, rng: np.random.Generator) -> Drawing:
    """A size, anywhere; as a mouse tells it, in whole pixels."""
    placed = place(strokes, share * CANVAS, (0.0, 0.0))
    placed = transform(placed, 1.0, rng.uniform(0.0, 1.0, 2) * (CANVAS - bounds(placed)[1]))
    return [np.rint(stroke) for stroke in placed]


def _placed(strokes: Drawing, where: float, rng: np.random.Generator) -> Drawing:
    """In one of nine places, numbered from the upper left."""
    placed = place(strokes, rng.uniform(*SIZES) * CANVAS, (0.0, 0.0))
    share = np.array(divmod(int(where) - 1, 3)[::-1]) / 2
    return transform(placed, 1.0, share * (CANVAS - bounds(placed)[1]))


def _brushed(strokes: Drawing, brush: float, rng: np.random.Generator) -> Drawing:
    """Where the brush does not reach over the canvas's edge."""
    size = min(rng.uniform(*SIZES) * CANVAS, CANVAS - brush - 4)
    placed = place(strokes, size, (0.0, 0.0))
    return transform(placed, 1.0, brush / 2 + 2 + rng.uniform(0.0, 1.0, 2) * (CANVAS - brush - 4 - bounds(placed)[1]))


def _slanted(strokes: Drawing, degrees: float, rng: np.random.Generator) -> Drawing:
    return transform(replay(strokes, rng), [[1.0, -np.tan(np.radians(degrees))], [0.0, 1.0]])


def _turned(strokes: Drawing, degrees: float, rng: np.random.Generator) -> Drawing:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return transform(replay(strokes, rng), [[cosine, -sine], [sine, cosine]])


def _hurried(strokes: Drawing, percent: float, rng: np.random.Generator) -> Drawing:
    """Without so many of the points between the ends of each stroke."""
    hurried = []
    for stroke in replay(strokes, rng):
        kept = rng.random(len(stroke)) >= percent / 100
        kept[[0, -1]] = True
        hurried.append(stroke[kept])
    return hurried


def _trembling(strokes: Drawing, percent: float, rng: np.random.Generator) -> Drawing:
    """Each point missed, with a deviation of so many hundredths of the drawing's size."""
    drawn = replay(strokes, rng)
    low, high = bounds(drawn)
    return [stroke + rng.normal(0.0, percent / 100 * (high - low).max(), stroke.shape) for stroke in drawn]


#: What varies, in the order of the report.
FACTORS = (
    Factor("size, % of the canvas", (15, 20, 30, 45, 60, 80, 100), lambda s, v, rng: _sized(s, v / 100, rng)),
    Factor("place, 1 upper left to 9 lower right", tuple(range(1, 10)), _placed),
    Factor("brush, pixels", BRUSHES, _brushed),
    Factor("brush, pixels, of a picture without strokes", BRUSHES, _brushed, picture=True),
    Factor("slant, degrees to the right", (-30, -20, -10, 0, 10, 20, 30), _slanted),
    Factor("rotation, degrees clockwise", (-30, -20, -15, -10, 0, 10, 15, 20, 30), _turned),
    Factor("points dropped, %", (0, 25, 50, 75, 90), _hurried),
    Factor("tremble, % of the size", (0, 1, 2, 3, 4), _trembling),
)


@dataclass(frozen=True)
class Step:
    """What came of one step.

    Attributes:
        factor, value: what it was.
        accuracy: the share of the drawings that were read right; no answer is none.
        n: how many there were.
    """

    factor: str
    value: float
    accuracy: float
    n: int


def sweep(recognizer: Recognizer, samples: StrokeSet, count: int, seed: int) -> Iterator[Step]:
    """Read samples at each step of each factor.

    Args:
        recognizer: reads.
        samples: to draw again.
        count: how many of them, evenly spread over the set.
        seed: draws all that does not matter, anew at each step.
    """
    chosen = np.unique(np.linspace(0, len(samples) - 1, min(count, len(samples))).round().astype(np.int64))
    for number, factor in enumerate(FACTORS):
        for step, value in enumerate(factor.values):
            rng = np.random.default_rng((seed, number, step))
            drawings = [factor.change(samples.strokes(index), value, rng) for index in chosen]
            said = (
                _read_pictures(recognizer, drawings, value) if factor.picture else recognizer.recognize_many(drawings)
            )
            right = sum(each.label == label for each, label in zip(said, samples.label[chosen], strict=True))
            yield Step(factor.name, value, right / len(chosen), len(chosen))


def _read_pictures(recognizer: Recognizer, drawings: Sequence[Drawing], brush: float) -> list[Prediction]:
    return [recognizer.recognize_image(paint(drawing, (CANVAS, CANVAS), brush)) for drawing in drawings]


def table(steps: Sequence[Step]) -> str:
    """The steps as text, a line a factor."""
    lines = []
    for name in dict.fromkeys(step.factor for step in steps):
        own = [step for step in steps if step.factor == name]
        lines.append(name)
        lines.append("  " + "".join(f"{step.value:>8g}" for step in own))
        lines.append("  " + "".join(f"{100 * step.accuracy:8.2f}" for step in own))
    return "\n".join(lines)
