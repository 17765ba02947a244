"""The program ``digits`` and the table of its commands, as in ``digits train --help``."""

from apps.cli import signals

# isort: split
import difflib
import importlib.metadata
import sys
from collections.abc import Sequence
from typing import NamedTuple

from apps.cli import program

PROGRAM = "digits"
DISTRIBUTION = "digits-from-scratch"


class Command(NamedTuple):
    """A command: the module whose ``main`` runs it, imported lazily, and one line of help."""

    module: str
    help: str


COMMANDS = {
    "train": Command("apps.cli.train", "train a network on MNIST or on other images"),
    "evaluate": Command("apps.cli.evaluate", "measure the accuracy of a network, on images or pen strokes"),
    "predict": Command("apps.cli.predict", "read digits from pictures and saved drawings"),
    "draw": Command("apps.draw.__main__", "draw digits in a window and watch the network recognize them"),
    "web": Command("apps.web.__main__", "draw digits in the browser; recognition over HTTP"),
    "compare": Command("apps.cli.compare", "train networks with several seeds and compare them"),
    "export": Command("apps.cli.export", "export a network to ONNX, Keras or PyTorch, or as a page to draw on"),
    "import": Command("apps.cli.import_", "import a network from ONNX, Keras or PyTorch"),
    "download": Command("apps.cli.download", "download a data set: MNIST, Fashion-MNIST, KMNIST, EMNIST, QMNIST"),
    "synthesize": Command("apps.cli.synthesize", "draw synthetic digits"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``digits``; `argv` is without the program's name. Returns the exit status.

    >>> main(["sing"])
    2
    """
    name, *arguments = [*(sys.argv[1:] if argv is None else argv)] or ["--help"]
    if name in ("--help", "-h"):
        print(_help())
        return 0
    if name == "--version":
        print(PROGRAM, importlib.metadata.version(DISTRIBUTION))
        return 0
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(COMMANDS)}"
        print(f"{PROGRAM}: {name!r} is not a command: {hint}", file=sys.stderr)
        return 2
    program.set_command(name)
    signals.exit_immediately(f"{PROGRAM} {name}")  # before the slow imports
    return signals.import_main(COMMANDS[name].module, f"{PROGRAM} {name}")(arguments)


def _help() -> str:
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:{width}}  {command.help}" for name, command in COMMANDS.items())
    return f"""usage: {PROGRAM} COMMAND ...

A recognizer of handwritten digits, written from scratch.

commands:
{commands}

`{PROGRAM} COMMAND --help` lists the options of a command; `{PROGRAM} --version` prints the version."""


if __name__ == "__main__":
    sys.exit(main())
