"""Time clicks on units of the Inside panel, while the analyses of the drawing run."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import pygame
from pygame.event import Event

from apps.draw.core import actions
from apps.draw.core.messages import PenDown, PenMove, Release
from apps.draw.core.settings import Settings
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from nn.digits import synthesis
from nn.digits.strokes import place
from scripts.timed_app import summary

#: Seconds until Python switches from the worker's thread to the window's, as in ``App.run``.
SWITCH = 0.0005

#: What is clicked: any map, any unit of it, any layer.
CLICKED = (actions.FEATURE_MAP, actions.UNIT, actions.MAP, actions.LAYER)


def measure(engine: InferenceEngine, n: int, settings: Settings) -> dict[str, Any]:
    """Click ``n`` times, each after a movement of the pen.

    Args:
        engine, settings: as ``App`` takes them; the panel is Inside.
        n: the number of clicks.

    Returns:
        ``{"click_ms": {...}}``, from the event of a click to the frame that shows its unit; see ``timed_app.summary``.
    """
    rng = np.random.default_rng(0)
    app, times = App(engine, settings), []
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        app.until_ready()
        points = [(float(x), float(y)) for x, y in place(synthesis.sample(4, rng), 190.0, (45.0, 45.0))[0]]
        app.take(PenDown(points[0]))
        app.settle()
        for number in range(n):
            app.take(PenMove(points[number % len(points)]))
            pygame.event.post(Event(pygame.USEREVENT))  # so that the loop does not sleep
            app.step()
            controls = [each for each in app.view.controls if each.message.action in CLICKED]
            rect = controls[int(rng.integers(len(controls)))].rect
            position = int(rng.integers(rect.left, rect.right)), int(rng.integers(rect.top, rect.bottom))
            app.take(Release(None))
            clicked = time.perf_counter()
            pygame.event.post(Event(pygame.MOUSEBUTTONDOWN, pos=position, button=1))
            app.step()
            times.append(time.perf_counter() - clicked)
            pygame.event.post(Event(pygame.MOUSEBUTTONUP, pos=position, button=1))
            app.step()
            app.take(PenDown(points[number % len(points)]))
    finally:
        app.close()
        sys.setswitchinterval(before)
    return {"click_ms": summary(times)}
