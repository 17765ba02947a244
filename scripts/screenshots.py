"""Take pictures of the window: every main state, at several sizes, in both themes.

python -m scripts.screenshots --out DIR [--size WxH ...] [--theme dark|light ...] [--scene NAME ...] [--weights FILE]
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("scripts.screenshots")  # before the slow imports

# isort: split
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pygame
from PIL import Image

from apps.cli.arguments import Parser, UsageError, add_arguments, window_size
from apps.cli.command import SUCCESS, command
from apps.draw.core.messages import Message
from apps.draw.core.settings import Settings
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from apps.live.process import TrainingProcess
from scripts.inline_training import InlineTraining
from scripts.sandbox import sandbox
from scripts.scenes import tour

SIZES = ((800, 600), (1280, 800), (2560, 1440))
THEMES = ("dark", "light")


def pictures(
    engine: InferenceEngine,
    size: tuple[int, int],
    theme: str,
    folder: Path,
    training: Callable[[Callable[[Message], None]], TrainingProcess] = InlineTraining,
) -> Iterator[tuple[str, np.ndarray]]:
    """Each scene's name and pixels, (H, W, 3) uint8.

    Args:
        engine: reads the drawings.
        size: of the window, in pixels.
        theme: ``"dark"`` or ``"light"``.
        folder: to work in, empty.
        training: as ``App`` takes it.
    """
    app = App(engine, Settings(theme=theme, width=size[0], height=size[1]), training)
    try:
        for name in tour(app, folder):
            yield name, pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    finally:
        app.close()


@command("scripts.screenshots")
def main(argv: Sequence[str] | None = None) -> int:
    """Take them, print the names of the files, and return the exit status: 0, or 2 where a display is missing."""
    parser = Parser((__doc__ or "").split("\n")[0], prog="python -m scripts.screenshots")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="the folder for them")
    parser.add_argument("--size", nargs="+", type=window_size, default=SIZES, metavar="WxH", help="in pixels")
    parser.add_argument("--theme", nargs="+", choices=THEMES, default=THEMES)
    parser.add_argument("--scene", nargs="+", metavar="NAME", help="those alone, such as 'digit' and 'inside'")
    add_arguments(parser, "weights")
    arguments = parser.parse_args(argv)
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for size in arguments.size:
            for theme in arguments.theme:
                with sandbox() as folder:
                    for name, pixels in pictures(InferenceEngine(arguments.weights), size, theme, folder):
                        if arguments.scene is None or name in arguments.scene:
                            file = f"{name.replace(', ', '-').replace(' ', '-')}-{size[0]}x{size[1]}-{theme}.png"
                            # A window has few colours: 256 suffice.
                            picture = Image.fromarray(pixels).quantize(256, dither=Image.Dither.NONE)
                            picture.save(arguments.out / file, optimize=True)
                            print(arguments.out / file)
    except pygame.error as error:
        raise UsageError(f"no display to open a window on: {error}") from None
    return SUCCESS


if __name__ == "__main__":
    sys.exit(main())
