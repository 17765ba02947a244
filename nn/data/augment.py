"""Data augmentation: random affine and elastic warps of images, and cutout. ``nn.augmentation`` applies them.

Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to visual document analysis",
2003.
"""

import math
from dataclasses import dataclass, fields

import numpy as np

from nn import checks

#: Points per side of the grid of elastic displacements.
GRID = 4

#: The upper limit of a range, and whether it is included.
_LIMITS = {"rotation": (180.0, True), "scale": (1.0, False), "thickness": (2.0, True), "cutout": (1024.0, True)}


@dataclass(frozen=True, eq=False)
class Warps:
    """The warps of N images; ``warps[a:b]`` is a view.

    Attributes:
        matrices: (N, 2, 3) float32, the source of the pixel at [x, y, 1].
        grids: (N, 2, GRID, GRID) float32, displacements in x and y, in pixels, to be interpolated; (N, 2, 0, 0) for
            none.
        thickness: (N,) float32, change of the width of strokes, in pixels.
        squares: (N, 4) int64, (top, left, bottom, right) of the part that becomes 0; None for none.
    """

    matrices: np.ndarray
    grids: np.ndarray
    thickness: np.ndarray
    squares: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.thickness)

    def __getitem__(self, index: slice) -> "Warps":
        squares = None if self.squares is None else self.squares[index]
        return Warps(self.matrices[index], self.grids[index], self.thickness[index], squares)


@dataclass(frozen=True)
class Augmentation:
    """The ranges of random warps. Each value is uniform in its range, plus or minus, and independent of the others.

    Attributes:
        rotation: degrees.
        scale: relative change of width and of height, independently; less than 1.
        shear: horizontal displacement relative to the height.
        shift: pixels, in x and in y.
        elastic: standard deviation of a smooth displacement field in x and in y, in pixels.
        thickness: change of the width of strokes, in pixels; at most 2.
        cutout: side of a square that becomes 0, in pixels, rounded to whole ones. Its centre is anywhere in the image,
            so part of it may lie outside. DeVries and Taylor, "Improved regularization of convolutional neural networks
            with cutout", 2017.

    Raises:
        ValueError: a range is negative, too large or not a number.

    >>> warps = Augmentation(rotation=10, shift=2).draw(5, (28, 28), np.random.default_rng(0))
    >>> warps.matrices.shape, warps.grids.shape
    ((5, 2, 3), (5, 2, 0, 0))
    """

    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0
    thickness: float = 0.0
    cutout: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            limit, included = _LIMITS.get(field.name, (math.inf, False))
            ends = "[]" if included else "[)"
            checks.number(f"augmentation: {field.name}", getattr(self, field.name), 0, limit, ends)

    def draw(self, count: int, image_shape: tuple[int, ...], rng: np.random.Generator) -> Warps:
        """Draw warps for ``count`` images of ``image_shape`` (H, W) or (H, W, C); fastest for many at once."""
        count = checks.integer("draw: count", count, 0)
        image_shape = checks.shape("draw: image_shape", image_shape, least=2)
        checks.instance("draw: rng", rng, np.random.Generator)
        draws = 2 * rng.random((7, count), np.float32) - 1
        matrices = inverse_affine(
            image_shape,
            rotation=self.rotation * draws[0],
            scale=1 + self.scale * draws[1:3],
            shear=self.shear * draws[3],
            shift=self.shift * draws[4:6],
        )
        points = GRID if self.elastic else 0
        grids = rng.random((count, 2, points, points), np.float32)
        grids -= 0.5
        grids *= 12**0.5 * self.elastic  # the standard deviation of a uniform variable on [-1/2, 1/2] is sqrt(1 / 12)
        return Warps(matrices, grids, self.thickness * draws[6], self._draw_squares(count, image_shape, rng))

    def _draw_squares(self, count: int, image_shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray | None:
        """(count, 4) sides of squares within the image; None without ``cutout``."""
        if not self.cutout:
            return None
        size = np.array(image_shape[:2])
        first = np.floor(rng.random((count, 2)) * size - (self.cutout - 1) / 2).astype(np.int64)
        return np.clip(np.concatenate([first, first + round(self.cutout)], axis=1), 0, np.tile(size, 2))


def inverse_affine(
    image_shape: tuple[int, ...],
    *,
    rotation: np.ndarray | float = 0.0,
    scale: np.ndarray | tuple[float, float] = (1.0, 1.0),
    shear: np.ndarray | float = 0.0,
    shift: np.ndarray | tuple[float, float] = (0.0, 0.0),
) -> np.ndarray:
    """Matrices from a pixel of the warped image to its source, (..., 2, 3) float32.

    The forward map, about the centre of the image, is: scale, then shear, then rotate, then shift.

    Args:
        image_shape: (H, W) or (H, W, C).
        rotation: (...), degrees counterclockwise.
        scale: (2, ...), of width and height.
        shear: (...), displacement to the right for each pixel of height, in pixels.
        shift: (2, ...), pixels to the right and down.

    >>> inverse_affine((28, 28), shift=(2.0, 0.0))
    array([[ 1.,  0., -2.],
           [ 0.,  1.,  0.]], dtype=float32)
    """
    height, width = image_shape[:2]
    angle = np.radians(rotation)
    sine, cosine = np.sin(angle), np.cos(angle)
    # With y downwards: rotation [[c, s], [-s, c]], shear [[1, -k], [0, 1]], scale [[a, 0], [0, b]], each inverted.
    rows = [
        [(cosine + shear * sine) / scale[0], (shear * cosine - sine) / scale[0]],
        [sine / scale[1], cosine / scale[1]],
    ]
    x, y = (width - 1) / 2, (height - 1) / 2
    matrices = np.empty((*np.broadcast_shapes(*(np.shape(entry) for row in rows for entry in row)), 2, 3), np.float32)
    for row, (across, down), centre in zip(range(2), rows, (x, y), strict=True):
        matrices[..., row, 0] = across
        matrices[..., row, 1] = down
        matrices[..., row, 2] = centre - across * (x + shift[0]) - down * (y + shift[1])
    return matrices
