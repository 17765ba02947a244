"""The layers of the network."""

from __future__ import annotations

from apps.draw.core.effects import Recognize
from apps.draw.core.panel_data import LayerRow
from apps.draw.engine.analyses import Pieces
from apps.models import ModelFolder


def summary(models: ModelFolder, request: Recognize) -> Pieces:
    """The layers of the network, as it was trained."""
    from nn import checkpoint
    from nn.errors import CheckpointError

    try:
        model = checkpoint.load(models.current.path).model
    except CheckpointError:
        return
    rows = [LayerRow("input", model.input_shape, 0, 0)]
    for layer in model.layers:
        size = sum(parameter.value.size for parameter in layer.parameters)
        rows.append(LayerRow(layer.name, layer.output_shape, size, layer.multiply_adds()))
    yield "summary", tuple(rows)
