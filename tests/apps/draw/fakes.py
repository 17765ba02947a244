"""What the window's tests share: recognizers that need no network, a window, and a user of it."""

import threading
import time
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace

import numpy as np
import pygame
from pygame.event import Event

from apps.draw.core.messages import Tick
from apps.draw.core.settings import Settings
from apps.draw.core.state import Perform
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from apps.draw.ui.ink import Ink
from scripts.inline_training import InlineTraining
from tests.apps.live.bars import bars

#: A canvas of 280 pixels has this window.
SIZE = Settings(width=700, height=440)

SEVEN = ((80.0, 70.0), (200.0, 75.0), (130.0, 230.0))


@dataclass(frozen=True, eq=False)
class FakePrediction:
    label: int | None
    probabilities: np.ndarray
    image: np.ndarray
    reason: str | None = None
    page: None = None
    ignored: tuple = ()

    @property
    def confidence(self):
        return float(self.probabilities.max())


class FakeRecognizer:
    """Reads a digit from where the ink ends: its height on the canvas picks the label."""

    def __init__(self):
        self.go = threading.Event()
        self.go.set()
        self.error = None
        self.reason = None

    def _prediction(self, label):
        assert self.go.wait(30.0)
        if self.error is not None:
            raise self.error
        probabilities = np.full(10, 0.02, np.float32)
        probabilities[label] = 0.82
        image = np.random.default_rng(label).random((28, 28)).astype(np.float32)
        return FakePrediction(None if self.reason else label, probabilities, image, self.reason)

    def recognize(self, strokes):
        return self._prediction(min(int(strokes[-1][-1, 1] / 28.0), 9))

    def recognize_image(self, gray):
        return self._prediction(int(gray.mean()) % 10)


class FullRecognizer(FakeRecognizer):
    """One that learns, and reads lines stroke by stroke."""

    def __init__(self):
        super().__init__()
        self.learned = []

    def recognize_line(self, strokes):
        digits = [
            SimpleNamespace(prediction=self.recognize([stroke]), box=(*stroke.min(axis=0), *stroke.max(axis=0)))
            for stroke in strokes
        ]
        return SimpleNamespace(text="".join(str(digit.prediction.label) for digit in digits), digits=digits)

    def learn(self, samples):
        self.learned.append([label for _, label in samples])
        return SimpleNamespace(before=0.0, after=1.0, seconds=0.1)

    def undo(self):
        return bool(self.learned and self.learned.pop())


class FakeClipboard:
    """One picture, kept here."""

    def __init__(self):
        self.png = None
        self.picture = None

    def copy(self, png):
        self.png = png

    def paste(self):
        return self.picture


class User:
    """Plays the user: posts events, and lets the window take them in."""

    def __init__(self, app, recognizer=None):
        self.app = app
        self.recognizer = recognizer

    @property
    def layout(self):
        return self.app.view.layout

    @property
    def colours(self):
        return self.app.view.ctx.colours

    def pixel(self, point):
        x, y = point
        unit = self.layout.unit
        return int(self.layout.canvas.x + x * unit), int(self.layout.canvas.y + y * unit)

    def post(self, kind, **values):
        pygame.event.post(Event(kind, **values))

    def down(self, position):
        self.post(pygame.MOUSEBUTTONDOWN, pos=position, button=1)

    def move(self, position, held=True):
        self.post(pygame.MOUSEMOTION, pos=position, rel=(0, 0), buttons=(int(held), 0, 0))

    def up(self, position):
        self.post(pygame.MOUSEBUTTONUP, pos=position, button=1)

    def draw(self, *points):
        pixels = [self.pixel(point) for point in points]
        self.down(pixels[0])
        for pixel in pixels[1:]:
            self.move(pixel)
        self.up(pixels[-1])
        return self.settle()

    def control(self, command, value=None):
        return next(each for each in self.app.view.controls if each.message == Perform(command, value))

    def click(self, command, value=None):
        position = self.control(command, value).rect.center
        self.down(position)
        self.up(position)
        return self.settle()

    def press(self, key, mod=0, text=""):
        self.post(pygame.KEYDOWN, key=key, mod=mod, unicode=text)
        return self.settle()

    def type(self, text):
        for letter in text:
            self.post(pygame.KEYDOWN, key=0, mod=0, unicode=letter)
        return self.settle()

    def settle(self):
        """Run the loop until everything posted is taken in, every answer has come, and nothing moves any more."""
        deadline = time.monotonic() + 120.0  # for a test that fails
        while time.monotonic() < deadline:
            self.post(pygame.USEREVENT)  # so that the loop never sleeps
            self.app.step()
            state = self.app.state
            if not self.app.rested:
                self.app._worker.wait(0.002)  # this loop would leave the worker's thread no time to speak of
            elif not state.animated or state.playing or state.replay.playing:
                return state
            else:
                self.app.take(Tick(1.0))  # the bars arrive at once
        raise AssertionError(f"request {state.asked} was not answered")

    def shot(self, rect=None):
        """The window's pixels, or those of a rectangle of it: (H, W, 3)."""
        pixels = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
        return pixels if rect is None else pixels[rect.top : rect.bottom, rect.left : rect.right]

    def count(self, rect, colour):
        return int((self.shot(rect) == colour).all(axis=-1).sum())


def open_window(recognizer, weights, setup=SIZE):
    engine = InferenceEngine(load=lambda path: recognizer, folder=weights, clipboard=FakeClipboard())
    user = User(App(engine, setup, partial(InlineTraining, load=lambda download: bars(), slices=4)), recognizer)
    user.engine = engine
    user.settle()
    return user


def points(state):
    return tuple(tuple(stroke.points) for stroke in state.document.strokes)


def coverage(size, unit, strokes):
    """How far each pixel is covered by ink, 0 to 1."""
    ink = Ink(size, unit)
    ink.show(strokes)
    return pygame.surfarray.array2d(ink.surface).T / 255.0
