"""The ways to read the picture of a digit: the first, and others to try where its answer is doubtful.

The first takes a smooth surface and ruled paper as the background and the digit's own components as its ink. The others
ignore single lines, ignore nothing, or take local backgrounds; where a shadow may lie on the picture, they also take
ink of the other polarity, or pale ink, or the shade that the border does not have as the background, if that is ruled
paper. All of them become images, which the network judges together.
"""

from typing import NamedTuple

import numpy as np

from nn.digits.components import Components
from nn.digits.foreign_ink import own_ink
from nn.digits.ink import made_even, smooth_ink
from nn.digits.layout import may_be_several
from nn.digits.local_ink import is_bright, local_ink
from nn.digits.normalize import ink_extent, ink_to_image, pen_width
from nn.digits.prediction import Prediction
from nn.digits.rasterize import BOX
from nn.digits.ruled_lines import without_ruled_lines, without_ruled_paper
from nn.digits.sliding import sliding

#: An answer is doubtful if its probability is below the first; another reading replaces it from the second on, or from
#: the third if the first reading is suspect.
SURE, MIN_PROBABILITY, MIN_AFTER_SUSPECT = 0.8, 0.9, 0.5

#: A reading is suspect if its ink covers more than this share of the picture, or of its edge, or if the components at
#: the edge cover more than the third share of the picture: it may be a shadow. Its probability is then reduced by the
#: last factor, and once more for components at the edge, and for the less likely polarity.
MAX_INK, MAX_EDGE, MAX_AT_EDGE, SUSPECT = 0.4, 0.12, 0.2, 0.6

#: Ink is made even within a pen's width if the digit is larger than this, in pixels; in smaller pictures, where pale
#: pixels are the edges of lines, within a pixel. The palest ink is this share of solid ink.
EVEN_FROM, PALEST = 2 * BOX, 0.35

#: A reading is suspect too if it leaves out pale ink: ink of more than the first share of solid ink, away from this,
#: whose area is more than the second share of that of solid ink. It may be a part of the digit in a shadow.
PALE, MAX_PALE = 0.12, 0.15

#: Pale ink is made even over this share of the picture's longer side.
PALE_REACH = 0.05

#: The greatest reach, in pixels, that ink is made even over.
MAX_REACH = 7


_NOTHING = np.empty((0, 4), np.int64)


class Reading(NamedTuple):
    """One way to read a picture.

    Attributes:
        image: (28, 28) float32, the network's input.
        ignored: (N, 4) int64: left, top, right and bottom of each component that was left out.
        prior: the factor of its probability: less than 1 if the ink may be a shadow, or something else that is large.
        several: whether the ink may be several digits.
    """

    image: np.ndarray
    ignored: np.ndarray
    prior: float
    several: bool

    @property
    def suspect(self) -> bool:
        """Whether the ink may be a shadow."""
        return self.prior < 1


def first_reading(smooth: np.ndarray) -> Reading:
    """The first way to read a picture, from its ink on a smooth background, (H, W) float32 in [0, 1]."""
    return _read(without_ruled_paper(smooth))


def other_readings(picture: np.ndarray, smooth: np.ndarray, first: Reading) -> list[Reading]:
    """The other ways to read a picture, (H, W) float32 in [0, 1], that differ from the first, of its ``smooth`` ink."""
    bright = is_bright(picture)
    local = local_ink(picture, bright)
    without_lines = [(without_ruled_lines(ink), ink) for ink in (smooth, local)]
    readings = [_read(ink) for ink in (local, *(found for found, ink in without_lines if found is not ink))]
    if first.suspect:
        reach = int(PALE_REACH * max(smooth.shape))
        other = _read(local_ink(picture, not bright))
        readings.append(other._replace(prior=SUSPECT**2 * other.prior))
        readings.append(_read(made_even(smooth, reach, PALE)))
        ink = smooth_ink(picture, likely=False)
        if (found := without_ruled_paper(ink)) is not ink:  # its lines are most of the border
            readings.append(_read(found))
    return [*readings, _read(smooth, ignore=False)] if len(first.ignored) else readings


def is_doubtful(reading: Reading, prediction: Prediction) -> bool:
    """Whether other readings are worth trying."""
    return reading.suspect or _probability(reading, prediction) < SURE


def choose(readings: list[Reading], predictions: list[Prediction]) -> int:
    """The index of the best reading: the first one, unless another gives a digit with more, and high, probability."""
    probabilities = [_probability(*each) for each in zip(readings, predictions, strict=True)]
    best = int(np.argmax(probabilities))
    least = MIN_AFTER_SUSPECT if readings[0].suspect else MIN_PROBABILITY
    return best if probabilities[best] >= least * readings[best].prior else 0


def _probability(reading: Reading, prediction: Prediction) -> float:
    """The probability of the answer; 0 without one."""
    if prediction.label is None:
        return 0.0
    return prediction.digit_probability * prediction.confidence * reading.prior


def _read(ink: np.ndarray, ignore: bool = True) -> Reading:
    extent = ink_extent(ink)
    if extent is None:
        return Reading(ink_to_image(ink), _NOTHING, prior=SUSPECT, several=False)
    pen = pen_width(ink)
    large = _size(extent) > EVEN_FROM or _size(ink_extent(ink * (0.5 / PALEST)) or extent) > EVEN_FROM
    ink = made_even(ink, _pen_reach(pen) if large else 1, PALEST)
    components = every = Components.of(ink >= 0.5)
    own, ignored = own_ink(ink, components, pen) if ignore else (ink, _NOTHING)
    if len(ignored):
        components = Components.of(own >= 0.5)
    prior = _prior(components, every, _leaves_pale(ink, pen))
    return Reading(ink_to_image(own), ignored, prior, may_be_several(components))


def _size(extent: tuple[slice, slice]) -> int:
    """The longer side of an extent, in pixels."""
    return int(max(side.stop - side.start for side in extent))


def _prior(components: Components, every: Components, leaves_pale: bool) -> float:
    """The prior of a reading: lower if solid ink covers much of the picture or its edge, or leads across it.

    Args:
        components: of the digit's own ink.
        every: these and those that were left out.
        leaves_pale: whether there is much pale ink besides.
    """
    labels = components.labels
    top, bottom, left, right = (np.count_nonzero(edge) for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]))
    across = min(labels.shape) > EVEN_FROM and ((top and bottom) or (left and right))
    on_edge = (top + bottom + left + right) / (2 * sum(labels.shape))
    if every.areas[every.at_edge].sum() > MAX_AT_EDGE * labels.size:
        return SUSPECT**2
    large = every.areas.sum() > MAX_INK * labels.size or on_edge > MAX_EDGE
    return SUSPECT if across or large or leaves_pale else 1.0


def _leaves_pale(ink: np.ndarray, pen: float) -> bool:
    """Whether there is much pale ink away from solid ink."""
    solid = ink >= 0.5
    least = MAX_PALE * np.count_nonzero(solid)
    pale = (ink >= PALE) & ~solid
    if np.count_nonzero(pale) <= least:
        return False
    near = sliding(np.logical_or, solid, 2 * _pen_reach(pen) + 1)
    return bool(np.count_nonzero(pale & ~near) > least)


def _pen_reach(pen: float) -> int:
    """How far ink of a pen is made even, in pixels."""
    return min(int(np.ceil(pen)), MAX_REACH)
