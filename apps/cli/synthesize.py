"""Draw digits as people all over the world write them: a set of strokes that evaluate.py --strokes takes, or a picture.

What --out ends with says which. The set (.npz) has every digit equally often; the picture (.png) a row for each digit
and each kind of what is no digit. With --digit, the set has that digit alone, and the picture a row for each form.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from apps.cli.arguments import Parser, UsageError, add_arguments, check_writable, positive_int
from apps.cli.command import SUCCESS, command
from nn.digits import synthesis
from nn.digits.stroke_files import write_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import CLASSES

SET, PICTURE = ".npz", ".png"
IN_A_SET, IN_A_ROW = 10_000, 20


@command("synthesize.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser(__doc__)
    add_arguments(parser, "out", "seed", out={"default": Path("synthetic.npz")})
    parser.add_argument(
        "--count",
        metavar="N",
        type=positive_int,
        help=f"drawings, of the set or of each row (default: {IN_A_SET:,} and {IN_A_ROW})",
    )
    parser.add_argument("--digit", metavar="D", type=int, choices=range(CLASSES), help="this one alone")
    arguments = parser.parse_args(argv)
    if arguments.out.suffix not in (SET, PICTURE):
        raise UsageError(f"{arguments.out}: expected a name that ends with {SET} or {PICTURE}")
    check_writable(arguments.out)
    rng = np.random.default_rng(arguments.seed)
    if arguments.out.suffix == SET:
        _write_set(arguments, rng)
    else:
        _write_picture(arguments, rng)
    return SUCCESS


def _write_set(arguments: argparse.Namespace, rng: np.random.Generator) -> None:
    count = arguments.count or IN_A_SET
    if arguments.digit is None:
        drawings, labels = synthesis.sample_many(count, rng)
    else:
        drawings = [synthesis.sample(arguments.digit, rng) for _ in range(count)]
        labels = np.full(count, arguments.digit)
    write_stroke_set(arguments.out, StrokeSet.from_samples(drawings, labels))
    print(f"{count:,} drawings: {arguments.out}")


def _write_picture(arguments: argparse.Namespace, rng: np.random.Generator) -> None:
    from apps.cli import plots

    columns = range(arguments.count or IN_A_ROW)
    digit = arguments.digit
    if digit is None:
        title = "Digits, and what is none"
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
