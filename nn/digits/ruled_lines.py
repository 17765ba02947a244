"""Removes ruled lines, squared paper and frames that touch the digit: thin lines across most of the picture."""

import numpy as np
from PIL import Image, ImageFilter

#: The minimum length of a line, as a share of the picture's side, and its maximum thickness, of the longer side.
LENGTH, THICKNESS = 0.7, 0.06

#: Pixels with more ink than this are solid; lines are often paler than the digit.
SOLID = 0.3


def without_ruled_lines(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W), float32, without lines across most of it; where a stroke crosses a line, its ink stays."""
    mask = ink > SOLID
    thickness = max(2, round(THICKNESS * max(ink.shape)))
    lines = _horizontal(mask, thickness) | _horizontal(mask.T, thickness).T
    if not lines.any():
        return ink
    near = np.asarray(Image.fromarray(lines.astype(np.uint8)).filter(ImageFilter.MaxFilter(3))) > 0
    return np.where(lines | (near & ~mask), 0, ink)


def _horizontal(mask: np.ndarray, thickness: int) -> np.ndarray:
    """The pixels of thin horizontal lines; a line may slant by a pixel over its length, or more if it is thicker."""
    padded = np.pad(mask, ((1, 1), (0, 0)))
    near, shortest = padded[:-2] | padded[1:-1] | padded[2:], max(3, LENGTH * mask.shape[1])
    if near.sum(axis=1).max() < shortest:
        return np.zeros_like(mask)
    return mask & (shortest <= _run_lengths(near.T).T) & (_run_lengths(mask) <= thickness)


def _run_lengths(mask: np.ndarray) -> np.ndarray:
    """For each pixel of a mask, the length of its run along the first axis; 0 elsewhere."""
    rows = np.arange(len(mask))[:, None]
    before = np.maximum.accumulate(np.where(mask, -1, rows))
    after = np.minimum.accumulate(np.where(mask, len(mask), rows)[::-1])[::-1]
    return np.where(mask, after - before - 1, 0)
