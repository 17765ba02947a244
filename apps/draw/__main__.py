"""Draw digits in a window and watch the network read them.

python -m apps.draw [--weights FILE] [--size WxH] [--theme dark|light] [--open FILE]
"""

from apps.draw import signals

if __name__ == "__main__":
    signals.leave_at_once()  # the first: a Ctrl-C may come while the others are imported

# isort: split
import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pygame

from apps.draw import options, settings
from apps.draw.app import App, with_options
from apps.draw.clipboard import SystemClipboard
from apps.draw.messages import Command, Do
from apps.draw.mind import Mind


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and return its exit status.

    0, or 2 where the weights or a display are missing; 130 after Ctrl-C, 143 after SIGTERM.
    """
    arguments = _parser().parse_args(argv)
    try:
        with signals.raising():
            return _show(arguments)
    except signals.Interrupted as interrupt:
        print("apps.draw: interrupted", file=sys.stderr)
        return 128 + int(interrupt.args[0])


def _show(arguments: argparse.Namespace) -> int:
    mind = Mind(arguments.weights, clipboard=SystemClipboard())
    if not mind.paths[mind.number].is_file():  # before a window is opened for nothing
        print(f"apps.draw: {mind.paths[mind.number]}: not found", file=sys.stderr)
        return 2
    try:
        app = App(mind, with_options(settings.load(), arguments.theme, arguments.size))
    except pygame.error as error:
        print(f"apps.draw: no display to open a window on: {error}", file=sys.stderr)
        return 2
    try:
        if arguments.open is not None:
            app.take(Do(Command.OPEN, str(arguments.open)))
        app.run()
    finally:
        settings.save(app.settings)
        app.close()
    if app.state.status:
        print(f"apps.draw: {app.state.error}", file=sys.stderr)
    return app.state.status


def _parser() -> options.Parser:
    parser = options.Parser(
        prog="python -m apps.draw", description="Draw digits in a window and watch the network read them."
    )
    parser.add_argument(
        "--weights", metavar="FILE", type=Path, help="the network to ask (default: the shipped weights)"
    )
    parser.add_argument(
        "--size", type=options.size, metavar="WxH", help="of the window in pixels (default: as it was last, or fits)"
    )
    parser.add_argument("--theme", choices=("dark", "light"), help="(default: as it was last, or dark)")
    parser.add_argument("--open", metavar="FILE", type=Path, help="a drawing, a picture or a folder to begin with")
    return parser


if __name__ == "__main__":
    sys.exit(main())
