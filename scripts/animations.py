"""The animations of the documentation: the window in use, and the filters of a network that learns."""

import functools
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pygame
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from apps.draw.core import actions
from apps.draw.core.messages import Message, PenMove, Tick
from apps.draw.core.panels import Panel
from apps.draw.core.settings import Settings
from apps.draw.core.state import Perform
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from nn import zoo
from nn.data import mnist
from nn.digits.rasterize import strokes_to_image
from nn.digits.synthesis import sample
from nn.optimizers import Adam
from nn.training import StepEnd, fit
from scripts.inline_training import InlineTraining
from scripts.sandbox import sandbox
from scripts.scenes import ink

#: Milliseconds of a frame, and of the last one.
FRAME, LAST = 60, 1800

#: Slices of a training from one frame to the next; see ``InlineTraining``.
SLICES = 5

#: A weight of this size has the darkest colour.
SCALE = 0.35

#: Steps of a training that the animation of filters shows, growing: most changes at first.
STEPS = np.unique(np.geomspace(1, 1875, 60).astype(int))


def webp(frames: Sequence[np.ndarray], durations: Sequence[int], **options: Any) -> bytes:
    """An animated WebP file of frames (H, W, 3) uint8, each shown for some milliseconds, repeated for ever."""
    first, *rest = map(Image.fromarray, frames)
    file = io.BytesIO()
    first.save(file, "WEBP", save_all=True, append_images=rest, duration=list(durations), loop=0, method=4, **options)
    return file.getvalue()


def window() -> bytes:
    """The window while digits are drawn, the second one with the Inside panel; one unit; and a network that learns."""
    with sandbox():
        training = functools.partial(InlineTraining, slices=SLICES)
        app = App(InferenceEngine(None), Settings(theme="dark", width=960, height=600), training)
        try:
            frames, durations = zip(*_use(app), strict=True)
        finally:
            app.close()
    return webp(frames, durations, quality=60)


def _use(app: App) -> Iterator[tuple[np.ndarray, int]]:
    """Frames of the window and their durations, as a user draws."""

    def frame(duration: int) -> tuple[np.ndarray, int]:
        app.settle()
        app.take(Tick(FRAME / 1000))
        app.present()
        return pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1), duration

    def drawn(messages: Sequence[Message]) -> Iterator[tuple[np.ndarray, int]]:
        """A frame for every third point of the pen."""
        for number, message in enumerate(messages):
            app.take(message)
            if number % 3 == 0 or not isinstance(message, PenMove):
                yield frame(FRAME)

    rng = np.random.default_rng(3)
    yield frame(500)
    yield from drawn(ink(sample(4, rng)))
    for _ in range(6):  # the bars arrive
        yield frame(FRAME)
    yield frame(1200)
    app.take(Perform(actions.CLEAR))
    app.take(Perform(actions.TOGGLE_PANEL[Panel.INSIDE]))
    yield frame(500)
    yield from drawn(ink(sample(3, rng)))
    for _ in range(6):
        yield frame(FRAME)
    yield frame(LAST)
    app.take(Perform(actions.FEATURE_MAP, 5))
    yield frame(LAST)
    app.take(Perform(actions.TOGGLE_PANEL[Panel.TRAIN]))
    yield frame(LAST // 2)
    app.take(Perform(actions.TRAIN_START))
    for _ in range(20):
        yield frame(2 * FRAME)
        for _ in range(2):  # paused, and on: the training works for a while
            app.take(Perform(actions.TRAIN_PAUSE))
    yield frame(LAST)


def filters() -> bytes:
    """The 32 filters of the baseline's first layer in the first epoch, its accuracy, and its answer to a drawing."""
    data = mnist.load()
    model = zoo.build("baseline", rng=np.random.default_rng(0))
    test_images, test_labels = data.test_images[:1000], data.test_labels[:1000]
    drawing = strokes_to_image(sample(3, np.random.default_rng(3)))
    frames, steps, accuracies = [], [], []
    for event in fit(model, Adam(model.parameters), data.train_images, data.train_labels, epochs=1, seed=0):
        if isinstance(event, StepEnd) and event.step in STEPS:
            steps.append(event.step)
            accuracies.append(float((model.predict(test_images).argmax(axis=1) == test_labels).mean()))
            kernel = model.parameters[0].value[:, :, 0].transpose(2, 0, 1)
            frames.append(_frame(kernel, steps, accuracies, drawing, model.predict(drawing[None])[0]))
    return webp(frames, [2 * FRAME] * (len(frames) - 1) + [LAST], lossless=True)


def _frame(
    kernel: np.ndarray, steps: Sequence[int], accuracies: Sequence[float], drawing: np.ndarray, answer: np.ndarray
) -> np.ndarray:
    """A picture (H, W, 3) of filters (32, 3, 3), the accuracy so far, and the probabilities (10,) for a drawing."""
    figure = Figure(figsize=(8, 3), dpi=100)
    left, middle, right = (
        figure.add_axes((x, 0.12, width, 0.76)) for x, width in ((0.01, 0.46), (0.53, 0.22), (0.8, 0.19))
    )
    padded = np.pad(kernel, ((0, 0), (1, 0), (1, 0)), constant_values=np.nan)  # lines between the filters
    tiles = padded.reshape(4, 8, 4, 4).transpose(0, 2, 1, 3).reshape(16, 32)
    left.imshow(tiles, cmap="coolwarm", vmin=-SCALE, vmax=SCALE)
    left.axis("off")
    left.set_title(f"filters at step {steps[-1]:,}", fontsize=10)
    middle.plot(steps, accuracies)
    middle.set(xscale="log", xlim=(1, STEPS[-1]), ylim=(0, 1))
    middle.set_title(f"test accuracy {accuracies[-1]:.1%}", fontsize=10)
    right.barh(range(10), answer, color="tab:blue")
    right.set(xlim=(0, 1), yticks=range(10), xticks=[])
    right.set_title("answer to a drawing", fontsize=10)
    right.invert_yaxis()
    right.inset_axes((0.55, 0.05, 0.42, 0.4), xticks=[], yticks=[]).imshow(drawing, cmap="gray_r")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


ANIMATIONS = {"window.webp": window, "filters.webp": filters}
