"""Accuracy under perturbations of a drawing: size, place, brush width, slant, rotation, speed and jitter."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nn.digits.painting import paint
from nn.digits.recognizer import Recognizer
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import Sample, bounds, place, replay, transform

CANVAS = 280

#: Range of a drawing's size, as a share of the canvas, for the other perturbations.
SIZES = (0.45, 0.85)

#: Widths of the brush, in pixels.
BRUSHES = (6, 10, 18, 26, 34, 40)


@dataclass(frozen=True)
class Factor:
    """A property of a drawing that should not change its class.

    Attributes:
        name: with its unit.
        values: the values to try.
        perturb: maps strokes in any unit and a value to strokes on the canvas.
        picture: whether the recognizer gets the painted canvas instead of the strokes.
    """

    name: str
    values: Sequence[float]
    perturb: Callable[[Sample, float, np.random.Generator], Sample]
    picture: bool = False


def _resize(strokes: Sample, percent: float, rng: np.random.Generator) -> Sample:
    """Scale the drawing, and put it at a random place. Coordinates are whole pixels, as a mouse reports them."""
    placed = place(strokes, percent / 100 * CANVAS, (0.0, 0.0))
    placed = transform(placed, 1.0, rng.uniform(0.0, 1.0, 2) * (CANVAS - bounds(placed)[1]))
    return [np.rint(stroke) for stroke in placed]


def _move(strokes: Sample, where: float, rng: np.random.Generator) -> Sample:
    """Move the drawing to one of nine places, numbered from the upper left."""
    placed = place(strokes, rng.uniform(*SIZES) * CANVAS, (0.0, 0.0))
    share = np.array(divmod(int(where) - 1, 3)[::-1]) / 2
    return transform(placed, 1.0, share * (CANVAS - bounds(placed)[1]))


def _fit_brush(strokes: Sample, brush: float, rng: np.random.Generator) -> Sample:
    """Put the drawing at a random place, at a size that keeps the brush inside the canvas."""
    size = min(rng.uniform(*SIZES) * CANVAS, CANVAS - brush - 4)
    placed = place(strokes, size, (0.0, 0.0))
    return transform(placed, 1.0, brush / 2 + 2 + rng.uniform(0.0, 1.0, 2) * (CANVAS - brush - 4 - bounds(placed)[1]))


def _slant(strokes: Sample, degrees: float, rng: np.random.Generator) -> Sample:
    return transform(replay(strokes, rng), [[1.0, -np.tan(np.radians(degrees))], [0.0, 1.0]])


def _rotate(strokes: Sample, degrees: float, rng: np.random.Generator) -> Sample:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return transform(replay(strokes, rng), [[cosine, -sine], [sine, cosine]])


def _drop_points(strokes: Sample, percent: float, rng: np.random.Generator) -> Sample:
    """Drop random points except the ends of strokes, as if the pen moved fast."""
    thinned = []
    for stroke in replay(strokes, rng):
        kept = rng.random(len(stroke)) >= percent / 100
        kept[[0, -1]] = True
        thinned.append(stroke[kept])
    return thinned


def _jitter(strokes: Sample, percent: float, rng: np.random.Generator) -> Sample:
    """Add Gaussian noise to each point, with a standard deviation in percent of the drawing's size."""
    drawn = replay(strokes, rng)
    low, high = bounds(drawn)
    return [stroke + rng.normal(0.0, percent / 100 * (high - low).max(), stroke.shape) for stroke in drawn]


#: The perturbations, in the order of the report.
FACTORS = (
    Factor("size, % of the canvas", (15, 20, 30, 45, 60, 80, 100), _resize),
    Factor("place, 1 upper left to 9 lower right", tuple(range(1, 10)), _move),
    Factor("brush, pixels", BRUSHES, _fit_brush),
    Factor("brush, pixels, of a picture without strokes", BRUSHES, _fit_brush, picture=True),
    Factor("slant, degrees to the right", (-30, -20, -10, 0, 10, 20, 30), _slant),
    Factor("rotation, degrees clockwise", (-30, -20, -15, -10, 0, 10, 15, 20, 30), _rotate),
    Factor("points dropped, %", (0, 25, 50, 75, 90), _drop_points),
    Factor("jitter, % of the size", (0, 1, 2, 3, 4), _jitter),
)


@dataclass(frozen=True)
class Step:
    """Accuracy at one value of a factor.

    Attributes:
        factor, value: the name of the factor, and the value.
        accuracy: share of correct predictions; a rejected drawing counts as wrong.
        n: number of drawings.
    """

    factor: str
    value: float
    accuracy: float
    n: int


def sweep(recognizer: Recognizer, samples: StrokeSet, count: int, seed: int) -> Iterator[Step]:
    """Evaluate the same samples at each value of each factor.

    Args:
        recognizer: the recognizer to evaluate.
        samples: the drawings to perturb.
        count: number of drawings, evenly spaced over the set.
        seed: of the random numbers, which are different at each step.
    """
    chosen = np.unique(np.linspace(0, len(samples) - 1, min(count, len(samples))).round().astype(np.int64))
    for number, factor in enumerate(FACTORS):
        for step, value in enumerate(factor.values):
            rng = np.random.default_rng((seed, number, step))
            drawings = [factor.perturb(samples.strokes(index), value, rng) for index in chosen]
            if factor.picture:
                pictures = (paint(drawing, (CANVAS, CANVAS), value) for drawing in drawings)
                predictions = [recognizer.recognize_image(picture) for picture in pictures]
            else:
                predictions = recognizer.recognize_many(drawings)
            labels = samples.label[chosen]
            correct = sum(prediction.label == label for prediction, label in zip(predictions, labels, strict=True))
            yield Step(factor.name, value, correct / len(chosen), len(chosen))


def table(steps: Sequence[Step]) -> str:
    """The values and the accuracies in percent as text, for each factor."""
    lines = []
    for name in dict.fromkeys(step.factor for step in steps):
        own = [step for step in steps if step.factor == name]
        lines.append(name)
        lines.append("  " + "".join(f"{step.value:>8g}" for step in own))
        lines.append("  " + "".join(f"{100 * step.accuracy:8.2f}" for step in own))
    return "\n".join(lines)
