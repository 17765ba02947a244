"""What training makes small."""

from dataclasses import dataclass

import numpy as np

from nn.ops import softmax_cross_entropy as kernel


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss of a batch, and what follows from it.

    Attributes:
        value: the mean over the batch, in nats.
        gradient: of ``value`` by the logits (N, classes).
        correct: how many of the batch have their largest logit at the label.
    """

    value: float
    gradient: np.ndarray
    correct: int


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray, smoothing: float = 0.0) -> Loss:
    """The sparse categorical cross-entropy of softmax(logits), with its gradient, in one pass.

    Args:
        logits: (N, classes), float32 or float64.
        labels: (N,) whole numbers, each in [0, classes).
        smoothing: the share of the truth that is spread over all classes, in [0, 1).

    Raises:
        ValueError: the shapes don't fit, a label is out of range, or the smoothing is.
    """
    if not 0 <= smoothing < 1:
        raise ValueError(f"softmax_cross_entropy: expected 0 <= smoothing < 1, got {smoothing}")
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ValueError(
            f"softmax_cross_entropy: expected logits (N, classes) and labels (N,), "
            f"got {logits.shape} and {labels.shape}"
        )
    if labels.dtype.kind not in "iu":
        raise ValueError(f"softmax_cross_entropy: expected whole numbers as labels, got {labels.dtype}")
    gradient = np.empty_like(logits)
    value, correct = kernel.loss_and_gradient(np.ascontiguousarray(logits), labels, float(smoothing), gradient)
    if correct < 0:
        raise ValueError(
            f"softmax_cross_entropy: expected labels in [0, {logits.shape[1]}), got {labels.min()} to {labels.max()}"
        )
    return Loss(value, gradient, correct)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (N, classes) from logits, in their dtype; each row sums to 1."""
    return kernel.softmax(np.ascontiguousarray(logits))
