"""Softmax and cross-entropy in one pass: exact where the two, one after the other, overflow.

With logits z (N, K), labels t (N,), m[n] = max over k of z[n, k], and label smoothing s (Szegedy et al., "Rethinking
the Inception architecture for computer vision", 2016), which spreads the share s of the target evenly over the classes:

    q[n, k]  = (1 - s) [k = t[n]] + s / K
    p[n, k]  = exp(z[n, k] - m[n]) / sum over j of exp(z[n, j] - m[n])
    loss     = mean over n of  log(sum over j of exp(z[n, j] - m[n])) - sum over k of q[n, k] (z[n, k] - m[n])
    dz[n, k] = (p[n, k] - q[n, k]) / N

The loss of an empty batch is 0.
"""

import math

import numpy as np

from nn.ops.backend import njit, operation


@operation()
def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (N, K) in the dtype of ``logits``; each row sums to 1."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True)) if len(logits) else logits.copy()
    exponentials /= exponentials.sum(axis=1, keepdims=True)
    return exponentials


@softmax.loops
@njit()
def _softmax_loops(logits):
    out = np.empty_like(logits)
    for i in range(len(logits)):
        largest = logits[i, 0]
        for k in range(1, logits.shape[1]):
            largest = max(largest, logits[i, k])
        total = logits.dtype.type(0)
        for k in range(logits.shape[1]):
            out[i, k] = math.exp(logits[i, k] - largest)
            total += out[i, k]
        for k in range(logits.shape[1]):
            out[i, k] /= total
    return out


@operation()
def loss_and_gradient(
    logits: np.ndarray, labels: np.ndarray, smoothing: float, gradient: np.ndarray
) -> tuple[float, int]:
    """Fill ``gradient`` (N, K) with dz; return the loss and how many rows have their maximum at the label.

    That number is -1 if a label is not in [0, K).
    """
    n = len(logits)
    if n == 0:
        return 0.0, 0
    if labels.min() < 0 or labels.max() >= logits.shape[1]:
        return 0.0, -1
    rows = np.arange(n)
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    target = np.full_like(logits, smoothing / logits.shape[1])
    target[rows, labels] += 1 - smoothing
    losses = np.log(sums[:, 0]) - np.where(target > 0, target * shifted, 0).sum(axis=1)
    gradient[...] = (exponentials / sums - target) / n
    correct = int(np.count_nonzero(logits.argmax(axis=1) == labels))
    return float(losses.mean(dtype=np.float64)), correct


@loss_and_gradient.loops
@njit()
def _loss_and_gradient_loops(logits, labels, smoothing, gradient):
    n, classes = logits.shape
    loss, correct = 0.0, 0
    share = logits.dtype.type(smoothing / classes)
    for i in range(n):
        best = 0
        for k in range(1, classes):
            if logits[i, k] > logits[i, best]:
                best = k
        total = logits.dtype.type(0)
        shifted = 0.0
        for k in range(classes):
            gradient[i, k] = math.exp(logits[i, k] - logits[i, best])
            total += gradient[i, k]
            if share > 0:
                shifted += logits[i, k] - logits[i, best]
        for k in range(classes):
            gradient[i, k] = (gradient[i, k] / total - share - (1 - smoothing) * (k == labels[i])) / n
        if not 0 <= labels[i] < classes:
            return loss, -1
        loss += math.log(total) - (1 - smoothing) * (logits[i, labels[i]] - logits[i, best]) - share * shifted
        correct += best == labels[i]
    return loss / max(1, n), correct
