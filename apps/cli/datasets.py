"""The data set of a command: its arguments, and the notes about it."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from apps.cli.arguments import add_arguments
from nn.data import mnist
from nn.data.catalog import EMNIST_CLASSES

#: The arguments that choose a data set, and change how it is read.
DATA_ARGUMENTS = ("data", "split", "transpose")


def add_data_arguments(parser: argparse.ArgumentParser, *, parts: Sequence[str] = (), part_help: str = "") -> None:
    """Add ``--data``, ``--split`` and ``--transpose``, and ``--part`` where a command uses a part of the set.

    Args:
        parser: receives the arguments.
        parts: the values of ``--part``, the default first.
        part_help: of ``--part``.
    """
    add_arguments(parser, "data")
    parser.add_argument(
        "--split",
        metavar="NAME",
        action=_SplitAction,
        parts=parts,
        help=f"of several sets in the folder, such as EMNIST's: {', '.join(EMNIST_CLASSES)}",
    )
    parser.add_argument(
        "--transpose",
        action=argparse.BooleanOptionalAction,
        help="swap rows and columns of the images (default: EMNIST's, which are stored transposed)",
    )
    if parts:
        parser.add_argument("--part", choices=parts, default=parts[0], help=f"{part_help} (default: {parts[0]})")


def load_data(arguments: argparse.Namespace, *, download: bool = True) -> mnist.Dataset:
    """Load the data set of the arguments; its notes go to stderr.

    Raises:
        DataError: see ``nn.data.mnist.load``.
    """
    options = {name: getattr(arguments, name) for name in DATA_ARGUMENTS[1:]}
    data = mnist.load(arguments.data, **options, download=download, progress=not arguments.quiet)
    if not arguments.quiet:
        for note in data.notes:
            print(f"{data.folder}: {note}", file=sys.stderr)
    return data


def reading_options(arguments: argparse.Namespace) -> list[str]:
    """The options besides ``--data`` that are needed to load the same data set again."""
    options = [] if arguments.split is None else ["--split", arguments.split]
    return options if arguments.transpose is None else [*options, f"--{'' if arguments.transpose else 'no-'}transpose"]


class _SplitAction(argparse.Action):
    """``--split``; in version 0.1, this was the name of ``--part``."""

    def __init__(self, *args: Any, parts: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parts = parts

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, value: Any, option: str | None = None
    ) -> None:
        setattr(namespace, "part" if value in self._parts else "split", value)
