"""Synthetic pictures of handwriting, like those that people paint, photograph, scan and cut out.

A kind of picture is a row of ``PICTURE_KINDS``: ranges of sizes, pens and grays, and the effects that may happen to it,
in order, each with its probability and a range of strengths. Nothing of a real picture is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nn import checks
from nn.digits.painting import paint
from nn.digits.picture_set import LINE, LINE_END, PAGE, LabelledPicture
from nn.digits.strokes import CLASSES, Sample, bounds, place, transform
from nn.digits.synthesis.alphabets import DIGITS
from nn.digits.synthesis.handwriting_model import write_alphabet
from nn.digits.synthesis.lines import HEIGHT, compose_line
from nn.digits.synthesis.picture_effects import EFFECTS

Range = tuple[float, float]

#: Distance of two lines of a page, in heights of a line.
LINE_PITCH: Range = (1.5, 2.2)

#: Paper around a line or a page, as a share of its longer side.
ROOM = 0.25


@dataclass(frozen=True, slots=True)
class PictureKind:
    """How pictures of a kind are made.

    Attributes:
        side: the longer side, in pixels; evenly distributed by its logarithm, as the pen is.
        aspect: width over height of a picture of one digit.
        ink_size: the size of the ink, as a share of the side that it nearly fills.
        pen: its width, as a share of a digit's height.
        paper, ink: their grays, from 0 (black) to 1.
        inverted: the share of pictures with bright ink on dark.
        neighbour: the share of pictures with ink of a neighbour at an edge.
        effects: names in ``EFFECTS``, each with its probability and the range of its strength, in order.
        digits, lines: how many digits there are in a line, and lines in a picture; from the first to the second.
    """

    side: Range
    aspect: Range = (0.8, 1.25)
    ink_size: Range = (0.4, 0.85)
    pen: Range = (0.03, 0.15)
    paper: Range = (0.8, 1.0)
    ink: Range = (0.0, 0.3)
    inverted: float = 0.0
    neighbour: float = 0.0
    effects: Sequence[tuple[str, float, float, float]] = ()
    digits: tuple[int, int] = (1, 1)
    lines: tuple[int, int] = (1, 1)

    @property
    def is_digit(self) -> bool:
        """Whether the pictures show one digit each."""
        return self.digits == self.lines == (1, 1)


_CAMERA = (
    ("gradient", 0.7, 5, 50),
    ("shadow", 0.25, 15, 55),
    ("vignette", 0.4, 10, 60),
    ("glare", 0.15, 10, 40),
    ("blur", 0.7, 0.2, 1.0),
    ("noise", 0.8, 0.5, 4),
    ("jpeg", 0.9, 30, 90),
)
_PAPER = (("grain", 0.4, 20, 80), ("fade", 0.25, 40, 90), ("rules", 0.25, 15, 60), ("squares", 0.2, 10, 50))
_PHOTO = (*_PAPER, ("rotate", 0.7, -8, 8), ("corner", 0.1, 5, 20), *_CAMERA)

PICTURE_KINDS: dict[str, PictureKind] = {
    "paint": PictureKind(
        (28, 800), pen=(0.01, 0.3), paper=(1.0, 1.0), ink=(0.0, 0.2), inverted=0.5, effects=(("jpeg", 0.2, 60, 95),)
    ),
    "photo": PictureKind((150, 1000), ink_size=(0.2, 0.7), pen=(0.02, 0.1), paper=(0.55, 0.95), effects=_PHOTO),
    "scan": PictureKind(
        (60, 600),
        pen=(0.02, 0.1),
        paper=(0.85, 1.0),
        effects=(
            *_PAPER,
            ("rotate", 0.5, -5, 5),
            ("specks", 0.4, 1, 12),
            ("strip", 0.3, 0.5, 4),
            ("frame", 0.15, 0.4, 1.5),
            ("blur", 0.4, 0.2, 0.8),
            ("noise", 0.6, 0.5, 3),
            ("jpeg", 0.5, 40, 90),
        ),
    ),
    "form": PictureKind(
        (60, 160),
        aspect=(0.6, 0.9),
        ink_size=(0.4, 0.75),
        pen=(0.02, 0.12),
        neighbour=0.2,
        effects=(
            ("strip", 0.35, 1, 6),
            ("frame", 0.3, 0.8, 3),
            ("specks", 0.3, 1, 6),
            ("blur", 0.5, 0.4, 1.2),
            ("noise", 0.5, 0.5, 4),
            ("jpeg", 0.6, 30, 90),
        ),
    ),
    "crop": PictureKind(
        (24, 48),
        ink_size=(0.6, 0.9),
        pen=(0.06, 0.16),
        inverted=0.3,
        neighbour=0.1,
        effects=(("blur", 0.5, 1, 2.5), ("noise", 0.5, 0.5, 4), ("jpeg", 0.3, 50, 95)),
    ),
    LINE: PictureKind(
        (400, 1400),
        ink_size=(0.6, 0.8),
        pen=(0.03, 0.12),
        paper=(0.6, 1.0),
        effects=_PHOTO,
        digits=(2, 8),
    ),
    PAGE: PictureKind(
        (500, 1400),
        ink_size=(0.5, 0.75),
        pen=(0.03, 0.1),
        paper=(0.65, 1.0),
        effects=_PHOTO,
        digits=(2, 7),
        lines=(2, 6),
    ),
}

#: The kinds of pictures of one digit.
SINGLE_DIGIT_KINDS = [name for name, kind in PICTURE_KINDS.items() if kind.is_digit]


def sample_picture(
    rng: np.random.Generator, kind: str | None = None, label: str | int | None = None
) -> LabelledPicture:
    """Make a picture.

    Args:
        rng: draws everything.
        kind: its name in ``PICTURE_KINDS``; a random one of those with a single digit if None.
        label: the digits to write, with slashes between the lines of a page; random ones if None.

    Returns:
        The picture, (H, W) uint8, with its label and its kind.

    Raises:
        ValueError: there is no such kind, or the label is not digits.

    >>> picture = sample_picture(np.random.default_rng(0), "photo", 7)
    >>> picture.label, picture.kind, picture.read().dtype
    ('7', 'photo', dtype('uint8'))
    """
    name = checks.choice(
        "sample_picture: kind", str(rng.choice(SINGLE_DIGIT_KINDS)) if kind is None else kind, PICTURE_KINDS
    )
    text = _random_label(PICTURE_KINDS[name], rng) if label is None else str(label)
    lines = text.split(LINE_END)
    if not all(line.isascii() and line.isdigit() for line in lines):
        raise ValueError(f"sample_picture: label: expected digits, got {text!r}")
    return LabelledPicture(draw_picture([_line(line, rng) for line in lines], name, rng), text, name)


def draw_picture(lines: Sequence[Sample], kind: str, rng: np.random.Generator) -> np.ndarray:
    """Draw strokes as a picture of a kind.

    Args:
        lines: the strokes of each line of digits, each about 1 high; of one drawing alone for most kinds.
        kind: a name in ``PICTURE_KINDS``.
        rng: draws everything else.

    Returns:
        (H, W) uint8.
    """
    made = PICTURE_KINDS[kind]
    picture = _paper_and_ink(made, lines, rng)
    for effect, share, low, high in made.effects:
        if rng.random() < share:
            picture = EFFECTS[effect].apply(picture, rng.uniform(low, high), rng)
    return np.rint(255 * picture.clip(0, 1)).astype(np.uint8)


def _random_label(kind: PictureKind, rng: np.random.Generator) -> str:
    lines = int(rng.integers(*kind.lines, endpoint=True))
    counts = rng.integers(*kind.digits, size=lines, endpoint=True)
    return LINE_END.join("".join(map(str, rng.integers(CLASSES, size=count))) for count in counts)


def _line(digits: str, rng: np.random.Generator) -> Sample:
    """The strokes of a line of digits, about 1 high."""
    drawings = [_digit(int(digit), rng) for digit in digits]
    return drawings[0] if len(drawings) == 1 else transform(compose_line(drawings, rng), 1 / HEIGHT)


def _digit(digit: int, rng: np.random.Generator) -> Sample:
    return write_alphabet(DIGITS[digit], 1, rng)[0]


def _paper_and_ink(kind: PictureKind, lines: Sequence[Sample], rng: np.random.Generator) -> np.ndarray:
    """Ink on paper, (H, W) float32, as a perfect scanner would see it."""
    pitch = rng.uniform(*LINE_PITCH)
    strokes = [stroke for number, line in enumerate(lines) for stroke in transform(line, 1.0, (0.0, pitch * number))]
    low, high = bounds(strokes)
    extent = np.maximum(high - low, 0.3)
    if kind.is_digit:
        aspect = rng.uniform(*kind.aspect)
    else:  # room on all sides, so that rotation cuts nothing off
        around = extent + ROOM * extent.max()
        aspect = around[0] / around[1]
    side = _log_uniform(kind.side, rng)
    size = np.maximum(np.rint(side * np.array([min(aspect, 1.0), min(1 / aspect, 1.0)])), 8)
    scale = float((rng.uniform(*kind.ink_size) * size / extent).min())
    placed = transform(strokes, scale, -scale * low)
    room = size - scale * (high - low)
    placed = transform(placed, 1.0, room * rng.uniform(0.15, 0.85, 2))
    pen = max(1.0, _log_uniform(kind.pen, rng) * scale)
    width, height = map(int, size)
    coverage = paint(placed, (width, height), pen)
    if rng.random() < kind.neighbour:
        coverage = np.maximum(coverage, paint(_neighbour(size, scale, rng), (width, height), pen))
    paper, ink = rng.uniform(*kind.paper), rng.uniform(*kind.ink)
    picture = np.float32(paper) + np.float32(ink - paper) * (coverage / np.float32(255))
    return 1 - picture if rng.random() < kind.inverted else picture


def _neighbour(size: np.ndarray, scale: float, rng: np.random.Generator) -> Sample:
    """Ink of a digit that is cut off by the left or the right edge."""
    strokes = place(_digit(int(rng.integers(CLASSES)), rng), scale, (0.0, 0.0))
    width, height = bounds(strokes)[1]
    visible = rng.uniform(0.03, 0.08) * size[0]
    x = visible - width if rng.random() < 0.5 else size[0] - visible
    return transform(strokes, 1.0, (x, rng.uniform(0.1, 0.9) * (size[1] - height)))


def _log_uniform(limits: Range, rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(*np.log(limits))))
