"""What the window's commands take, and how they refuse: one line, exit status 2."""

import argparse
import os
from pathlib import Path
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that complains in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Print the line and exit with status 2."""
        self.exit(2, f"{self.prog.split()[-1]}: {message} (--help lists what there is)\n")


def size(text: str) -> tuple[int, int]:
    """A window's width and height in pixels, such as ``1280x800``, for ``type=``."""
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdecimal() and len(part) <= 5 for part in parts):
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT in pixels, got {text!r}")
    width, height = int(parts[0]), int(parts[1])
    if not (320 <= width <= 16384 and 240 <= height <= 16384):
        raise argparse.ArgumentTypeError(f"expected 320x240 to 16384x16384, got {text!r}")
    return width, height


def positive(text: str) -> int:
    """A whole number of at least 1, for ``type=``."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def result(text: str) -> Path:
    """A file that can be written, for ``type=``: asked before the work, not after it."""
    path = Path(text)
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text}: can't be written")
    return path
