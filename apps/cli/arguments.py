"""Parsing of command lines: the parser, types of values, and the arguments that several commands share."""

import argparse
import glob
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from apps.cli.program import program_name


class UsageError(ValueError):
    """The command line asks for something impossible; the message says what."""


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` whose errors are one line, raised as `UsageError`.

    Args:
        description: of the command, usually its module's docstring.
        prog: the command as the help shows it (default: the file name of the program).
    """

    def __init__(self, description: str | None, prog: str | None = None) -> None:
        formatter = argparse.RawDescriptionHelpFormatter
        name = program_name(prog or Path(sys.argv[0]).name)
        super().__init__(name, description=(description or "").strip(), formatter_class=formatter)

    def error(self, message: str) -> NoReturn:
        """Raise instead of exiting, so that ``main`` returns a status."""
        raise UsageError(f"{message} (--help lists the options)")


def positive_int(text: str) -> int:
    """An integer of at least 1, for ``type=``."""
    return _integer(text, 1)


def non_negative_int(text: str) -> int:
    """An integer of at least 0, for ``type=``."""
    return _integer(text, 0)


def user_path(text: str) -> Path:
    """A path, for ``type=``; ``~`` is the user's home, also where no shell replaces it: ``--out=~/digits.npz``."""
    if os.path.lexists(text):  # a file can have such a name
        return Path(text)
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from None


def name_or_user_path(text: str) -> str:
    """A name, or a path in which ``~`` is the user's home, for ``type=``."""
    return str(user_path(text)) if text.startswith("~") else text


def port_number(text: str) -> int:
    """A number of a TCP port, 0 to 65535, for ``type=``."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected 0 to 65535, got {text!r}")
    return int(text)


def _integer(text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least {least}, got {text!r}")
    return int(text)


def positive_float(text: str) -> float:
    """A finite number above 0, for ``type=``."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def window_size(text: str) -> tuple[int, int]:
    """Width and height of a window in pixels, for ``type=``.

    >>> window_size("1280x800")
    (1280, 800)
    """
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdecimal() and len(part) <= 5 for part in parts):
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT in pixels, got {text!r}")
    width, height = int(parts[0]), int(parts[1])
    if not (320 <= width <= 16384 and 240 <= height <= 16384):
        raise argparse.ArgumentTypeError(f"expected 320x240 to 16384x16384, got {text!r}")
    return width, height


_SHARED: dict[str, dict[str, Any]] = {
    "arch": {
        "metavar": "NAME",
        "type": name_or_user_path,
        "default": "baseline",
        "help": "architecture: baseline, mlp, lenet5, deep, wide, tiny, micro, nano (nn.zoo), or a JSON file of layers",
    },
    "recipe": {"metavar": "NAME", "type": name_or_user_path, "default": "default", "help": "training recipe"},
    "epochs": {"metavar": "N", "type": positive_int, "help": "passes over the training images (default: the recipe's)"},
    "batch-size": {"metavar": "N", "type": positive_int, "help": "images a step (default: the recipe's)"},
    "learning-rate": {
        "metavar": "X",
        "type": positive_float,
        "help": "the optimizer's learning rate, or its peak (default: the recipe's)",
    },
    "seed": {"metavar": "N", "type": non_negative_int, "default": 0, "help": "seed of everything random"},
    "data": {
        "metavar": "DIR",
        "type": user_path,
        "help": "folder of a data set: IDX files, an .npz, CSV files or folders of pictures by class; or the name of a "
        "downloaded one (default: $NN_DATA, or else MNIST, which is downloaded)",
    },
    "weights": {"metavar": "FILE", "type": user_path, "help": "weights file (default: the shipped weights)"},
    "out": {"metavar": "FILE", "type": user_path, "help": "output file"},
    "runs": {"metavar": "DIR", "type": user_path, "default": Path("runs"), "help": "folder of run folders"},
    "metrics": {"metavar": "FILE.json", "type": user_path, "help": "also write the metrics to this file"},
    "quiet": {"action": "store_true", "help": "no progress and no summary, only the result and errors"},
}


def add_arguments(parser: argparse.ArgumentParser, *names: str, **changes: dict[str, Any]) -> None:
    """Add shared arguments to a parser. A default is appended to the help text.

    Args:
        parser: receives the arguments.
        names: of the arguments, without dashes: ``"batch-size"``.
        changes: settings that differ for this command, by argument (underscores for dashes):
            ``out={"default": Path("picture.png")}``.
    """
    for name in names:
        settings = _SHARED[name] | changes.get(name.replace("-", "_"), {})
        default = settings.get("default")
        if default is not None:
            settings["help"] += f" (default: {' '.join(default) if isinstance(default, list) else default})"
        parser.add_argument(f"--{name}", **settings)


def expand_patterns(paths: Iterable[Path]) -> list[Path]:
    """The paths, each pattern such as ``*.png`` replaced by the files that match it, in order.

    Shells do that, except those of Windows. A path that exists, or that nothing matches, is kept as it is.
    """
    expanded: list[Path] = []
    for path in paths:
        found = [] if not glob.has_magic(str(path)) or os.path.lexists(path) else sorted(glob.glob(str(path)))  # noqa: PTH207 (Path.glob takes no absolute pattern)
        expanded += map(Path, found) if found else [path]
    return expanded


def parse_resumed(parser: Parser, argv: Sequence[str] | None, saved: Mapping[str, Any]) -> argparse.Namespace:
    """The arguments of a command line that resumes earlier work, whose arguments are the defaults.

    Args:
        parser: of the command.
        argv: the command line, without the program's name.
        saved: what `runs.arguments_as_json` returned; from a file, so nothing in it is trusted.

    Raises:
        ValueError: a saved value is not one that the command line could give.
    """
    tokens = []
    for name, value in saved.items():
        if isinstance(value, bool):
            tokens.append(f"--{'' if value else 'no-'}{name.replace('_', '-')}")
            continue
        values = value if isinstance(value, list) else [value]
        if not all(type(each) in (str, int, float) and not str(each).startswith("-") for each in values):
            raise ValueError(f"expected a value of --{name.replace('_', '-')}, found {value!r}")
        tokens += [f"--{name.replace('_', '-')}", *map(str, values)]
    try:
        defaults = parser.parse_args(tokens)
    except UsageError as error:
        raise ValueError(str(error)) from None
    parser.set_defaults(**{name: getattr(defaults, name) for name in saved})
    return parser.parse_args(argv)
