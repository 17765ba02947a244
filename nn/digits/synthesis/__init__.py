"""Synthetic drawings: digits as people all over the world write them, and non-digits.

Americans wrote MNIST in the 1990s. Other people write ones with long flags, sevens with bars, and nines with hooks.
The glyphs are in ``glyphs/`` (read by alphabets.py, glyph.py and splines.py); handwriting_model.py writes them, every
time differently; non_digits.py draws the kinds of non-digits; generate.py makes samples and images of all.
"""

from nn.deprecation import deprecated_names
from nn.digits.synthesis.alphabets import DIGITS, HELD_OUT_DIGITS
from nn.digits.synthesis.generate import (
    NON_DIGIT,
    images,
    sample,
    sample_held_out,
    sample_held_out_digit,
    sample_many,
    sample_non_digit,
)
from nn.digits.synthesis.non_digits import KINDS

__all__ = [
    "DIGITS",
    "HELD_OUT_DIGITS",
    "KINDS",
    "NON_DIGIT",
    "images",
    "sample",
    "sample_held_out",
    "sample_held_out_digit",
    "sample_many",
    "sample_non_digit",
]

__getattr__ = deprecated_names(__name__, {"sample_unlearned": "nn.digits.synthesis:sample_held_out"})
