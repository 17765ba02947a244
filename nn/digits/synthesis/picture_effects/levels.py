"""The grays of the paper and of the ink in a picture."""

import numpy as np

#: A picture (H, W), float32 in [0, 1].
Picture = np.ndarray


def paper_level(picture: Picture) -> float:
    """The level of the paper: the median."""
    return float(np.median(picture))


def ink_level(picture: Picture) -> float:
    """The level of the ink: the extreme that is farther from the paper."""
    low, high, paper = float(picture.min()), float(picture.max()), paper_level(picture)
    if low == high:  # a blank picture
        return 0.0 if paper > 0.5 else 1.0
    return low if paper - low > high - paper else high
