"""Samples of synthetic drawings, and the images that networks learn from."""

import numpy as np

from nn.digits.normalize import ink_to_image, picture_to_image
from nn.digits.painting import paint
from nn.digits.rasterize import SIDE, strokes_to_image
from nn.digits.strokes import CLASSES, Sample, place
from nn.digits.synthesis.alphabets import DIGITS, HELD_OUT, HELD_OUT_DIGITS
from nn.digits.synthesis.handwriting_model import draw_groups, write, write_alphabet
from nn.digits.synthesis.non_digits import KINDS

#: The label of non-digits.
NON_DIGIT = CLASSES

#: Drawings made at once: enough of each glyph for NumPy to be fast, in little memory.
_CHUNK = 10_000

#: The size of painted drawings and the range of their brushes, in pixels. In the window, brushes have 6 to 40 pixels
#: and digits at most 200.
PAINTED_SIZE, BRUSHES = 100, (3.0, 26.0)


def sample(label: int, rng: np.random.Generator, glyph: str | None = None) -> Sample:
    """Write a digit.

    Args:
        label: 0 to 9.
        rng: draws the glyph and the handwriting.
        glyph: its name in ``DIGITS[label]``; a random one, as often as people write it, if None.

    Returns:
        Strokes (n, 2) float64, x to the right and y down, about 1 high.

    Raises:
        ValueError: there is no such digit or glyph.

    >>> strokes = sample(7, np.random.default_rng(0), "bar")
    >>> len(strokes), strokes[0].shape[1]
    (2, 2)
    """
    if not 0 <= label < CLASSES:
        raise ValueError(f"label: expected 0 to {CLASSES - 1}, got {label}")
    alphabet = DIGITS[label]
    return (write_alphabet(alphabet, 1, rng) if glyph is None else write(alphabet[glyph], 1, rng))[0]


def sample_non_digit(rng: np.random.Generator, kind: str | None = None) -> Sample:
    """Draw a non-digit: a letter, a sign, a doodle, a scribble, or several digits.

    Args:
        rng: draws everything.
        kind: its name in ``KINDS``; a random one if None.

    Returns:
        Strokes, as `sample` returns them.

    Raises:
        ValueError: there is no such kind.
    """
    if kind is None:
        return _non_digits(1, rng)[0]
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}; got {kind!r}")
    return KINDS[kind][1](1, rng)[0]


def sample_many(count: int, rng: np.random.Generator, non_digits: float = 0.0) -> tuple[list[Sample], np.ndarray]:
    """Draw many digits, each as often as the others.

    Args:
        count: the number of drawings.
        rng: draws everything, the order too.
        non_digits: the share of non-digits, 0 to 1; they have the label ``NON_DIGIT``.

    Returns:
        The drawings, each as `sample` returns it, and their labels (count,) int64.

    Raises:
        ValueError: ``non_digits`` is not in [0, 1].
    """
    labels = _labels(count, rng, non_digits)
    return _drawings(labels, rng), labels


def sample_held_out(count: int, rng: np.random.Generator) -> list[Sample]:
    """Draw held-out symbols: non-digits that `images` never contains, so that no network is trained on them."""
    return write_alphabet(HELD_OUT, count, rng)


def sample_held_out_digit(label: int, count: int, rng: np.random.Generator) -> list[Sample]:
    """Write a digit in held-out ways, which `images` never contains. Zeros are slashed.

    Args:
        label: a digit of ``HELD_OUT_DIGITS``.
        count: the number of drawings.
        rng: draws the glyphs and the handwriting.

    Returns:
        The drawings, each as `sample` returns it.

    Raises:
        ValueError: there are no held-out ways to write this digit.

    >>> len(sample_held_out_digit(0, 3, np.random.default_rng(0)))
    3
    """
    if label not in HELD_OUT_DIGITS:
        raise ValueError(f"label: expected one of {', '.join(map(str, HELD_OUT_DIGITS))}; got {label}")
    return write_alphabet(HELD_OUT_DIGITS[label], count, rng)


