"""The connected components of ink, with their boxes and areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nn.ops import connected_components

#: A component at most this far from the picture's edge, as a share of the picture's longer side, touches the edge.
EDGE = 0.02

#: A component that follows the edge over this share of its length is the edge of a scan, or a strip beside the paper.
STRIP = 0.5


@dataclass(frozen=True, slots=True)
class Components:
    """The connected components of a mask.

    Attributes:
        labels: (H, W) int32, 0 or the number of the component, 1 to n.
        boxes: (n, 4) int64: left, top, right and bottom, in pixels.
        areas: (n,) int64, in pixels.
    """

    labels: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> Components:
        """The components of ``mask``, (H, W) bool."""
        labels = np.empty(mask.shape, np.int32)
        count = connected_components.label(np.ascontiguousarray(mask), labels)
        boxes, areas = np.empty((count, 4), np.int64), np.empty(count, np.int64)
        connected_components.measure(labels, boxes, areas)
        return cls(labels, boxes, areas)

    def __len__(self) -> int:
        return len(self.areas)

    @property
    def widths(self) -> np.ndarray:
        """The widths of the boxes."""
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def heights(self) -> np.ndarray:
        """The heights of the boxes."""
        return self.boxes[:, 3] - self.boxes[:, 1]

    @property
    def at_edge(self) -> np.ndarray:
        """Whether each component touches the picture's edge, (n,) bool."""
        height, width = self.labels.shape
        left, top, right, bottom = self.boxes.T
        return (left == 0) | (top == 0) | (right == width) | (bottom == height)

    def strips(self) -> np.ndarray:
        """Whether each component is a strip along the picture's edge, (n,) bool."""
        height, width = self.labels.shape
        margin, length = max(1, round(EDGE * max(height, width))), np.maximum(self.widths, self.heights)
        left, top, right, bottom = self.boxes.T
        near = (left < margin) | (top < margin) | (right > width - margin) | (bottom > height - margin)
        thin = near & (np.minimum(self.widths, self.heights) <= STRIP * length)
        if not thin.any():
            return thin
        along = np.zeros(len(self) + 1)
        for side in (self.labels, self.labels.T):
            for band in (side[:margin], side[-margin:]):
                rows, places = np.nonzero(band)
                pairs = np.unique(places * len(along) + band[rows, places])  # each component once for each place
                along = np.maximum(along, np.bincount(pairs % len(along), minlength=len(along)))
        return thin & (along[1:] >= STRIP * length)
