"""Throw random events at the window: pointer, keys, wheel, resizing, dropped files.

    python -m tests.stress.window_fuzz [--n N] [--seed N]

First every panel is opened with every network, so that all that is loaded once has been. Then come the events. Prints
what went wrong, how much memory the process held on the way, and how much of it the drawings took: undo has no end, so
these may grow; nothing else may. Its files, and what it teaches, stay in a temporary folder.
"""

import contextlib
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pygame
from pygame.event import Event

from apps.cli.arguments import Parser, positive_int
from apps.draw.core.messages import Command, Do, Message, Panel, PenDown, PenMove, Release
from apps.draw.core.settings import Settings
from apps.draw.engine import process_memory as memory
from apps.draw.engine.inference import WEIGHTS, InferenceEngine, Reader
from apps.draw.ui import keys
from apps.draw.ui.app import App
from scripts.sandbox import sandbox

#: The worker is waited for after so many events: what it could not keep up with would never be computed.
EVERY = 50

#: After so many events the window has a moment without any, as windows have.
REST = 1000

#: A digit for each panel to look at.
_SEVEN = ((80.0, 70.0), (140.0, 72.0), (200.0, 75.0), (170.0, 150.0), (130.0, 230.0))

#: What all but the drawings may grow by, in MiB; it comes and goes by some, with the size of the window.
GROWTH = 16.0

SIZES = ((640, 480), (800, 600), (1280, 800), (700, 1000), (320, 240))

_KEYS = (
    *keys._PLAIN,
    *keys._WITH_CONTROL,
    pygame.K_TAB,
    pygame.K_SPACE,
    pygame.K_RETURN,
    *range(pygame.K_0, pygame.K_9 + 1),
)
_KEYS += (pygame.K_LEFT, pygame.K_RIGHT, pygame.K_UP, pygame.K_DOWN, pygame.K_q)
_MODS = (0, 0, 0, 0, 0, pygame.KMOD_LCTRL, pygame.KMOD_LSHIFT, pygame.KMOD_LALT)


@dataclass(frozen=True)
class Held:
    """The memory that the process held after so many events.

    Attributes:
        events: how many.
        mib: in all.
        drawings_mib: what the drawings took of it: those that undo and redo return to, the session's, what was
            collected to learn from, and what was read of a folder.
    """

    events: int
    mib: float
    drawings_mib: float

    @property
    def rest_mib(self) -> float:
        """All but the drawings."""
        return self.mib - self.drawings_mib

    def __str__(self) -> str:
        return f"{self.events:>9,} events  {self.mib:7.1f} MiB, of which drawings {self.drawings_mib:.2f}"


class Player:
    """Posts random events.

    Args:
        rng: draws them.
        files: what may be dropped; False leaves files and new sizes out.
    """

    def __init__(self, rng: np.random.Generator, files: Sequence[str] | bool = False) -> None:
        self._rng = rng
        self._files = list(files) if not isinstance(files, bool) else []
        self._at = (0, 0)
        self._stroke = 0  # movements that are left of the one being drawn

    def act(self, size: tuple[int, int]) -> None:
        """Post one event, for a window of that size."""
        rng = self._rng
        kind = float(rng.random())
        if self._stroke:
            self._stroke -= 1
            self._move(self._near(size), held=True)
        elif kind < 0.35:
            self._move(self._near(size), held=rng.random() < 0.5)
        elif kind < 0.55:
            self._at = self._anywhere(size)
            self._stroke = int(rng.integers(0, 40)) if rng.random() < 0.5 else 0
            pygame.event.post(Event(pygame.MOUSEBUTTONDOWN, pos=self._at, button=int(rng.choice([1, 1, 1, 2, 3]))))
        elif kind < 0.75:
            pygame.event.post(Event(pygame.MOUSEBUTTONUP, pos=self._at, button=1))
        elif kind < 0.8:  # out of whatever lies over the window
            self._press(pygame.K_ESCAPE)
        elif kind < 0.97 or not self._files:
            self._press(int(rng.choice(_KEYS)), int(rng.choice(_MODS)))
        elif kind < 0.98:
            pygame.event.post(Event(pygame.MOUSEWHEEL, x=0, y=int(rng.integers(-1, 2))))
        elif kind < 0.985:
            pygame.event.post(Event(pygame.DROPFILE, file=str(rng.choice(self._files))))
        elif kind < 0.99:
            self._resize()
        else:
            pygame.event.post(Event(int(rng.choice([pygame.WINDOWLEAVE, pygame.WINDOWEXPOSED, pygame.QUIT]))))

    def _move(self, position: tuple[int, int], held: bool) -> None:
        self._at = position
        pygame.event.post(Event(pygame.MOUSEMOTION, pos=position, rel=(0, 0), buttons=(int(held), 0, 0)))

    def _press(self, key: int, mod: int = 0) -> None:
        text = chr(key) if 32 <= key < 127 else ""
        pygame.event.post(Event(pygame.KEYDOWN, key=key, mod=mod, unicode=text))

    def _anywhere(self, size: tuple[int, int]) -> tuple[int, int]:
        x, y = self._rng.integers((-20, -20), (size[0] + 20, size[1] + 20))
        return int(x), int(y)

    def _near(self, size: tuple[int, int]) -> tuple[int, int]:
        if self._rng.random() < 0.1:
            return self._anywhere(size)
        x, y = np.add(self._at, self._rng.integers(-25, 26, 2))
        return int(x), int(y)

    def _resize(self) -> None:
        width, height = SIZES[int(self._rng.integers(len(SIZES)))]
        pygame.display.set_mode((width, height), pygame.RESIZABLE)
        pygame.event.post(Event(pygame.VIDEORESIZE, size=(width, height), w=width, h=height))


