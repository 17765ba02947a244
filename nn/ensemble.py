"""Ensembles of networks."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn import checkpoint
from nn.errors import CheckpointError
from nn.fold import optimize_for_inference
from nn.model import Sequential


class Ensemble:
    """Networks whose predictions are averaged; may be used from several threads.

    Lakshminarayanan et al., "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles", 2017.

    Args:
        members: networks with the same input and output shapes, one or more.
        metas: the meta data of each one's checkpoint; empty unless given.
    """

    def __init__(self, members: Sequence[Sequential], metas: Sequence[Mapping[str, Any]] | None = None) -> None:
        if not members:
            raise ValueError("Ensemble: expected at least one network, got none")
        for number, member in enumerate(members, start=1):
            if difference := _difference(member, members[0], "the first"):
                raise ValueError(f"Ensemble: network {number}: {difference}")
        self.members = list(members)
        self.metas = [{} for _ in members] if metas is None else list(metas)
        self.input_shape = members[0].input_shape
        self.output_shape = members[0].output_shape

    @classmethod
    def load(cls, paths: Sequence[str | os.PathLike[str]]) -> "Ensemble":
        """The networks of these checkpoints, one or more, folded and fused.

        Raises:
            CheckpointError: a file is missing or broken, or its network has other shapes than the first one's.
        """
        checkpoints = [checkpoint.load(path) for path in paths]
        models = [each.model for each in checkpoints]
        for path, model in zip(paths, models, strict=True):
            if difference := _difference(model, models[0], paths[0]):
                raise CheckpointError(f"{path}: {difference}")
        return cls([optimize_for_inference(model) for model in models], [each.meta for each in checkpoints])

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities (N, classes) for images as ``Sequential.predict`` takes them."""
        return average([member.predict(images) for member in self.members])


def average(probabilities: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of several networks' probabilities, (N, classes) each; for one network the same bits."""
    return np.add.reduce(probabilities) / len(probabilities)  # np.mean takes 10 us longer, half a prediction


def _difference(model: Sequential, first: Sequential, name: object) -> str | None:
    """How the shapes of ``model`` differ from those of ``first``, called ``name``; None if they are the same."""
    if (model.input_shape, model.output_shape) == (first.input_shape, first.output_shape):
        return None
    return (
        f"expected a network from {first.input_shape} to {first.output_shape}, as {name} is, "
        f"found one from {model.input_shape} to {model.output_shape}"
    )
