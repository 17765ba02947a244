"""Draw synthetic digits: a set of strokes, pictures as people take them, or one picture of many drawings.

With --pictures N, --out is a new folder of photographs, scans, forms, ... and a manifest, for `evaluate --pictures`.
Otherwise its suffix decides. The set (.npz), for `evaluate --strokes`, has equally many drawings of each digit; the
picture (.png) has a row for each digit and each kind of non-digit. With --digit, everything shows only that digit, and
the picture has a row for each glyph; with --held-out, the set and the picture have only ways to write digits that no
network learns from, slashed zeros among them.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from apps.cli.arguments import Parser, UsageError, add_arguments, positive_int
from apps.cli.command import SUCCESS, command
from apps.cli.outputs import NPZ, PNG, Output, check_outputs
from nn.digits import synthesis
from nn.digits.picture_set import LabelledPicture, write_picture_set
from nn.digits.stroke_files import write_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import CLASSES
from nn.digits.synthesis import handwriting_model
from nn.digits.synthesis.pictures import PICTURE_KINDS, SINGLE_DIGIT_KINDS, sample_picture

SET, PICTURE = ".npz", ".png"
SET_SIZE, ROW_SIZE = 10_000, 20


@command("synthesize.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser(__doc__)
    add_arguments(parser, "out", "seed", "quiet", out={"default": Path("synthetic.npz")})
    parser.add_argument(
        "--count",
        metavar="N",
        type=positive_int,
        help=f"number of drawings in the set or in each row (default: {SET_SIZE:,} and {ROW_SIZE})",
    )
    parser.add_argument("--digit", metavar="D", type=int, choices=range(CLASSES), help="only this digit")
    parser.add_argument(
        "--held-out", action="store_true", help="only held-out ways to write digits, which no network learns from"
    )
    parser.add_argument(
        "--pictures", metavar="N", type=positive_int, help="make N pictures as people take them, in the folder --out"
    )
    parser.add_argument(
        "--kind",
        nargs="+",
        choices=PICTURE_KINDS,
        metavar="KIND",
        help=f"of the pictures: {', '.join(PICTURE_KINDS)} (default: all of one digit)",
    )
    arguments = parser.parse_args(argv)
    if arguments.pictures:
        return _write_pictures(arguments, np.random.default_rng(arguments.seed))
    if arguments.kind:
        raise UsageError("--kind: expected --pictures N with it")
    if arguments.out.suffix not in (SET, PICTURE):
        raise UsageError(f"{arguments.out}: expected a name that ends in {SET} or {PICTURE}")
    if arguments.held_out:
        _held_out_digits(arguments.digit)
    check_outputs(Output("--out", arguments.out, NPZ if arguments.out.suffix == SET else PNG))
    write = _write_set if arguments.out.suffix == SET else _write_picture
    write(arguments, np.random.default_rng(arguments.seed))
    return SUCCESS


def _write_pictures(arguments: argparse.Namespace, rng: np.random.Generator) -> int:
    kinds = arguments.kind or SINGLE_DIGIT_KINDS
    if arguments.count or arguments.held_out or arguments.out.suffix in (SET, PICTURE):
        raise UsageError("--pictures N: expected a folder as --out, and neither --count nor --held-out")
    names = [kinds[number % len(kinds)] for number in range(arguments.pictures)]

    def make() -> Iterator[LabelledPicture]:
        for name in tqdm(names, unit=" pictures", disable=arguments.quiet, leave=False):
            yield sample_picture(rng, name, arguments.digit)

    write_picture_set(arguments.out, make())
    print(f"{arguments.pictures:,} pictures: {arguments.out}")
    return SUCCESS


def _write_set(arguments: argparse.Namespace, rng: np.random.Generator) -> None:
    count = arguments.count or SET_SIZE
    if arguments.held_out:
        labels = rng.permutation(np.resize(_held_out_digits(arguments.digit), count))
        drawings = [synthesis.sample_held_out_digit(label, 1, rng)[0] for label in labels.tolist()]
    elif arguments.digit is None:
        drawings, labels = synthesis.sample_many(count, rng)
    else:
        drawings = [synthesis.sample(arguments.digit, rng) for _ in range(count)]
        labels = np.full(count, arguments.digit)
    write_stroke_set(arguments.out, StrokeSet.from_samples(drawings, labels))
    print(f"{count:,} drawings: {arguments.out}")


def _write_picture(arguments: argparse.Namespace, rng: np.random.Generator) -> None:
    from apps.cli import plots

    count, digit = arguments.count or ROW_SIZE, arguments.digit
    if arguments.held_out:
        title = "Held-out ways to write digits"
        glyphs = [
            (label, glyph) for label in _held_out_digits(digit) for glyph in synthesis.HELD_OUT_DIGITS[label].glyphs
        ]
        rows = [(f"{label}  {glyph.name}", handwriting_model.write(glyph, count, rng)) for label, glyph in glyphs]
    elif digit is None:
        title = "Digits and non-digits"
        rows = [(str(label), [synthesis.sample(label, rng) for _ in range(count)]) for label in range(CLASSES)]
        rows += [(kind, [synthesis.sample_non_digit(rng, kind) for _ in range(count)]) for kind in synthesis.KINDS]
    else:
        title = f"The glyphs of {digit}"
        rows = [
            (f"{glyph.weight:g} %  {glyph.name}", handwriting_model.write(glyph, count, rng))
            for glyph in synthesis.DIGITS[digit].glyphs
        ]
    plots.save(arguments.out, plots.draw_drawings, rows, title=title)
    print(f"{len(rows)} rows of {count} drawings: {arguments.out}")


def _held_out_digits(digit: int | None) -> list[int]:
    """This digit, or all digits that have held-out ways to write them."""
    if digit not in (None, *synthesis.HELD_OUT_DIGITS):
        listed = ", ".join(map(str, synthesis.HELD_OUT_DIGITS))
        raise UsageError(f"--held-out: expected --digit to be one of {listed}; got {digit}")
    return list(synthesis.HELD_OUT_DIGITS) if digit is None else [digit]


if __name__ == "__main__":
    sys.exit(main())