def run(
    events: int,
    reader: Callable[[], Reader] | None = None,
    folder: Path | None = None,
    weights: Path = WEIGHTS,
    seed: int = 0,
    report: Callable[[Held], None] | None = None,
) -> dict[str, Any]:
    """Play so many events.

    Args:
        events: how many.
        reader: makes the recognizer; None loads the shipped one.
        folder: to work in; what is there may be dropped, and what is saved is left there.
        weights: the folder of weights.
        seed: of the events.
        report: is told of the memory, each time it is looked at.

    Returns:
        ``events``, ``errors`` (tracebacks and complaints of the network), ``seconds`` and ``memory``: what was held
        before the first event, after a tenth of them, after two tenths, and so on.
    """
    rng = np.random.default_rng(seed)
    engine = InferenceEngine(load=None if reader is None else lambda path: reader(), folder=weights)
    errors: list[str] = []
    looks: list[Held] = []

    def look(number: int) -> None:
        app.rest()  # what was freed counts no more
        state = app.state
        documents = state.undo_stack, state.other_stack, state.recent, state.samples, state.results
        looks.append(Held(number, memory.resident() / 2**20, memory.deep_size(documents) / 2**20))
        if report is not None:
            report(looks[-1])

    with contextlib.chdir(folder or Path.cwd()):
        player = Player(rng, _material(Path.cwd()))
        app = App(engine, Settings(width=800, height=600))
        started = time.monotonic()
        try:
            _tour(app)
            look(0)
            for number in range(1, events + 1):
                player.act(app.view.size)
                if rng.random() < 0.4 or number == events:
                    errors += _taken(app, app.step)
                if number % EVERY == 0:
                    errors += _taken(app, app.settle)
                if number % REST == 0:
                    app.rest()
                if number % max(1, events // 10) == 0:
                    look(number)
        finally:
            app.close()
    return {
        "events": events,
        "errors": sorted(set(errors)),
        "seconds": time.monotonic() - started,
        "memory": looks,
    }


def growth(looks: Sequence[Held]) -> float:
    """What all but the drawings grew by, in MiB, from the first half of a run to the second: their medians."""
    middle = len(looks) // 2
    first, second = (statistics.median(each.rest_mib for each in half) for half in (looks[:middle], looks[middle:]))
    return second - first


def _tour(app: App) -> None:
    """Ask every network for everything: what is loaded or compiled at a first use is, then."""
    app.settle()
    strokes: list[Message] = [PenDown(_SEVEN[0]), *map(PenMove, _SEVEN), Release(None)]
    for _ in range(max(1, len(app.state.models))):
        tour: list[Message] = [Do(Command.LINE), *strokes, Do(Command.CLEAR), Do(Command.LINE), *strokes]
        tour += [Do(Command.DIGIT, 7), Do(Command.LEARN), Do(Command.UNLEARN), Do(Command.DROP_SAMPLE, 0)]
        for panel in Panel:
            tour += [Do(Command.PANEL, panel.name), Do(Command.MISTAKES if panel is Panel.TRY else Command.PREDICT)]
        for message in (*tour, Do(Command.CLEAR), Do(Command.NEXT_MODEL)):
            app.take(message)
            app.settle()


def _taken(app: App, take: Callable[[], None]) -> list[str]:
    """Let the window take the events in; what went wrong."""
    pygame.event.post(Event(pygame.USEREVENT))  # so that the loop never sleeps
    try:
        take()
    except Exception:
        return [traceback.format_exc()]
    finally:
        if not app.state.running:
            app.state = replace(app.state, running=True)
    return [] if app.state.error is None else [app.state.error]


def _material(folder: Path) -> list[str]:
    """Files to drop: sound, broken, missing, and a folder of them."""
    from PIL import Image

    inner = folder / "digits"
    inner.mkdir(exist_ok=True)
    Image.new("L", (30, 40), 200).save(inner / "gray.png")
    (inner / "broken.json").write_text("{")
    (inner / "seven.json").write_text(
        '{"format": "digits-from-scratch drawing", "version": 1, "label": 7, "canvas": [280, 280],'
        ' "strokes": [[[61.0, 70.5], [190.0, 66.0], [120.0, 230.0]]]}'
    )
    return [str(inner), *(str(path) for path in sorted(inner.iterdir())), str(folder / "missing.png")]


def main(argv: Sequence[str] | None = None) -> int:
    """Play, print, and return the exit status: 0, or 1 where something went wrong or memory grew."""
    parser = Parser((__doc__ or "").split("\n")[0], prog="python -m tests.stress.window_fuzz")
    parser.add_argument("--n", type=positive_int, default=100_000, metavar="N", help="events (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the events (default: %(default)s)")
    arguments = parser.parse_args(argv)
    with sandbox() as folder:
        figures = run(
            arguments.n, folder=folder, seed=arguments.seed,
            report=lambda held: print(held, flush=True),
        )  # fmt: skip
    grown = growth(figures["memory"])
    print(
        f"{figures['events']:,} events in {figures['seconds']:.0f} s, {len(figures['errors'])} kinds of errors; "
        f"memory but for the drawings grew by {grown:.1f} MiB"
    )
    for error in figures["errors"]:
        print(error)
    return 1 if figures["errors"] or grown > GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
