"""Reading a page: lines of digits in a picture, whatever else is in it.

`page_ink.py` finds the ink, `rules.py` removes ruled lines, `skew.py` levels the page, `layout.py` finds its text lines
and `text_line.py` cuts each into pieces. The groups of pieces on the whole page are recognized together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nn import html
from nn.digits.components import Components
from nn.digits.edges import is_edge
from nn.digits.layout import find_lines, typical_height
from nn.digits.lines import Line, LineDigit, Predict, probability
from nn.digits.normalize import ink_to_image, pen_width
from nn.digits.page_ink import page_to_ink, reduced_page
from nn.digits.rules import remove_rules
from nn.digits.skew import Placement, find_slope, level
from nn.digits.text_line import PiecesOfLine
from nn.digits.viterbi import Candidate

#: Pixels with more ink than this form components.
SOLID = 0.4

#: The maximum number of components of a page; the largest are read. More than the second are texture, without digits.
MAX_COMPONENTS, TEXTURE = 1000, 8000

#: Several digits of at least this probability are not one.
SURE = 0.8

#: All ink together is one digit if its probability is at least this.
MAX_WHOLE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """The reading of a page.

    Attributes:
        lines: from top to bottom.
    """

    lines: tuple[Line, ...]

    @classmethod
    def from_line(cls, line: Line) -> Page:
        """A page of one line; of none if it has no digits."""
        return cls((line,) if line.digits else ())

    @property
    def text(self) -> str:
        """The text of the lines, joined by newlines."""
        return "\n".join(line.text for line in self.lines)

    @property
    def confidence(self) -> float:
        """The probability that all digits are right, if these are independent; 1 for an empty page."""
        return math.prod(line.confidence for line in self.lines)

    @property
    def digits(self) -> tuple[LineDigit, ...]:
        """The digits of all lines."""
        return tuple(digit for line in self.lines for digit in line.digits)

    def _repr_html_(self) -> str:
        return "<br>".join(f"<b>{html.text(line.text)}</b> ({line.confidence:.1%})" for line in self.lines)


def read_page(gray: ArrayLike, predict: Predict) -> Page:
    """Read the picture of a page; see `Recognizer.recognize_page_image`."""
    return _read(_prepare(gray), predict)


def read_line(gray: ArrayLike, predict: Predict) -> Line:
    """Read the picture of a line, the one of a page with most digits; see `Recognizer.recognize_line_image`."""
    page = read_page(gray, predict)
    return max(page.lines, key=lambda line: sum(probability(each.prediction) for each in line.digits), default=Line(()))


def read_several(gray: ArrayLike, predict: Predict) -> Page | None:
    """Read a picture that may be of several digits; None if it is of one digit, or of none.

    It is of several if two or more, and most of what was found, are read with confidence, and all ink together is not.
    """
    prepared = _prepare(gray)
    page = _read(prepared, predict)
    sure = sum(each.prediction.label is not None and probability(each.prediction) >= SURE for each in page.digits)
    if sure <= max(1, len(page.digits) // 2):
        return None
    (whole,) = predict([_whole(prepared)])
    return page if probability(whole) < MAX_WHOLE else None


class _Prepared(NamedTuple):
    """The ink of a page without rules, its lines level; its components; and its place in the picture."""

    ink: np.ndarray
    components: Components
    placement: Placement


def _prepare(gray: ArrayLike) -> _Prepared:
    ink = page_to_ink(gray)
    scale = np.shape(gray)[1] / ink.shape[1]
    ink = _without_texture(ink)
    if ink.any():
        ink = remove_rules(ink, ink > SOLID, pen_width(ink))
    components = Components.of(ink > SOLID)
    for index in _lone_edges(gray, components):
        ink = np.where(components.labels == index + 1, 0, ink)
        components = Components.of(ink > SOLID)
    slope = find_slope(components, typical_height(components))
    ink, placement = level(ink, slope, scale)
    return _Prepared(ink, Components.of(ink > SOLID) if slope else components, placement)


def _without_texture(ink: np.ndarray) -> np.ndarray:
    """The ink of the largest components; none of noise and texture, which would take minutes."""
    components = Components.of(ink > SOLID)
    if len(components) <= MAX_COMPONENTS:
        return ink
    if len(components) > TEXTURE:
        return np.zeros_like(ink)
    small = np.zeros(len(components) + 1, bool)
    small[1 + np.argsort(-components.areas, kind="stable")[MAX_COMPONENTS:]] = True
    return np.where(small[components.labels], 0, ink)


def _lone_edges(gray: ArrayLike, components: Components) -> list[int]:
    """The components that would be a line alone, but are the edge of something; the last comes first."""
    lone = [line.members[0] for line in find_lines(components) if len(line.members) == 1]
    if not lone:
        return []
    picture = reduced_page(gray)
    return sorted((index for index in lone if is_edge(picture, components, index)), reverse=True)


def _read(page: _Prepared, predict: Predict) -> Page:
    pieces = [PiecesOfLine(page.ink, page.components, line) for line in find_lines(page.components)]
    _recognize([(line, line.components()) for line in pieces], predict)
    _recognize([(line, line.undecided()) for line in pieces], predict)
    lines = [line.best(page.placement.to_picture) for line in pieces]
    return Page(tuple(line for line in lines if line.digits))


def _recognize(groups: Iterable[tuple[PiecesOfLine, list[Candidate]]], predict: Predict) -> None:
    """Recognize groups of all lines at once."""
    groups = list(groups)
    images = [line.image_of(group) for line, wanted in groups for group in wanted]
    predictions = iter(predict(images) if images else [])
    for line, wanted in groups:
        line.add(wanted, predictions)


def _whole(page: _Prepared) -> np.ndarray:
    """The image of the ink of all lines together, (28, 28) float32."""
    members = np.zeros(len(page.components) + 1, bool)
    members[[1 + index for line in find_lines(page.components) for index in line.members]] = True
    return ink_to_image(np.where(members[page.components.labels], page.ink, 0))
