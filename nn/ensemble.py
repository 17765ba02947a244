"""Ensembles of networks."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn import checkpoint, checks
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
        members = checks.sequence("Ensemble: members", members, Sequential)
        for number, member in enumerate(members, start=1):
            if difference := _difference(member, members[0], "the first"):
                raise ValueError(f"Ensemble: network {number}: {difference}")
        self.members = members
        self.metas = checks.sequence("Ensemble: metas", [{}] * len(members) if metas is None else metas, Mapping)
        if len(self.metas) != len(members):
            raise ValueError(f"Ensemble: metas: expected {len(members)}, one a network, got {len(self.metas)}")
        self.input_shape = members[0].input_shape
        self.output_shape = members[0].output_shape

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(map(repr, self.members))}>"

    @classmethod
    def load(cls, paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> "Ensemble":
        """The networks of these checkpoints, one path or several, folded and fused.

        Raises:
            CheckpointError: a file is missing or broken, or its network has other shapes than the first one's.
        """
        paths = [paths] if isinstance(paths, str | os.PathLike) else paths
        paths = checks.sequence("Ensemble: paths", paths, str | os.PathLike)
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
    if not isinstance(probabilities, list | tuple) or len({np.shape(each) for each in probabilities}) != 1:
        found = checks.shown(probabilities)
        raise ValueError(f"average: probabilities: expected a list of arrays of one shape, at least one, got {found}")
    return np.add.reduce(probabilities) / len(probabilities)  # np.mean takes 10 us longer, half a prediction


def _difference(model: Sequential, first: Sequential, name: object) -> str | None:
    """How the shapes of ``model`` differ from those of ``first``, called ``name``; None if they are the same."""
    if (model.input_shape, model.output_shape) == (first.input_shape, first.output_shape):
        return None
    return (
        f"expected a network from {first.input_shape} to {first.output_shape}, as {name} is, "
        f"found one from {model.input_shape} to {model.output_shape}"
    )
