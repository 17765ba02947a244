"""Download a data set by name, from its mirrors; every file is checked by its SHA-256.

MNIST is downloaded automatically when it is needed. Use the others with --data NAME.
"""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from apps.cli.arguments import Parser, add_arguments
from apps.cli.command import SUCCESS, command
from nn.data import mnist
from nn.data.catalog import DATASETS, EMNIST_CLASSES
from nn.data.download import download
from nn.data.idx import read_idx
from nn.errors import DataError


@command("download.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    name = arguments.name
    folder = mnist.stored_folder(name) if arguments.out is None else arguments.out
    new = download(name, folder, progress=not arguments.quiet)
    _check(name, Path(folder))
    if arguments.quiet:
        return SUCCESS
    print(f"{DATASETS[name].title} is in {folder}" + ("" if new else ": all files were there"))
    data = ["--data", name if arguments.out is None else str(folder)]
    split = ["--split", next(iter(EMNIST_CLASSES))] if name == "emnist" else []
    print(f"Train on it with: {shlex.join(['digits', 'train', *data, *split])}")
    return SUCCESS


def _check(name: str, folder: Path) -> None:
    """Read all files: those that were there already may be damaged."""
    for member in DATASETS[name].members:
        plain = folder / member
        try:
            read_idx(plain if plain.exists() else folder / f"{member}.gz")
        except DataError as error:
            raise DataError(f"{error}; delete this file and give the same command again") from None


def _parser() -> Parser:
    parser = Parser(__doc__)
    names = ", ".join(f"{name} ({info.title})" for name, info in DATASETS.items())
    parser.add_argument("name", metavar="NAME", choices=DATASETS, help=f"of the data set: {names}")
    add_arguments(
        parser,
        *("out", "quiet"),
        out={"metavar": "DIR", "help": "folder for the files (default: a folder of this name in the data folder)"},
        quiet={"help": "no progress, only errors"},
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
