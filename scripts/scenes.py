"""A tour of the window: every main state of it, one after another, as its pictures and its tests see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from apps.draw.core.document import CANVAS, LINE_WIDTH
from apps.draw.core.messages import Command, Do, Hover, HoverTimeout, Message, PenDown, PenMove, Release, Tick
from apps.draw.core.panels import Panel
from apps.draw.ui.app import App
from nn.digits.stroke_files import Drawing, write_drawing
from nn.digits.synthesis import sample, sample_non_digit

#: Who writes all of it: the same hand each time.
SEED = 12

_UP = Release(None)


def tour(app: App, folder: Path) -> Iterator[str]:
    """Bring a new window from scene to scene.

    Args:
        app: opened with no panel.
        folder: where some drawings are put, for the window to read.

    Yields:
        The name of the scene that the window now shows.
    """
    app.state = replace(app.state, seed=SEED)
    app.settle()
    for name, messages in _scenes(folder):
        for message in messages:
            app.take(message)
            app.settle()
        app.take(Tick(1.0))  # the bars arrive
        app.present()
        yield name


def _scenes(folder: Path) -> Iterator[tuple[str, list[Message]]]:
    rng = np.random.default_rng(SEED)
    clear, back = Do(Command.CLEAR), Do(Command.BACK)
    three = ink(sample(3, rng))
    yield "blank", []
    yield "digit", three
    yield "tool-tip", [Hover(Do(Command.ERASER)), HoverTimeout()]
    yield "question", [Hover(None), Do(Command.SAVE)]
    yield "help", [back, Do(Command.HELP)]
    yield "not a digit", [back, clear, *ink(sample_non_digit(rng, "letter"))]
    yield "inside", [clear, *ink(sample(4, rng)), Do(Command.PANEL, Panel.INSIDE.name)]
    yield "inside, map", [Hover(Do(Command.MAP, 5))]
    yield "models", [Hover(None), Do(Command.PANEL, Panel.MODELS.name)]
    yield "summary", [Do(Command.PANEL, Panel.SUMMARY.name)]
    yield "replay", [Do(Command.PANEL, Panel.REPLAY.name), Do(Command.SCRUB, 600)]
    yield "files", [Do(Command.OPEN, str(_drawings(folder, rng)))]
    lesson: list[Message] = [Do(Command.PANEL, Panel.TEACH.name)]
    for digit in (7, 1, 9):
        lesson += [clear, *ink(sample(digit, rng)), Do(Command.DIGIT, digit)]
    yield "teach", [*lesson, Do(Command.LEARN)]
    yield "try me", [clear, Do(Command.MISTAKES)]
    yield "game", [Do(Command.GAME)]
    row: list[Message] = []
    for place, digit in enumerate((2, 0, 4, 8)):
        row += ink(sample(digit, rng), centre=((place + 0.5) * LINE_WIDTH / 4, CANVAS / 2))
    yield "row", [back, Do(Command.LINE), *row]
    yield "row, models", [Do(Command.PANEL, Panel.MODELS.name)]


def ink(
    strokes: Sequence[np.ndarray], centre: tuple[float, float] = (CANVAS / 2, CANVAS / 2), side: float = 190.0
) -> list[Message]:
    """A hand that writes.

    Args:
        strokes: (n, 2) arrays, in any unit.
        centre: of the drawing, in canvas units.
        side: of the square that it just fits, in canvas units.
    """
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = side / max(float((high - low).max()), 1e-9)
    messages: list[Message] = []
    for stroke in strokes:
        first, *rest = [(float(x), float(y)) for x, y in (stroke - (low + high) / 2) * scale + centre]
        messages += [PenDown(first), *map(PenMove, rest), _UP]
    return messages


def _drawings(folder: Path, rng: np.random.Generator) -> Path:
    """A folder of drawings, one of them broken."""
    folder = folder / "drawings"
    folder.mkdir()
    for name, digit in (("first", 5), ("second", 6), ("third", 2)):
        write_drawing(folder / f"{name}.json", Drawing(sample(digit, rng)))
    (folder / "torn.json").write_text("{")
    return folder
