"""The results of the analyses, as the panels show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from apps.draw.core.document import Document


class ModelResult(NamedTuple):
    """One model's answer for the document: a digit, a line of digits, or a dash."""

    answer: str
    confidence: float
    milliseconds: float


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """The output of a layer for the image."""

    name: str
    values: np.ndarray  # (H, W, C) float32, >= 0
    kernel: np.ndarray | None = None  # (KH, KW, K, C), of a convolution


@dataclass(frozen=True, eq=False)
class Grid:
    """Numbers to show: an image or a saliency map (H, W), or the activations of a layer (units,)."""

    name: str
    values: np.ndarray
    label: int | None = None


class LayerRow(NamedTuple):
    """A layer of the network: its name, the shape of its output for one image, its parameters and multiply-adds."""

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The training images whose features are nearest, the nearest first."""

    images: np.ndarray  # (K, 28, 28) uint8
    labels: np.ndarray  # (K,)
    note: str = ""  # the progress of the search, or why there are none


class ReplayMoment(NamedTuple):
    """The prediction for the first ``points`` points of a drawing."""

    points: int
    label: int | None
    confidence: float
    final: float  # the probability of the final label


def known_from(moments: tuple[ReplayMoment, ...]) -> ReplayMoment | None:
    """The moment from which on the final label was predicted with a confidence of 90% or more; None without one."""
    result = None
    for moment in reversed(moments):
        if moment.label is None or moment.label != moments[-1].label or moment.confidence < 0.9:
            break
        result = moment
    return result


@dataclass(frozen=True, eq=False)
class Misclassified:
    """Misclassified test images, those of the highest confidence first."""

    documents: tuple[Document, ...]  # the pictures with their labels
    answers: tuple[int, ...]  # the predicted labels
    note: str = ""  # the progress of the search, or why there are none
