"""Drawings of digits and of what is none, by the dozen; and the images that a network is shown of them."""

import numpy as np

from nn.digits.normalize import ink_to_image
from nn.digits.painting import paint
from nn.digits.rasterize import SIDE, strokes_to_image
from nn.digits.strokes import CLASSES, Stroke, place
from nn.digits.synthesis.digits import DIGITS
from nn.digits.synthesis.handwriting_model import write
from nn.digits.synthesis.scribbles import KINDS, Drawings, draw
from nn.digits.synthesis.symbols import SYMBOL

#: The label of what is no digit.
NON_DIGIT = CLASSES

#: Drawings made at once: enough of each form for NumPy, and no more memory than needed.
_CHUNK = 10_000

#: What is painted is so large, in pixels, with a brush between these widths: in the window, 6 to 40 pixels on a digit
#: of 200 or less.
PAINTED_SIZE, BRUSHES = 100, (3.0, 26.0)


def sample(label: int, rng: np.random.Generator, form: str | None = None) -> list[Stroke]:
    """Write a digit.

    Args:
        label: 0 to 9.
        rng: draws the form and all that differs from one drawing to the next.
        form: its name in the digit's table in ``digits.py``; any, as often as people write it, if None.

    Returns:
        Strokes (n, 2) float64, x to the right and y down, about 1 high.

    Raises:
        ValueError: there is no such digit or form.
    """
    if not 0 <= label < CLASSES:
        raise ValueError(f"label: expected 0 to {CLASSES - 1}, got {label}")
    alphabet = DIGITS[label]
    return (draw(alphabet, 1, rng) if form is None else write(alphabet[form], 1, rng))[0]


def sample_non_digit(rng: np.random.Generator, kind: str | None = None) -> list[Stroke]:
    """Draw what no digit is: a letter, a sign, a doodle, a scribble, or several digits.

    Args:
        rng: draws everything.
        kind: its name in ``KINDS``; any if None.

    Returns:
        Strokes, as ``sample`` returns them.

    Raises:
        ValueError: there is no such kind.
    """
    if kind is None:
        return _non_digits(1, rng)[0]
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}; got {kind!r}")
    return KINDS[kind][1](1, rng)[0]


def sample_many(count: int, rng: np.random.Generator, non_digits: float = 0.0) -> tuple[Drawings, np.ndarray]:
    """Draw many digits, each as often as the others.

    Args:
        count: how many drawings.
        rng: draws everything, the order too.
        non_digits: the share of them, 0 to 1, that are of no digit, labelled ``NON_DIGIT``.

    Returns:
        The drawings, each as ``sample`` returns it, and their labels (count,) int64.

    Raises:
        ValueError: there is no such share.
    """
    labels = _labels(count, rng, non_digits)
    return _drawings(labels, rng), labels


def sample_held_out(count: int, rng: np.random.Generator) -> Drawings:
    """Draw letters and signs that ``images`` never has, so that no network has learned from them.

    Args:
        count: how many drawings.
        rng: draws everything.

    Returns:
        The drawings, each as ``sample`` returns it.
    """
    return draw(SYMBOL, count, rng)


def images(
    count: int, rng: np.random.Generator, non_digits: float = 0.0, painted: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw many digits, as ``sample_many`` does, and prepare them as what is drawn in the window is.

    Args:
        count, rng, non_digits: as ``sample_many`` takes them.
        painted: the share of the drawings, 0 to 1, that are painted with any brush and read as a picture is.

    Returns:
        (count, 28, 28) uint8, ink bright on dark, and the labels (count,) int64.

    Raises:
        ValueError: there is no such share.
    """
    if not 0 <= painted <= 1:
        raise ValueError(f"painted: expected a share of 0 to 1, got {painted}")
    labels = _labels(count, rng, non_digits)
    result = np.empty((count, SIDE, SIDE), np.uint8)
    for first in range(0, count, _CHUNK):
        drawings = _drawings(labels[first : first + _CHUNK], rng)
        for index, strokes in enumerate(drawings, start=first):
            as_picture = painted > 0 and rng.random() < painted
            image = _image_of_picture(strokes, rng) if as_picture else strokes_to_image(strokes)
            result[index] = np.rint(255 * image)
    return result, labels


def _image_of_picture(strokes: list[Stroke], rng: np.random.Generator) -> np.ndarray:
    """A drawing as the network sees it that was painted with any brush: its ink is known, but not the strokes."""
    brush = float(np.exp(rng.uniform(*np.log(BRUSHES))))
    side = int(PAINTED_SIZE + brush + 4)
    placed = place(strokes, PAINTED_SIZE, (brush / 2 + 2, brush / 2 + 2))
    return ink_to_image(paint(placed, (side, side), brush) / np.float32(255))


def _labels(count: int, rng: np.random.Generator, non_digits: float) -> np.ndarray:
    """(count,) labels in random order; where the digits can't be equally many, which are more is random too."""
    if not 0 <= non_digits <= 1:
        raise ValueError(f"non_digits: expected a share of 0 to 1, got {non_digits}")
    labels = rng.permutation(CLASSES)[np.arange(count) % CLASSES]
    labels[: round(non_digits * count)] = NON_DIGIT
    return rng.permutation(labels)


def _drawings(labels: np.ndarray, rng: np.random.Generator) -> Drawings:
    drawings: Drawings = [[] for _ in labels]
    for label in np.unique(labels):
        indices = np.flatnonzero(labels == label).tolist()
        drawn = _non_digits(len(indices), rng) if label == NON_DIGIT else draw(DIGITS[label], len(indices), rng)
        for index, drawing in zip(indices, drawn, strict=True):
            drawings[index] = drawing
    return drawings


def _non_digits(count: int, rng: np.random.Generator) -> Drawings:
    """Kind by kind, as often as the table says; in no order but the kinds'."""
    shares = np.array([share for share, _ in KINDS.values()])
    counts = rng.multinomial(count, shares / shares.sum())
    drawings = [
        drawing
        for (_, make), part in zip(KINDS.values(), counts.tolist(), strict=True)
        if part
        for drawing in make(part, rng)
    ]
    return [drawings[index] for index in rng.permutation(count)]