def images(
    count: int, rng: np.random.Generator, non_digits: float = 0.0, painted: float = 0.0, pictures: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw many digits, as `sample_many` does, and rasterize them as the recognizer does.

    Args:
        count, rng, non_digits: as `sample_many` takes them.
        painted: the share of drawings, 0 to 1, that are painted with a random brush and normalized as pictures are.
        pictures: the share of the others, 0 to 1, that become pictures of all kinds (see `pictures.py`), of which the
            recognizer's image is taken.

    Returns:
        (count, 28, 28) uint8, ink bright on dark, and the labels (count,) int64.

    Raises:
        ValueError: a share is not in [0, 1].

    >>> x, y = images(20, np.random.default_rng(0), non_digits=0.5)
    >>> x.shape, x.dtype, int((y == NON_DIGIT).sum())
    ((20, 28, 28), dtype('uint8'), 10)
    """
    for name, share in (("painted", painted), ("pictures", pictures)):
        if not 0 <= share <= 1:
            raise ValueError(f"{name}: expected a share of 0 to 1, got {share}")
    labels = _labels(count, rng, non_digits)
    result = np.empty((count, SIDE, SIDE), np.uint8)
    for first in range(0, count, _CHUNK):
        drawings = _drawings(labels[first : first + _CHUNK], rng)
        for index, strokes in enumerate(drawings, start=first):
            if painted > 0 and rng.random() < painted:
                image = _painted_image(strokes, rng)
            elif pictures > 0 and rng.random() < pictures:
                image = _image_of_picture(strokes, rng)
            else:
                image = strokes_to_image(strokes)
            result[index] = np.rint(255 * image)
    return result, labels


def _painted_image(strokes: Sample, rng: np.random.Generator) -> np.ndarray:
    """The image of a drawing that was painted with a random brush and read as a picture."""
    brush = float(np.exp(rng.uniform(*np.log(BRUSHES))))
    side = int(PAINTED_SIZE + brush + 4)
    placed = place(strokes, PAINTED_SIZE, (brush / 2 + 2, brush / 2 + 2))
    return ink_to_image(paint(placed, (side, side), brush) / np.float32(255))


def _image_of_picture(strokes: Sample, rng: np.random.Generator) -> np.ndarray:
    """The recognizer's image of a picture of a drawing; of the strokes where no ink is found in the picture."""
    from nn.digits.synthesis.pictures import SINGLE_DIGIT_KINDS, draw_picture  # the recognizer starts without it

    image = picture_to_image(draw_picture([strokes], str(rng.choice(SINGLE_DIGIT_KINDS)), rng))
    return image if image.any() else strokes_to_image(strokes)


def _labels(count: int, rng: np.random.Generator, non_digits: float) -> np.ndarray:
    """(count,) labels in random order, the digits as equally often as possible."""
    if not 0 <= non_digits <= 1:
        raise ValueError(f"non_digits: expected a share of 0 to 1, got {non_digits}")
    labels = rng.permutation(CLASSES)[np.arange(count) % CLASSES]
    labels[: round(non_digits * count)] = NON_DIGIT
    return rng.permutation(labels)


def _drawings(labels: np.ndarray, rng: np.random.Generator) -> list[Sample]:
    def draw(label: int, count: int) -> list[Sample]:
        return _non_digits(count, rng) if label == NON_DIGIT else write_alphabet(DIGITS[label], count, rng)

    return draw_groups(labels, draw)


def _non_digits(count: int, rng: np.random.Generator) -> list[Sample]:
    """Non-digits of all kinds in random order, as often as ``KINDS`` says."""
    shares = np.array([share for share, _ in KINDS.values()])
    counts = rng.multinomial(count, shares / shares.sum())
    drawings = [
        drawing
        for (_, make), part in zip(KINDS.values(), counts.tolist(), strict=True)
        if part
        for drawing in make(part, rng)
    ]
    return [drawings[index] for index in rng.permutation(count)]
