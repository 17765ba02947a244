"""The alphabets that drawings are made from: sets of glyphs, read from the files in ``glyphs/``.

`DIGITS` has an alphabet for each digit, as people all over the world write it. Networks are trained on `LETTERS`,
`SIGNS` and `DOODLES` as non-digits. They are never trained on `HELD_OUT_DIGITS`, which has other ways to write some
digits, nor on `HELD_OUT`, which has non-digits.
"""

import functools
from importlib import resources

import numpy as np

from nn.digits.synthesis.glyph import Glyph


class Alphabet:
    """The glyphs of one symbol, or of one kind of symbols.

    Args:
        name: of the file. It is read when a glyph is first used.

    >>> Alphabet("1")["round top"].weight
    8.0
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @functools.cached_property
    def glyphs(self) -> tuple[Glyph, ...]:
        """All glyphs, in the file's order."""
        file = resources.files(__package__) / "glyphs" / f"{self.name}.txt"
        return parse(file.read_text(encoding="utf-8"), file.name)

    @functools.cached_property
    def weights(self) -> np.ndarray:
        """The share of each glyph; they sum to 1."""
        weights = np.array([glyph.weight for glyph in self.glyphs])
        return weights / weights.sum()

    def __getitem__(self, name: str) -> Glyph:
        """The glyph of that name.

        Raises:
            ValueError: there is none.
        """
        for glyph in self.glyphs:
            if glyph.name == name:
                return glyph
        raise ValueError(f"glyph: expected one of {', '.join(glyph.name for glyph in self.glyphs)}; got {name!r}")


def parse(text: str, file: str) -> tuple[Glyph, ...]:
    """Read the glyphs of a file; ``glyphs/README.md`` describes the format.

    Raises:
        ValueError: it is not in that format, a name is there twice, or a weight is not above 0; names file and line.
    """
    entries: list[tuple[int, str, float, list[str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace():
            if not entries:
                raise ValueError(f"{file}, line {number}: expected a glyph before its variants")
            entries[-1][-1].append(line.strip())
            continue
        name, _, weight = line.partition(":")
        try:
            value = float(weight)
        except ValueError:
            value = 0.0
        if not value > 0:
            raise ValueError(f"{file}, line {number}: expected 'name: weight', the weight above 0, got {line!r}")
        if any(name == other for _, other, _, _ in entries):
            raise ValueError(f"{file}, line {number}: expected each name once, got {name!r} again")
        entries.append((number, name, value, []))
    glyphs = []
    for number, name, value, variants in entries:
        try:
            glyphs.append(Glyph.parse(name, value, variants))
        except ValueError as error:
            raise ValueError(f"{file}, line {number}: {error}") from None
    if not glyphs:
        raise ValueError(f"{file}: expected a glyph, found none")
    return tuple(glyphs)


DIGITS = tuple(Alphabet(str(digit)) for digit in range(10))
#: By digit. The zeros are slashed.
HELD_OUT_DIGITS = {digit: Alphabet(f"{digit}_held_out") for digit in (0, 1, 3, 4, 5, 7, 9)}
LETTERS, SIGNS, DOODLES, HELD_OUT = (Alphabet(name) for name in ("letters", "signs", "doodles", "held_out"))
