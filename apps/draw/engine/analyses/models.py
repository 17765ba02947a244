"""All models on one document."""

from __future__ import annotations

import time

import numpy as np

from apps.draw.core.effects import Recognize
from apps.draw.core.panel_data import ModelResult
from apps.draw.engine.analyses import Pieces
from apps.draw.engine.model import as_arrays
from apps.models import Model, ModelFolder


def models(models: ModelFolder, request: Recognize) -> Pieces:
    """Every model's answer, and how long it took; None for a model that can't be loaded."""
    results: dict[int, ModelResult | None] = {}
    for number, model in enumerate(models.all):
        try:
            _timed(model, request)  # a first call fills the caches
            results[number] = _timed(model, request)
        except ValueError:
            results[number] = None
        yield None
    yield "models", results


def _timed(model: Model, request: Recognize) -> ModelResult:
    document, recognizer = request.document, model.recognizer
    started = time.perf_counter()
    if document.picture is not None:
        predictions = [recognizer.recognize_image(document.picture.gray)]
    elif request.line_mode:
        predictions = [digit.prediction for digit in recognizer.recognize_line(as_arrays(document.strokes)).digits]
    else:
        predictions = [recognizer.recognize(as_arrays(document.strokes))]
    milliseconds = 1e3 * (time.perf_counter() - started)
    answer = "".join("–" if each.label is None else str(each.label) for each in predictions) or "–"
    confidence = float(np.prod([each.probabilities.max() for each in predictions] or [0.0]))
    return ModelResult(answer, confidence, milliseconds)
