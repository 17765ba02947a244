"""The loss function."""

from dataclasses import dataclass

import numpy as np

from nn import checks
from nn.ops import softmax_cross_entropy as kernel


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss of a batch and its gradient.

    Attributes:
        value: the mean over the batch, in nats.
        gradient: of ``value`` with respect to the logits, (N, classes).
        correct: how many images of the batch have their largest logit at the label.
    """

    value: float
    gradient: np.ndarray
    correct: int


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray, smoothing: float = 0.0) -> Loss:
    """The sparse categorical cross-entropy of softmax(logits), with its gradient, in one pass.

    Args:
        logits: (N, classes), float32 or float64.
        labels: (N,) integers, each in [0, classes).
        smoothing: label smoothing, the share of each target that is spread over all classes, in [0, 1).

    Raises:
        ValueError: the shapes don't fit, a label is out of range, or the smoothing is.

    >>> loss = softmax_cross_entropy(np.array([[2.0, 0.0], [0.0, 0.0]]), np.array([0, 1]))
    >>> round(loss.value, 4), loss.correct
    (0.41, 1)
    >>> loss.gradient.round(4)
    array([[-0.0596,  0.0596],
           [ 0.25  , -0.25  ]])
    """
    smoothing = checks.number("softmax_cross_entropy: smoothing", smoothing, 0, 1, "[)")
    logits = _logits("softmax_cross_entropy", logits)
    is_array = type(labels) is np.ndarray and labels.dtype.kind in "iu" and labels.dtype.isnative
    if not is_array or labels.shape != logits.shape[:1]:
        labels = checks.labels("softmax_cross_entropy: labels", labels, *logits.shape)
    gradient = np.empty_like(logits)
    value, correct = kernel.loss_and_gradient(logits, labels, smoothing, gradient)
    if correct < 0:
        checks.labels("softmax_cross_entropy: labels", labels, *logits.shape)
    return Loss(value, gradient, correct)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (N, classes) from logits, in their dtype; each row sums to 1."""
    return kernel.softmax(_logits("softmax", logits))


def _logits(what: str, logits: np.ndarray) -> np.ndarray:
    """The logits (N, classes) as a C-contiguous array."""
    if not isinstance(logits, np.ndarray) or logits.ndim != 2 or logits.dtype.char not in "fd" or not logits.shape[1]:
        raise ValueError(
            f"{what}: logits: expected an array (N, classes) of float32 or float64, got {checks.shown(logits)}"
        )
    return np.ascontiguousarray(logits, logits.dtype.type)
