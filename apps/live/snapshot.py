"""Snapshots of a training: what is shown of it at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Position(NamedTuple):
    """How far a training is: the steps done of all, the epoch from 1, and the images a second."""

    step: int
    steps: int
    epoch: int
    epochs: int
    images_per_second: float


@dataclass(frozen=True, eq=False)
class Curves:
    """Loss and accuracy over the steps, each point the mean of as many steps.

    Attributes:
        step: (K,) the last step of each point.
        loss, accuracy: (K,) of the batches, each before its step.
        held_out: (M, 2) step and accuracy on the watched images.
    """

    step: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    held_out: np.ndarray


@dataclass(frozen=True, eq=False)
class Observation:
    """What the network makes of the watched images, which are validation images where there are some.

    Attributes:
        step: the number of steps before it.
        accuracy: on all of them.
        confusion: (classes, classes) counts, a row for each label and a column for each answer.
        mistakes: (M, H, W) uint8, misread images, those of the highest confidence first.
        labels, answers: (M,) of the mistakes.
        errors: how many are misread in all.
        points: (P, 2) in [-1, 1], the features of some images in the plane of their two principal components.
        point_labels: (P,).
    """

    step: int
    accuracy: float
    confusion: np.ndarray
    mistakes: np.ndarray
    labels: np.ndarray
    answers: np.ndarray
    errors: int
    points: np.ndarray
    point_labels: np.ndarray


@dataclass(frozen=True, eq=False)
class StepChange:
    """What one step changed.

    Attributes:
        images: (B, H, W) uint8, the first images of the batch, not augmented; ``labels`` (B,).
        before, after: (B,) the probability of the label.
        loss_before, loss_after: of the whole batch.
        layers: the name of each array of weights, and the norm of its change relative to its own norm.
        filters: (F, H, W) the change of the filters.
    """

    images: np.ndarray
    labels: np.ndarray
    before: np.ndarray
    after: np.ndarray
    loss_before: float
    loss_after: float
    layers: tuple[tuple[str, float], ...]
    filters: np.ndarray


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A training at one moment.

    Attributes:
        position: how far it is.
        state: ``"running"``, ``"paused"``, ``"finished"`` or ``"failed"``.
        note: what went wrong, if it failed.
        curves: loss and accuracy so far.
        filters: (F, H, W) the weights of the first layer: of a convolution, means over its input channels; of a dense
            layer, a row of weights as an image for each unit.
        observation: of the watched images; None if it has not changed since the last snapshot.
        answers: (T, classes) the probabilities for the user's drawing at the latest snapshots; the last row is now.
        change: what the last step changed, if it was made alone.
    """

    position: Position
    state: str
    note: str
    curves: Curves
    filters: np.ndarray
    observation: Observation | None
    answers: np.ndarray
    change: StepChange | None = None


def status_text(snapshot: Snapshot | None) -> str:
    """How far a training is, in one line."""
    if snapshot is None:
        return "Starting..."
    if snapshot.state == "failed":
        return f"Failed: {snapshot.note}"
    position = snapshot.position
    state = "" if snapshot.state == "running" else f"{snapshot.state}, "
    text = f"{state}epoch {position.epoch} of {position.epochs}, step {position.step:,} of {position.steps:,}"
    return f"{text}, {position.images_per_second:,.0f} images/s" if position.step else f"{state}before the first step"
