"""Read digits from pictures (PNG, JPEG, TIFF, WebP, ...; dark on light or light on dark) and saved drawings (.json).

Files, folders with all folders below them, and lists of names are read in order; an answer is written as soon as it is
there. As text, it is a line: the digit, its confidence, and the probabilities of 0 to 9; or the digits, where there are
several. A file that can't be read is a line on stderr and does not stop the others; the exit status is then 1, or 2 if
none could be read.

  digits predict scans --out answers.csv --jobs 4
  digits predict --page form.jpg --annotate read.png --table lines.csv
  find . -name '*.png' -print0 | digits predict --files-from - --null --format jsonl
"""

import argparse
import contextlib
import dataclasses
import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from apps.cli import executors
from apps.cli.arguments import Parser, UsageError, add_arguments, expand_patterns, positive_int, user_path
from apps.cli.command import BAD_INPUT, PARTLY_FAILED, SUCCESS, command, print_error
from apps.cli.outputs import PNG, Output, check_outputs
from apps.cli.reading import pipeline, table
from apps.cli.reading.answers import Answer, Reader, load_recognizer
from apps.cli.reading.formats import FORMATS
from apps.cli.reading.inputs import PAUSE, Inputs
from apps.cli.reading.layouts import AUTO, LINE, PAGE
from apps.cli.reading.output import AnswerOutput, open_output
from apps.cli.reading.progress import ReadingProgress
from nn.files import is_folder

#: Reads names, as ``Inputs.names`` yields them.
Read = Callable[[Iterable[str | None]], Iterator[list[Answer]]]


