"""Convert the pen strokes of "Pen-Based Recognition of Handwritten Digits" to a set that evaluate.py --strokes takes.

The originals, pendigits-orig.tra.Z and pendigits-orig.tes.Z, are in the UCI Machine Learning Repository's data set 81.
Unpack them first (gzip -d). Several files become one set, and the writers of each keep apart.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("convert_strokes.py")  # before the slow imports

# isort: split
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from apps.cli.arguments import Parser, add_arguments, check_writable
from apps.cli.command import SUCCESS, command
from nn.digits.stroke_files import write_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.errors import DataError


@dataclass
class Sample:
    """One digit of a file.

    Attributes:
        label: 0 to 9.
        writer: the number that the file gives to who wrote it; None until it is read.
        strokes: points (x, y), y down.
    """

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
    check_writable(arguments.out)
    samples: list[Sample] = []
    writers: dict[tuple[Path, int | None], int] = {}
    writer_of: list[int] = []
    for path in arguments.files:
        found = read(path)
        samples += found
        writer_of += [writers.setdefault((path, sample.writer), len(writers)) for sample in found]
    strokes = StrokeSet.from_samples(
        (sample.strokes for sample in samples), [sample.label for sample in samples], writer_of
    )
    write_stroke_set(arguments.out, strokes)
    print(f"{len(samples):,} drawings by {len(writers)} people: {arguments.out}")
    return SUCCESS


def read(path: Path) -> list[Sample]:
    """Read the samples of a file; those that the pen left no mark of are dropped.

    The format is UNIPEN's, of which these files use little:

        .SEGMENT DIGIT 0-1 ? "8"   a digit begins, of the strokes 0 to 1
        .COMMENT 8 14 250          its label again, its writer, its number among the writer's
        .PEN_DOWN                  a stroke begins; its points follow, x right and y up
         273  323
        .PEN_UP

    Lines with other words (.DT, time passed; the file's head) tell nothing that is wanted here.
    Source: I. Guyon et al., "UNIPEN project of on-line data exchange and recognizer benchmarks", ICPR 1994.

    Raises:
        DataError: the file is missing, packed, or not of this format; names the line.
    """
    samples: list[Sample] = []
    try:
        with path.open(encoding="ascii") as file:
            for number, line in enumerate(file, start=1):
                try:
                    _take(line.split(), samples)
                except (ValueError, IndexError):
                    raise DataError(f"{path}, line {number}: not as expected: {line.strip()[:40]!r}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: expected text; if this is the packed file, unpack it first") from None
    samples = list(_inked(samples))
    nameless = sum(sample.writer is None for sample in samples)
    if nameless or not samples:
        raise DataError(f"{path}: expected digits, each with its writer; found {len(samples)}, {nameless} without")
    return samples


def _take(words: list[str], samples: list[Sample]) -> None:
    """Take in a line, split into words; ValueError or IndexError where it is not what belongs there."""
    match words:
        case [".SEGMENT", "DIGIT", *_, label]:
            samples.append(Sample("0123456789".index(label.strip('"'))))
        case _ if not samples:
            pass  # the file's head
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


def _inked(samples: Sequence[Sample]) -> Iterator[Sample]:
    for sample in samples:
        sample.strokes = [stroke for stroke in sample.strokes if stroke]
        if sample.strokes:
            yield sample


if __name__ == "__main__":
    sys.exit(main())
