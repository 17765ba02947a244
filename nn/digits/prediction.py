"""What a recognizer returns for one digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nn import html

if TYPE_CHECKING:
    from nn.digits.pages import Page

#: The reasons for which a prediction has no label.
BLANK, DOT, NOT_A_DIGIT, SEVERAL = "blank", "a dot", "not a digit", "several digits"


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The reading of one digit.

    Attributes:
        label: the digit, 0 to 9; None if the input was rejected.
        probabilities: (10,) float32, the probability of each digit, given that it is one; they sum to 1.
        image: (28, 28) float32 in [0, 1]: the network's input.
        reason: why the input was rejected: ``BLANK``, ``DOT``, ``NOT_A_DIGIT`` or ``SEVERAL``; None if it was not.
        digit_probability: the probability that the input is a digit; 1 if the network has no class for non-digits.
        ignored: left, top, right and bottom of what was left out of a picture as foreign ink, in its pixels.
        page: what the digits of a picture are, if the reason is ``SEVERAL``; else None.
    """

    label: int | None
    probabilities: np.ndarray
    image: np.ndarray
    reason: str | None = None
    digit_probability: float = 1.0
    page: Page | None = None
    ignored: tuple[tuple[int, int, int, int], ...] = ()

    @property
    def confidence(self) -> float:
        """The highest of the digits' probabilities."""
        return float(self.probabilities.max())

    @property
    def ranking(self) -> tuple[int, ...]:
        """The digits, most probable first; of equals, the smaller digit comes first."""
        return tuple(np.argsort(-self.probabilities, kind="stable").tolist())

    def _repr_html_(self) -> str:
        answer = f"<b>{html.text(self.reason if self.label is None else self.label)}</b>"
        digits = range(len(self.probabilities))
        return html.row(answer, html.picture(self.image), html.bars(digits, self.probabilities.tolist()))
