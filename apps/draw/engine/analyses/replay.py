"""The predictions for a drawing as it grew."""

from __future__ import annotations

import numpy as np

from apps.draw.core.document import Document, beginning, count
from apps.draw.core.effects import Recognize
from apps.draw.core.panel_data import ReplayMoment
from apps.draw.engine.analyses import Pieces
from apps.draw.engine.model import recognize
from apps.models import ModelFolder

#: How many moments of a drawing are recognized, at most.
MOST = 80


def moments(models: ModelFolder, request: Recognize) -> Pieces:
    """The prediction for the first points of the ink, and for more and more of them."""
    strokes = (request.whole or request.document).strokes
    total = count(strokes)
    if not total:
        yield "moments", ()
        return
    cache = models.current.cache.setdefault("replay", {})
    if cache.get("strokes") is not strokes:  # scrubbing changes the document, not the whole
        predictions = {}
        for points in np.unique(np.linspace(1, total, min(total, MOST)).round().astype(int)).tolist():
            predictions[points] = recognize(models.current, Document(beginning(strokes, points)))
            yield None
        final = int(np.argmax(predictions[total].probabilities))
        cache["moments"] = tuple(
            ReplayMoment(
                points, each.label, float(each.probabilities.max()),
                0.0 if each.label is None else each.probabilities[final],
            )
            for points, each in predictions.items()
        )  # fmt: skip
        cache["strokes"] = strokes
    yield "moments", cache["moments"]
