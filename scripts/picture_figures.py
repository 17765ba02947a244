"""Figures of pictures: the stages from ink to the network's input, and what augmentation makes of a digit."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from nn.data.augment import Augmentation, Warps, inverse_affine
from nn.digits.ink import picture_to_ink
from nn.digits.normalize import ink_extent, ink_to_image
from nn.digits.painting import paint
from nn.digits.rasterize import strokes_to_image
from nn.digits.strokes import place
from nn.digits.synthesis import sample
from nn.ops.warp import warp

CANVAS = 280


def ink_pipeline() -> Figure:
    """From strokes and from a photo to the image that the network gets; and what scaling alone would give."""
    strokes = place(sample(7, np.random.default_rng(5)), 120, (20, 110))
    canvas = paint(strokes, (CANVAS, CANVAS), 12) / np.float32(255)
    rows, columns = np.mgrid[:CANVAS, :CANVAS] / CANVAS
    photo = (0.9 - 0.45 * rows - 0.2 * columns) * (1 - 0.75 / 255 * paint(strokes, (CANVAS, CANVAS), 5))
    photo += np.random.default_rng(0).normal(0, 0.02, photo.shape)
    ink = picture_to_ink(photo.clip(0, 1))
    extent = ink_extent(ink)
    assert extent is not None
    scaled = np.asarray(Image.fromarray(canvas).resize((28, 28), Image.Resampling.BOX))
    figure = Figure(figsize=(9.6, 5), layout="constrained")
    (pen, *first), second = figure.subplots(2, 4)
    for x, y in (stroke.T for stroke in strokes):
        pen.plot(x, y, ".-", color="black", markersize=3, linewidth=0.6)
    pen.set(xlim=(0, CANVAS), ylim=(CANVAS, 0), aspect="equal", xticks=[], yticks=[])
    pen.set_title("points of the pen", fontsize=9)
    views = {
        "ink on the canvas": canvas,
        "only scaled: not like MNIST": scaled,
        "network input": strokes_to_image(strokes),
    }
    _show(first, views)
    _show(second[:1], {"a photo": 1 - photo})
    _show(second[1:], {"ink, without background": ink, "cropped": ink[extent], "network input": ink_to_image(ink)})
    return figure


def augmentation() -> Figure:
    """Each augmentation at the end of a wide range."""
    image = (255 * strokes_to_image(sample(2, np.random.default_rng(1)))).astype(np.uint8)
    elastic = Augmentation(elastic=1.2).draw(1, image.shape, np.random.default_rng(4))

    def warped(matrix: np.ndarray | None = None, thickness: float = 0, grids: np.ndarray | None = None) -> np.ndarray:
        warps = Warps(
            np.asarray(inverse_affine(image.shape) if matrix is None else matrix)[None],
            np.zeros((1, 2, 0, 0), np.float32) if grids is None else grids,
            np.array([thickness], np.float32),
        )
        out = np.empty((1, *image.shape, 1), np.float32)
        warp(image[None], np.array([0]), warps.matrices, warps.grids, warps.thickness, out)
        return out[0, :, :, 0]

    views = {
        "as it is": warped(),
        "rotated": warped(inverse_affine(image.shape, rotation=20.0)),
        "sheared": warped(inverse_affine(image.shape, shear=0.4)),
        "scaled": warped(inverse_affine(image.shape, scale=(0.7, 1.0))),
        "shifted": warped(inverse_affine(image.shape, shift=(4.0, -2.0))),
        "elastic": warped(grids=elastic.grids),
        "thinner": warped(thickness=-1),
        "thicker": warped(thickness=1.5),
    }
    figure = Figure(figsize=(9.6, 1.5), layout="constrained")
    _show(figure.subplots(1, len(views)), views)
    return figure


def _show(axes: Sequence, views: Mapping[str, np.ndarray]) -> None:
    """Pictures, 0 white and 1 black."""
    for axis, (title, picture) in zip(axes, views.items(), strict=True):
        axis.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])
        axis.set_title(title, fontsize=9)


PICTURE_FIGURES: dict[str, Callable[[], Figure]] = {
    "ink.png": ink_pipeline,
    "ops/augmentation.png": augmentation,
}
