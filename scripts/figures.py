"""Draw the figures and animations of the documentation, from the code that they show.

python -m scripts.figures [--figure NAME ...] [--out DIR]

Figures of operations take a second; the animations open the window on SDL's dummy display, or train a network on MNIST.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("scripts.figures")  # before the slow imports

# isort: split
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib
from matplotlib.figure import Figure

from apps.cli.arguments import Parser
from apps.cli.command import SUCCESS, command
from nn.atomic import atomic_write
from nn.ops import backend
from scripts.animations import ANIMATIONS
from scripts.operation_figures import OPERATION_FIGURES
from scripts.picture_figures import PICTURE_FIGURES

IMAGES = Path(__file__).parents[1] / "docs" / "images"

#: A function that draws: a figure, or the bytes of a file.
Draw: TypeAlias = Callable[[], Figure | bytes]

#: Every figure: its file in docs/images, and what draws it.
FIGURES: dict[str, Draw] = {**OPERATION_FIGURES, **PICTURE_FIGURES, **ANIMATIONS}

#: Text stays text, and the same figure gives the same bytes.
STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "figures", "font.sans-serif": ["DejaVu Sans"]}


def content(name: str) -> bytes:
    """The bytes of a figure's file."""
    with backend.use("numpy") if name in OPERATION_FIGURES else backend.use(backend.current()):
        drawn = FIGURES[name]()
    if isinstance(drawn, bytes):
        return drawn
    file = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        if name.endswith(".svg"):
            drawn.savefig(file, format="svg", metadata={"Date": None})
        else:
            drawn.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


@command("scripts.figures")
def main(argv: Sequence[str] | None = None) -> int:
    """Draw them, print the names of the files, and return the exit status."""
    parser = Parser(__doc__, prog="python -m scripts.figures")
    parser.add_argument(
        "--figure", nargs="+", choices=FIGURES, default=list(FIGURES), metavar="NAME", help="those alone"
    )
    parser.add_argument("--out", type=Path, default=IMAGES, metavar="DIR", help="the folder for them (docs/images)")
    arguments = parser.parse_args(argv)
    for name in arguments.figure:
        with atomic_write(arguments.out / name) as file:
            file.write(content(name))
        print(arguments.out / name)
    return SUCCESS


if __name__ == "__main__":
    sys.exit(main())
