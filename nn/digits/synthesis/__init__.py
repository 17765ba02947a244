"""Digits as people all over the world write them, made from forms that are written down here, without anybody's ink.

MNIST was written by Americans of the 1990s; other people's ones have long flags, their sevens bars, their nines hooks.
``digits.py`` has the forms, ``hand.py`` writes them, never twice the same, and ``signs.py`` and ``scribbles.py`` draw
what is no digit; so does ``symbols.py``, to judge by and not to learn from.
"""

from nn.digits.synthesis.digits import DIGITS
from nn.digits.synthesis.generate import NON_DIGIT, images, sample, sample_held_out, sample_many, sample_non_digit
from nn.digits.synthesis.scribbles import KINDS

__all__ = [
    "DIGITS",
    "KINDS",
    "NON_DIGIT",
    "images",
    "sample",
    "sample_held_out",
    "sample_many",
    "sample_non_digit",
]
