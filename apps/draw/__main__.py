"""Draw digits in a window and watch the network read them.

python -m apps.draw [--weights FILE] [--size N]
"""

import sys
from collections.abc import Sequence

import pygame

from apps.draw import options
from apps.draw.app import App
from nn.digits import Recognizer
from nn.errors import CheckpointError


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and return its exit status: 0, or 2 where the weights or a display are missing."""
    arguments = _parser().parse_args(argv)
    try:
        recognizer = Recognizer.load(arguments.weights)
    except CheckpointError as error:
        print(f"apps.draw: {error}", file=sys.stderr)
        return 2
    try:
        app = App(recognizer, arguments.size)
    except pygame.error as error:
        print(f"apps.draw: no display to open a window on: {error}", file=sys.stderr)
        return 2
    try:
        app.run()
    except KeyboardInterrupt:
        return 130
    finally:
        app.close()
    return 0


def _parser() -> options.Parser:
    parser = options.Parser(
        prog="python -m apps.draw", description="Draw digits in a window and watch the network read them."
    )
    parser.add_argument("--weights", metavar="FILE", help="the network to ask (default: the shipped weights)")
    parser.add_argument(
        "--size", type=options.side, metavar="N", help="side of the canvas in pixels (default: fits the screen)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
