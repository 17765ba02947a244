"""Three shapes that stand for digits, their reader, and lines of them, for tests of lines and pages."""

import numpy as np

from nn.digits.strokes import bounds, transform

BAR = [np.array([[0.0, 0.0], [0.0, 100.0]])]
RING = [50 + 50 * np.stack([np.cos(np.arange(64) / 10), np.sin(np.arange(64) / 10)], axis=1)]
CROSS = [np.array([[0.0, 50.0], [80.0, 50.0]]), np.array([[40.0, 0.0], [40.0, 100.0]])]


class ShapeReader:
    """Recognizes a bar (1), a ring (0) and a cross (4); all else, such as a lying bar, is a non-digit.

    Args:
        confidence: of what is recognized.
        other: the probability that it is a non-digit.
    """

    def __init__(self, confidence=0.95, other=0.005):
        self.confidence, self.other = confidence, other

    def predict(self, images):
        probabilities = np.full((len(images), 11), (1 - self.confidence) / 10, np.float32)
        probabilities[:, 10] = self.other
        for row, image in zip(probabilities, images, strict=True):
            tall, wide = (image.max(axis=1) > 0.3).sum(), (image.max(axis=0) > 0.3).sum()
            middle = image[12:16, 12:16].max() > 0.5
            label = 1 if wide < 8 else 10 if tall < 14 or wide > 24 else 4 if middle else 0 if tall < 24 else 10
            row[label] = max(self.confidence - self.other, 0.1) if label < 10 else self.confidence
        return probabilities


def beside(*digits, gap=30.0):
    """A line of shapes."""
    line = []
    for digit in digits:
        right = bounds(line)[1][0] + gap if line else 0.0
        line += transform(digit, 1.0, (right - bounds(digit)[0][0], 0.0))
    return line
