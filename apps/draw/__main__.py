"""Draw digits in a window and watch the network recognize them.

python -m apps.draw [--weights FILE] [--size WxH] [--theme dark|light] [--open FILE]
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("apps.draw")  # before the slow imports

# isort: split
import sys
from collections.abc import Sequence
from dataclasses import replace

import pygame

from apps.cli.arguments import Parser, UsageError, add_arguments, user_path, window_size
from apps.cli.command import command, print_error
from apps.draw.core import actions, settings
from apps.draw.core.state import Perform
from apps.draw.engine import rescue
from apps.draw.engine.clipboard import Clipboard
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from nn.errors import one_line


@command("apps.draw")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    engine = InferenceEngine(arguments.weights, clipboard=Clipboard())
    if not engine.models.current.path.is_file():  # before a window opens
        raise UsageError(f"{engine.models.current.path}: expected a file of weights, found nothing")
    width, height = arguments.size or (0, 0)
    given = {"theme": arguments.theme, "width": width, "height": height}
    remembered = settings.load()
    given = {name: value for name, value in given.items() if value}
    try:
        app = App(engine, replace(remembered or settings.Settings(), **given))
    except pygame.error as error:
        raise UsageError(f"no display to open a window on: {error}") from None
    try:
        if arguments.open is not None:
            app.take(Perform(actions.OPEN_PATH, str(arguments.open)))
        app.run()
    except BaseException:  # a bug as well as Ctrl-C or the end of the session
        _rescue(app)
        raise
    finally:
        if remembered is not None:
            settings.save(app.settings)
        app.close()
    if app.state.exit_status:
        print_error("apps.draw", app.state.error)
        _rescue(app)
    return app.state.exit_status


def _rescue(app: App) -> None:
    """Save the drawings on the canvas, and say where."""
    try:
        for path in rescue.save_drawings(app.state):
            print_error("apps.draw", f"the drawing is saved: {path}")
    except Exception as error:  # that which closes the window is more important
        print_error("apps.draw", f"the drawing is lost: {one_line(error)}")


def _parser() -> Parser:
    parser = Parser("Draw digits in a window and watch the network recognize them.", prog="python -m apps.draw")
    add_arguments(parser, "weights")
    parser.add_argument(
        "--size", type=window_size, metavar="WxH", help="of the window in pixels (default: as it was last, or fits)"
    )
    parser.add_argument("--theme", choices=("dark", "light"), help="(default: as it was last, or dark)")
    parser.add_argument("--open", metavar="FILE", type=user_path, help="a drawing, a picture or a folder to open")
    return parser


if __name__ == "__main__":
    sys.exit(main())
