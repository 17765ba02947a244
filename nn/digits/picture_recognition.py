"""Recognizes pictures of one digit each: all first readings in one batch, then the other readings of the doubtful ones.

A picture of several digits is told from one of a single digit before anything is left out of it; not where all of its
ink is one digit with confidence. Where all ink may be a shadow, the other readings may tell it too.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nn.digits.ink import WORKING_SIDE, as_unit, reduced, smooth_ink
from nn.digits.lines import Predict
from nn.digits.pages import Page, read_several
from nn.digits.prediction import SEVERAL, Prediction
from nn.digits.readings import SURE, Reading, choose, first_reading, is_doubtful, other_readings
from nn.digits.variants import MATRICES, mean_prediction, variants


class _Picture(NamedTuple):
    """A picture, reduced to the working size, by ``scale``; its ink there, its size (H, W), and its first reading."""

    reduced: np.ndarray
    ink: np.ndarray
    scale: int
    size: tuple[int, int]
    reading: Reading
    page: Page | None


def recognize_pictures(pictures: Iterable[ArrayLike], predict: Predict) -> list[Prediction]:
    """A prediction for each picture; see `Recognizer.recognize_images`."""
    prepared = [_prepare(gray, predict) for gray in pictures]
    predictions = predict([picture.reading.image for picture in prepared])
    answers = [
        _several(prediction, picture.page) if picture.page else _with_ignored(prediction, picture.reading, picture)
        for picture, prediction in zip(prepared, predictions, strict=True)
    ]
    doubtful = [
        index
        for index, (picture, prediction) in enumerate(zip(prepared, predictions, strict=True))
        if picture.page is None and is_doubtful(picture.reading, prediction)
    ]
    others = [other_readings(each.reduced, each.ink, each.reading) for each in map(prepared.__getitem__, doubtful)]
    remaining = iter(predict([reading.image for readings in others for reading in readings]))
    for index, readings in zip(doubtful, others, strict=True):
        picture = prepared[index]
        found = [predictions[index], *(next(remaining) for _ in readings)]
        best = choose([picture.reading, *readings], found)
        chosen = [picture.reading, *readings][best]
        page = read_several(picture.reduced, predict) if _may_be_several(chosen, found[best], readings) else None
        if page or best:
            answers[index] = _several(found[best], page) if page else _with_ignored(found[best], chosen, picture)
    return _with_variants(answers, predict)


def _with_variants(answers: list[Prediction], predict: Predict) -> list[Prediction]:
    """The answers; each digit that is doubtful is averaged over variants of its image."""
    doubtful = [index for index, each in enumerate(answers) if each.label is not None and each.confidence < SURE]
    found = predict([variant for index in doubtful for variant in variants(answers[index].image)])
    for number, index in enumerate(doubtful):
        others = found[number * len(MATRICES) : (number + 1) * len(MATRICES)]
        answers[index] = mean_prediction(answers[index], others)
    return answers


def _prepare(gray: ArrayLike, predict: Predict) -> _Picture:
    picture = as_unit(gray)
    small = reduced(picture, WORKING_SIDE)
    ink = smooth_ink(small)
    reading = first_reading(ink)
    unclear = reading.several and not reading.suspect and is_doubtful(reading, predict([reading.image])[0])
    page = read_several(picture, predict) if unclear else None
    return _Picture(small, ink, -(-max(picture.shape) // max(small.shape)), picture.shape, reading, page)


def _may_be_several(chosen: Reading, prediction: Prediction, others: Sequence[Reading]) -> bool:
    """Whether a picture may be of several digits: by the reading that was chosen, or by any if it is a shadow's."""
    if prediction.label is None and chosen.suspect:
        return chosen.several or any(each.several for each in others)
    return chosen.several and is_doubtful(chosen, prediction)


def _several(prediction: Prediction, page: Page) -> Prediction:
    return dataclasses.replace(prediction, label=None, reason=SEVERAL, page=page)


def _with_ignored(prediction: Prediction, reading: Reading, picture: _Picture) -> Prediction:
    """The prediction of a reading, with what was left out, in the picture's pixels."""
    if not len(reading.ignored):
        return prediction
    height, width = picture.size
    boxes = np.minimum(picture.scale * reading.ignored, [width, height, width, height])
    return dataclasses.replace(prediction, ignored=tuple(map(tuple, boxes.tolist())))
