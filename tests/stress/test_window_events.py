"""Random events in the window: no error, and constant memory."""

import statistics
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pygame
import pytest
from PIL import Image
from pygame.event import Event

from apps.draw.core import actions
from apps.draw.core.messages import Message, PenDown, PenMove, Release
from apps.draw.core.panels import Panel
from apps.draw.core.settings import Settings
from apps.draw.core.state import Perform
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from nn.digits.stroke_files import write_drawing
from scripts.inline_training import InlineTraining
from tests.apps.draw import memory
from tests.apps.draw.fakes import SEVEN, FullRecognizer
from tests.apps.draw.random_events import RandomEvents
from tests.apps.live.bars import bars
from tests.stress import fixtures

#: Events after which the test waits for the worker, so that its results are shown.
SETTLE_EVERY = 50

#: Events after which the window is idle for a moment, and frees memory.
REST_EVERY = 1000

#: The size of the window in which memory is measured: its surfaces are a large part of it.
SIZE = 800, 600

#: MiB that memory may grow by, without the drawings.
MAX_GROWTH = 16.0

#: Events from which on growth can be told from what is allocated once.
MIN_EVENTS = 10_000


@dataclass(frozen=True)
class Memory:
    """The memory of the process after some events, in MiB: in all, and of the drawings, which undo keeps forever."""

    events: int
    total: float
    drawings: float


@pytest.mark.parametrize(
    "recognizer",
    [
        pytest.param("fake", marks=pytest.mark.stress(default=1500, full=10_000)),
        pytest.param("shipped", marks=pytest.mark.stress(default=0, full=100_000)),
    ],
)
def test_random_events_cause_no_error_and_no_growth(recognizer, cases, tmp_path, monkeypatch):
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)  # for the files that the window saves
    if recognizer == "fake":
        fixtures.write_weights(tmp_path / "tiny.npz")
        engine = InferenceEngine(load=lambda path: FullRecognizer(), folder=tmp_path)
    else:
        engine = InferenceEngine()
    rng = np.random.default_rng(0)
    events = RandomEvents(rng, _files(tmp_path / "digits"))
    app = App(
        engine, Settings(width=SIZE[0], height=SIZE[1]), partial(InlineTraining, load=lambda download: bars(), slices=2)
    )
    measured: list[Memory] = []
    try:
        _use_everything(app)
        for number in range(1, cases.count + 1):
            events.post(app.view.size)
            step = app.settle if number % SETTLE_EVERY == 0 else app.step
            error = _error_of(app, step) if step == app.settle or rng.random() < 0.4 else None
            cases.check(error is None, f"event {number}: {error}")
            if number % REST_EVERY == 0:
                app.rest()
            if number % max(1, cases.count // 10) == 0:
                measured.append(_measure(app, number))
    finally:
        app.close()
    grown = growth(measured)
    cases.check(cases.count < MIN_EVENTS or grown <= MAX_GROWTH, f"memory grew by {grown:.1f} MiB: {measured}")
    assert measured[-1].total > measured[-1].drawings > 0


def _error_of(app: App, step: Callable[[], None]) -> str | None:
    """Let the window handle its events; the error that it raised or shows."""
    pygame.event.post(Event(pygame.USEREVENT))  # so that the loop never sleeps
    try:
        step()
    except Exception:
        return traceback.format_exc()
    finally:
        if not app.state.running:  # it was asked to quit
            app.state = replace(app.state, running=True)
    return app.state.error


def _measure(app: App, events: int) -> Memory:
    pygame.display.set_mode(SIZE, pygame.RESIZABLE)
    pygame.event.post(Event(pygame.VIDEORESIZE, size=SIZE, w=SIZE[0], h=SIZE[1]))
    app.settle()
    app.rest()  # frees memory
    state = app.state
    documents = state.undo_stack, state.other_stack, state.recent, state.samples, state.results
    return Memory(events, memory.resident() / 2**20, memory.deep_size(documents) / 2**20)


def growth(measured: Sequence[Memory]) -> float:
    """The growth of memory without the drawings, in MiB: from the median of the first half to that of the second."""
    others = [each.total - each.drawings for each in measured]
    middle = len(others) // 2
    return statistics.median(others[middle:]) - statistics.median(others[:middle])


def _use_everything(app: App) -> None:
    """Open every panel with every network, so that everything is loaded and compiled before memory is measured."""
    app.settle()
    strokes: list[Message] = [PenDown(SEVEN[0]), *map(PenMove, SEVEN), Release(None)]
    for _ in range(max(1, len(app.state.models))):
        messages: list[Message] = [Perform(actions.LINE), *strokes, Perform(actions.CLEAR), Perform(actions.LINE)]
        messages += [*strokes, Perform(actions.LABEL, 7), Perform(actions.LEARN), Perform(actions.UNLEARN)]
        messages += [Perform(actions.DROP_SAMPLE, 0)]
        for panel in Panel:
            messages += [Perform(actions.TOGGLE_PANEL[panel])]
            messages += [Perform(actions.ERRORS if panel is Panel.TRY_ME else actions.PREDICT)]
        for message in (*messages, Perform(actions.CLEAR), Perform(actions.NEXT_MODEL)):
            app.take(message)
            app.settle()


def _files(folder: Path) -> list[str]:
    """Files to drop: well-formed, broken, missing, and a folder."""
    folder.mkdir()
    Image.new("L", (30, 40), 200).save(folder / "gray.png")
    (folder / "broken.json").write_text("{")
    write_drawing(folder / "seven.json", fixtures.SEVEN)
    return [str(folder), *(str(path) for path in sorted(folder.iterdir())), str(folder / "missing.png")]


def test_growth_does_not_count_the_drawings():
    drawn = [Memory(number, 100.0 + number, float(number)) for number in range(11)]
    assert growth(drawn) == 0.0
    assert growth([replace(memory, drawings=0.0) for memory in drawn]) == pytest.approx(6.0, abs=0.6)
