"""Convert the pen strokes of "Pen-Based Recognition of Handwritten Digits" to a set for evaluate.py --strokes.

The original files, pendigits-orig.tra.Z and pendigits-orig.tes.Z, are data set 81 of the UCI Machine Learning
Repository. Unpack them first (gzip -d). Several files become one set; each file has its own writers.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("convert_strokes.py")  # before the slow imports

# isort: split
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from apps.cli.arguments import Parser, add_arguments
from apps.cli.command import SUCCESS, command
from apps.cli.outputs import NPZ, Output, check_outputs
from nn.digits.stroke_files import write_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.errors import DataError


@dataclass
class Sample:
    """A digit: its label, its writer's number in the file (None until it is read), and its strokes (x, y), y down."""

    label: int
    writer: int | None = None
    strokes: list[list[tuple[int, int]]] = field(default_factory=list)


@command("convert_strokes.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser(__doc__)
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="unpacked original: pendigits-orig.tra")
    add_arguments(parser, "out", out={"default": Path("strokes.npz")})
    arguments = parser.parse_args(argv)
    check_outputs(Output("--out", arguments.out, NPZ), inputs=arguments.files)
    samples = [(path, sample) for path in arguments.files for sample in read(path)]
    writers: dict[tuple[Path, int | None], int] = {}
    writer_of = [writers.setdefault((path, sample.writer), len(writers)) for path, sample in samples]
    strokes, labels = [sample.strokes for _, sample in samples], [sample.label for _, sample in samples]
    write_stroke_set(arguments.out, StrokeSet.from_samples(strokes, labels, writer_of))
    print(f"{len(samples):,} drawings by {len(writers)} people: {arguments.out}")
    return SUCCESS


def read(path: Path) -> list[Sample]:
    """Read the samples of a file; those without a point are dropped.

    These files use a small part of the UNIPEN format:

        .SEGMENT DIGIT 0-1 ? "8"   a digit starts, of strokes 0 to 1
        .COMMENT 8 14 250          its label again, its writer, its number among the writer's digits
        .PEN_DOWN                  a stroke starts; its points follow, x right and y up
         273  323
        .PEN_UP

    Other keywords (.DT, a duration; the header) are skipped.
    Source: I. Guyon et al., "UNIPEN project of on-line data exchange and recognizer benchmarks", ICPR 1994.

    Raises:
        DataError: the file is missing, packed, or not in this format; names the line.
    """
    samples: list[Sample] = []
    try:
        with path.open(encoding="ascii") as file:
            for number, line in enumerate(file, start=1):
                try:
                    _read_line(line.split(), samples)
                except (ValueError, IndexError):
                    raise DataError(f"{path}, line {number}: not as expected: {line.strip()[:40]!r}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: expected text; if this is the packed file, unpack it first") from None
    for sample in samples:
        sample.strokes = [stroke for stroke in sample.strokes if stroke]
    samples = [sample for sample in samples if sample.strokes]
    without_writer = sum(sample.writer is None for sample in samples)
    if without_writer or not samples:
        raise DataError(
            f"{path}: expected digits, each with its writer; found {len(samples)}, {without_writer} without"
        )
    return samples


def _read_line(words: list[str], samples: list[Sample]) -> None:
    """Add a line, split into words, to the samples; ValueError or IndexError where it is unexpected."""
    match words:
        case [".SEGMENT", "DIGIT", *_, label]:
            samples.append(Sample("0123456789".index(label.strip('"'))))
        case _ if not samples:
            pass  # the header
        case [".COMMENT", label, writer, _]:
            if int(label) != samples[-1].label:
                raise ValueError
            samples[-1].writer = int(writer)
        case [".PEN_DOWN"]:
            samples[-1].strokes.append([])
        case [x, y] if not x.startswith("."):
            samples[-1].strokes[-1].append((int(x), -int(y)))
        case [word, *_] if not word.startswith("."):
            raise ValueError


if __name__ == "__main__":
    sys.exit(main())
