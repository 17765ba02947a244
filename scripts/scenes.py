"""A tour of the window through its main states, for screenshots and tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from apps.draw.core import actions
from apps.draw.core.document import CANVAS, LINE_WIDTH
from apps.draw.core.messages import Hover, HoverTimeout, Message, PenDown, PenMove, Release, Tick
from apps.draw.core.panels import Panel
from apps.draw.core.state import Perform
from apps.draw.ui.app import App
from nn.digits.stroke_files import Drawing, write_drawing
from nn.digits.synthesis import sample, sample_non_digit

#: Seed of the synthetic digits.
SEED = 12


def tour(app: App, folder: Path) -> Iterator[str]:
    """Bring a new window through all scenes.

    Args:
        app: opened with no panel.
        folder: for drawings that the window opens.

    Yields:
        The name of each scene, when the window shows it.
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
    clear, back = Perform(actions.CLEAR), Perform(actions.BACK)
    three = ink(sample(3, rng, "round"))
    yield "blank", []
    yield "digit", three
    yield "tool-tip", [Hover(Perform(actions.ERASER)), HoverTimeout()]
    yield "question", [Hover(None), Perform(actions.SAVE)]
    yield "help", [back, Perform(actions.HELP)]
    yield "not a digit", [back, clear, *ink(sample_non_digit(rng, "letter"))]
    yield "inside", [clear, *ink(sample(4, rng, "closed, two strokes")), Perform(actions.TOGGLE_PANEL[Panel.INSIDE])]
    yield "inside, map", [Hover(Perform(actions.FEATURE_MAP, 5))]
    yield "inside, unit", [Hover(None), Perform(actions.FEATURE_MAP, 5), *[Perform(actions.LAYER_ON)] * 5]
    yield "inside, dense unit", [Perform(actions.BY_NUMBERS), Perform(actions.BY_NUMBERS)]
    yield "models", [Hover(None), Perform(actions.TOGGLE_PANEL[Panel.MODELS])]
    yield "train, settings", [Perform(actions.TOGGLE_PANEL[Panel.TRAIN])]
    yield "train", [Perform(actions.TRAIN_START)]
    yield "train, step", [Perform(actions.TRAIN_STEP)]
    beside = [Perform(actions.TRAIN_PRESET, "high_rate"), Perform(actions.TRAIN_BESIDE)]
    yield "train, two", [Perform(actions.TRAIN_PAGE), *beside]
    yield "summary", [Perform(actions.TOGGLE_PANEL[Panel.SUMMARY])]
    yield "replay", [Perform(actions.TOGGLE_PANEL[Panel.REPLAY]), Perform(actions.SCRUB, 600)]
    yield "files", [Perform(actions.OPEN_PATH, str(_drawings(folder, rng)))]
    corrections: list[Message] = [Perform(actions.TOGGLE_PANEL[Panel.TEACH])]
    for digit in (7, 1, 9):
        corrections += [clear, *ink(sample(digit, rng)), Perform(actions.LABEL, digit)]
    yield "teach", [*corrections, Perform(actions.LEARN)]
    yield "try me", [clear, Perform(actions.ERRORS)]
    yield "game", [Perform(actions.GAME)]
    line: list[Message] = []
    for place, digit in enumerate((2, 0, 4, 8)):
        line += ink(sample(digit, rng), centre=((place + 0.5) * LINE_WIDTH / 4, CANVAS / 2))
    yield "line", [Perform(actions.UNLEARN), back, Perform(actions.LINE), *line]
    yield "line, models", [Perform(actions.TOGGLE_PANEL[Panel.MODELS])]


def ink(
    strokes: Sequence[np.ndarray], centre: tuple[float, float] = (CANVAS / 2, CANVAS / 2), side: float = 190.0
) -> list[Message]:
    """The messages of a pen that draws strokes.

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
        messages += [PenDown(first), *map(PenMove, rest), Release(None)]
    return messages


def _drawings(folder: Path, rng: np.random.Generator) -> Path:
    """A folder of drawings, one of them malformed."""
    folder = folder / "drawings"
    folder.mkdir()
    for name, digit in (("first", 5), ("second", 6), ("third", 2)):
        write_drawing(folder / f"{name}.json", Drawing(sample(digit, rng)))
    (folder / "torn.json").write_text("{")
    return folder
