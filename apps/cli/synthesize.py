"""Draw synthetic digits: a set of strokes for `evaluate --strokes`, or a picture.

The suffix of --out decides. The set (.npz) has equally many drawings of each digit; the picture (.png) has a row for
each digit and each kind of non-digit. With --digit, the set has only that digit, and the picture a row for each glyph.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from apps.cli.arguments import Parser, UsageError, add_arguments, positive_int
from apps.cli.command import SUCCESS, command
from apps.cli.outputs import NPZ, PNG, Output, check_outputs
from nn.digits import synthesis
from nn.digits.stroke_files import write_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import CLASSES

SET, PICTURE = ".npz", ".png"
SET_SIZE, ROW_SIZE = 10_000, 20


@command("synthesize.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser(__doc__)
    add_arguments(parser, "out", "seed", out={"default": Path("synthetic.npz")})
    parser.add_argument(
        "--count",
        metavar="N",
        type=positive_int,
        help=f"number of drawings in the set or in each row (default: {SET_SIZE:,} and {ROW_SIZE})",
    )
    parser.add_argument("--digit", metavar="D", type=int, choices=range(CLASSES), help="only this digit")
    arguments = parser.parse_args(argv)
    if arguments.out.suffix not in (SET, PICTURE):
        raise UsageError(f"{arguments.out}: expected a name that ends in {SET} or {PICTURE}")
    check_outputs(Output("--out", arguments.out, NPZ if arguments.out.suffix == SET else PNG))
    write = _write_set if arguments.out.suffix == SET else _write_picture
    write(arguments, np.random.default_rng(arguments.seed))
    return SUCCESS


def _write_set(arguments: argparse.Namespace, rng: np.random.Generator) -> None:
    count = arguments.count or SET_SIZE
    if arguments.digit is None:
        drawings, labels = synthesis.sample_many(count, rng)
    else:
        drawings = [synthesis.sample(arguments.digit, rng) for _ in range(count)]
        labels = np.full(count, arguments.digit)
    write_stroke_set(arguments.out, StrokeSet.from_samples(drawings, labels))
    print(f"{count:,} drawings: {arguments.out}")


def _write_picture(arguments: argparse.Namespace, rng: np.random.Generator) -> None:
    from apps.cli import plots

    columns = range(arguments.count or ROW_SIZE)
    digit = arguments.digit
    if digit is None:
        title = "Digits and non-digits"
        rows = [(str(label), [synthesis.sample(label, rng) for _ in columns]) for label in range(CLASSES)]
        rows += [(kind, [synthesis.sample_non_digit(rng, kind) for _ in columns]) for kind in synthesis.KINDS]
    else:
        title = f"The glyphs of {digit}"
        rows = [
            (f"{glyph.weight:g} %  {glyph.name}", [synthesis.sample(digit, rng, glyph.name) for _ in columns])
            for glyph in synthesis.DIGITS[digit].glyphs
        ]
    plots.save(arguments.out, plots.draw_drawings, rows, title=title)
    print(f"{len(rows)} rows of {len(columns)} drawings: {arguments.out}")


if __name__ == "__main__":
    sys.exit(main())