@command("predict.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _arguments(argv)
    files = expand_patterns(arguments.files)
    form = FORMATS[arguments.format](list(map(str, files)))
    inputs = [arguments.weights, arguments.files_from, *files]
    single = len(files) == 1 and not arguments.files_from and not is_folder(files[0])
    check_outputs(
        Output("--out", arguments.out, () if arguments.resume else form.begins),
        Output("--table", arguments.table, table.BEGINS),
        Output("--annotate", arguments.annotate if single else None, PNG),
        inputs=inputs,
    )
    if arguments.annotate and not single:
        _check_folder(arguments.annotate, files)
    load_recognizer(arguments.weights)
    names = Inputs(files, arguments.files_from, arguments.null, arguments.out)
    reader = Reader(arguments.weights, mode=arguments.mode, annotated=arguments.annotate, single=single)
    with (
        _reading(arguments, reader) as read,
        open_output(form, arguments.out, resume=arguments.resume) as output,
        table.open_table(arguments.table) as add_rows,
    ):
        progress = ReadingProgress(names.count, done=output.done, quiet=arguments.quiet)
        try:
            _read_all(names, read, output, add_rows, progress)
        except KeyboardInterrupt:
            if form.can_resume and arguments.out:
                print_error("predict.py", f"{arguments.out}: {output.done:,} files are done; --resume reads the others")
            raise
        finally:
            progress.close()
    if not output.done:
        raise UsageError("expected pictures and drawings, found none")
    if arguments.out and not arguments.quiet:
        print(f"{output.done:,} files, {output.failed:,} of them could not be read: {arguments.out}")
    if output.failed == output.done:
        return BAD_INPUT
    return PARTLY_FAILED if output.failed else SUCCESS


def _read_all(
    inputs: Inputs,
    read: Read,
    output: AnswerOutput,
    add_rows: Callable[[list[Answer]], None],
    progress: ReadingProgress,
) -> None:
    names = (name for name in inputs.names() if name is PAUSE or not output.skip(name))
    with contextlib.closing(read(names)) as chunks:  # type: ignore[type-var]  # they are generators
        for answers in chunks:
            for answer in answers:
                if "error" in answer:
                    with progress.hidden(sys.stderr):
                        print_error("predict.py", answer["error"])
            with progress.hidden(sys.stdout):
                output.write(answers)
            add_rows(answers)
            progress.update(len(answers))
            if not output.has_reader():
                break


@contextlib.contextmanager
def _reading(arguments: argparse.Namespace, reader: Reader) -> Iterator[Read]:
    """Reads with this process, with several, or on a cluster."""
    if arguments.scheduler:
        weights = arguments.weights and arguments.weights.absolute()
        reader = dataclasses.replace(reader, weights=weights, folder=Path.cwd())
        with executors.cluster(arguments.scheduler) as pool:
            yield functools.partial(pipeline.read_with, pool, pipeline.CLUSTER_WINDOW, reader)
        return
    if (arguments.jobs or 1) == 1:
        yield functools.partial(pipeline.read_here, reader)
        return
    with executors.processes(arguments.jobs) as pool:
        yield functools.partial(pipeline.read_with, pool, pipeline.WINDOW * arguments.jobs, reader)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    arguments = _parser().parse_args(argv)
    if not arguments.files and not arguments.files_from:
        raise UsageError("the following arguments are required: FILE or --files-from (--help lists the options)")
    if arguments.null and not arguments.files_from:
        raise UsageError("--null: expected --files-from LIST with it")
    if arguments.jobs and arguments.scheduler:
        raise UsageError("--jobs, --scheduler: expected one of the two, got both")
    if arguments.json and arguments.format not in (None, "json"):
        raise UsageError(f"--json, --format {arguments.format}: expected one of the two, got both")
    suffix = arguments.out.suffix.lower() if arguments.out else ""
    by_suffix = next((name for name, form in FORMATS.items() if suffix in form.suffixes), "text")
    arguments.format = "json" if arguments.json else arguments.format or by_suffix
    if arguments.resume and not arguments.out:
        raise UsageError("--resume: expected --out FILE with it")
    if arguments.resume and not FORMATS[arguments.format].can_resume:
        resumable = " or ".join(name for name, form in FORMATS.items() if form.can_resume)
        raise UsageError(f"--resume: expected --format {resumable}, got {arguments.format}")
    if arguments.resume and arguments.table:
        raise UsageError("--resume, --table: expected one of the two, got both")
    return arguments


def _check_folder(folder: Path, files: Sequence[Path]) -> None:
    """Check that annotated pictures can go to a folder, and are not read again.

    Raises:
        UsageError: it is a file, or inside a folder that is read.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--annotate: {folder}: expected a folder, as there are several pictures, found a file")
    for each in files:
        if is_folder(each) and Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(each)):
            raise UsageError(f"--annotate: {folder}: expected a folder outside of {each}, which is read")


def _parser() -> Parser:
    parser = Parser(__doc__)
    parser.add_argument("files", metavar="FILE", nargs="*", type=user_path, help="picture, drawing or folder of them")
    add_arguments(
        parser,
        *("weights", "out", "quiet"),
        out={"help": "write the answers to this file (default: standard output)"},
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--line",
        dest="mode",
        action="store_const",
        const=LINE,
        default=AUTO,
        help="read the line of digits in each picture (default: one digit, or several if it looks so)",
    )
    group.add_argument(
        "--page", dest="mode", action="store_const", const=PAGE, help="read all lines of digits in each picture"
    )
    parser.add_argument(
        "--table",
        metavar="FILE.csv",
        type=user_path,
        help="also write the lines as a table: file, line, text, tokens, boxes, confidence",
    )
    parser.add_argument(
        "--annotate",
        metavar="FILE.png",
        type=user_path,
        help="also draw boxes and answers on the picture; for several pictures, a folder",
    )
    parser.add_argument(
        "--files-from",
        metavar="LIST",
        type=user_path,
        help="also read the files that LIST names, one a line; - is stdin",
    )
    parser.add_argument("--null", action="store_true", help="names in LIST end with a null byte (find -print0)")
    parser.add_argument(
        "--format", choices=FORMATS, help="of the answers (default: that of the suffix of --out, or else text)"
    )
    parser.add_argument("--json", action="store_true", help="the same as --format json: one JSON document")
    parser.add_argument(
        "--resume", action="store_true", help="continue an interrupted run: append to --out what is not in it yet"
    )
    parser.add_argument("--jobs", metavar="N", type=positive_int, help="read with N processes (default: 1)")
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="read on a Dask cluster (tcp://HOST:8786), whose workers have this package and the files: "
        "dask worker ADDRESS --nthreads 1",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
