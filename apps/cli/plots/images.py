"""Images with their predictions, and augmented images."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from apps.cli.plots.figure import (
    BLUE,
    GRAY,
    HEADER,
    INK,
    MARGIN,
    VERMILLION,
    axes_at,
    class_label,
    set_page,
    styled,
    write,
)
from nn.augmentation import augment
from nn.data.augment import Augmentation

COLUMNS = 10

Names = Sequence[str] | None

# Inches: the side of an image, and the pitch of images with captions.
SIDE, PITCH_X, PITCH_Y = 1.06, 1.16, 1.6

#: Images of each group in `draw_samples`, and in `draw_errors`.
SAMPLES, ERRORS = 20, 40


@styled
def draw_samples(
    figure: Figure,
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    *,
    title: str,
    names: Names = None,
    seed: int = 0,
) -> None:
    """Some images with correct predictions and some with wrong ones, with their confidence.

    Args:
        figure: to draw in.
        images: (N, H, W), any range of grays; or (N, H, W, 3), in colour.
        labels: (N,) true labels.
        probabilities: (N, classes) of the network.
        title: above all.
        names: of the classes, or None where a label is its own name.
        seed: of the choice.
    """
    predictions = probabilities.argmax(axis=1)
    rng = np.random.default_rng(seed)
    groups = []
    for name, colour, group in (
        ("✓ Correct", BLUE, np.flatnonzero(predictions == labels)),
        ("✗ Wrong", VERMILLION, np.flatnonzero(predictions != labels)),
    ):
        chosen = np.sort(rng.permutation(group)[:SAMPLES])
        if len(chosen):
            groups.append((f"{name}: {len(chosen)} of {len(group):,}", colour, chosen))
    set_page(figure, COLUMNS * PITCH_X, sum(0.45 + PITCH_Y * _rows(chosen) for *_, chosen in groups), title)
    axes, top = _page_axes(figure), HEADER
    for name, colour, chosen in groups:
        write(figure, MARGIN, top + 0.12, name, color=colour, weight="bold")
        _predictions(axes, top + 0.45, images, labels, probabilities, chosen, names)
        top += 0.45 + PITCH_Y * _rows(chosen)


@styled
def draw_errors(
    figure: Figure,
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    *,
    title: str,
    names: Names = None,
) -> None:
    """The wrong predictions with the highest confidence, in descending order.

    Args:
        figure: to draw in.
        images: (N, H, W), any range of grays; or (N, H, W, 3), in colour.
        labels: (N,) true labels.
        probabilities: (N, classes) of the network.
        title: above all.
        names: of the classes, or None where a label is its own name.
    """
    predictions = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predictions != labels)
    chosen = wrong[np.argsort(-probabilities[wrong, predictions[wrong]], kind="stable")][:ERRORS]
    set_page(figure, COLUMNS * PITCH_X, PITCH_Y * max(1, _rows(chosen)), title)
    _predictions(_page_axes(figure), HEADER, images, labels, probabilities, chosen, names)
    if not len(chosen):
        write(figure, MARGIN, HEADER + 0.3, "None: every prediction is correct.", color=GRAY)


@styled
def draw_augmentation(
    figure: Figure, images: np.ndarray, augmentation: Augmentation, seed: int = 0, *, rows: int = 8
) -> None:
    """Some images, each at the head of a row of augmented variants.

    Args:
        figure: to draw in.
        images: (N, H, W) or (N, H, W, C), uint8, or floats in [0, 1].
        augmentation: its ranges.
        seed: of the choice and of the variants.
        rows: number of images, at most N.
    """
    rng = np.random.default_rng(seed)
    chosen = np.repeat(np.sort(rng.permutation(len(images))[:rows]), COLUMNS)
    shape = images.shape[1:]
    variants = np.empty((len(chosen), *shape[:2], *(shape[2:] or (1,))), np.float32)
    warps = augmentation.draw(len(chosen), shape, rng)
    augment(images, chosen, warps, variants)
    ranges = ", ".join(f"{name} {value:g}" for name, value in vars(augmentation).items() if value) or "none"
    gap, head = 0.2 * PITCH_X, 0.35
    set_page(figure, COLUMNS * PITCH_X + gap, head + len(chosen) // COLUMNS * PITCH_X, f"Augmentation: {ranges}")
    write(figure, MARGIN, HEADER + 0.1, "Image", color=BLUE, weight="bold")
    write(figure, MARGIN + gap + PITCH_X, HEADER + 0.1, "augmented", color=GRAY, weight="bold")
    axes = _page_axes(figure)
    for place, (index, variant) in enumerate(zip(chosen, variants, strict=True)):
        row, column = divmod(place, COLUMNS)
        top = HEADER + head + row * PITCH_X
        if column:
            _frame(axes, MARGIN + gap + column * PITCH_X, top, variant, GRAY, white=1)
        else:  # instead of the first variant
            _frame(axes, MARGIN, top, images[index], BLUE, white=255 if images.dtype == np.uint8 else 1)


@styled
def draw_rows(figure: Figure, rows: Mapping[str, np.ndarray], *, title: str) -> None:
    """Rows of images, each below its name.

    Args:
        figure: to draw in.
        rows: images (N, H, W) uint8 by name, N at most ``COLUMNS``.
        title: above all.
    """
    pitch = PITCH_X + 0.3
    set_page(figure, COLUMNS * PITCH_X, len(rows) * pitch, title)
    axes = _page_axes(figure)
    for row, (name, images) in enumerate(rows.items()):
        write(figure, MARGIN, HEADER + row * pitch + 0.1, name, color=INK, weight="bold")
        for column, image in enumerate(images):
            _frame(axes, MARGIN + column * PITCH_X, HEADER + row * pitch + 0.25, image, GRAY, white=255)


def _rows(items: np.ndarray) -> int:
    return -(-len(items) // COLUMNS)


def _page_axes(figure: Figure) -> Axes:
    """Axes over the whole figure, in inches from its upper left corner: one for all images, as axes are slow."""
    width, height = figure.get_size_inches()
    axes = axes_at(figure, 0, 0, width, height)
    axes.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    axes.axis("off")
    return axes


def _predictions(
    axes: Axes,
    top: float,
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    chosen: np.ndarray,
    names: Names,
) -> None:
    """The chosen images in rows, with prediction and confidence, and the true label of wrong ones."""

    def name(label: int) -> str:
        return str(label) if names is None else class_label(names[label])

    centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 10}
    for place, index in enumerate(chosen):
        x, y = MARGIN + PITCH_X * (place % COLUMNS), top + PITCH_Y * (place // COLUMNS)
        label, prediction = labels[index], probabilities[index].argmax()
        sign, colour, width = ("✓", BLUE, 1.0) if prediction == label else ("✗", VERMILLION, 3.0)
        _frame(axes, x, y, images[index], colour, linewidth=width)
        caption = f"{sign} {name(prediction)}  {_percent(probabilities[index, prediction])}"
        axes.text(x + SIDE / 2, y + SIDE + 0.14, caption, color=colour, weight="bold", **centred)
        if prediction != label:
            truth = f"true {name(label)}  {_percent(probabilities[index, label])}"
            axes.text(x + SIDE / 2, y + SIDE + 0.32, truth, color=INK, **centred)


def _frame(
    axes: Axes, left: float, top: float, image: np.ndarray, colour: str, *, linewidth: float = 1.0,
    white: float | None = None,
) -> None:  # fmt: skip
    """An image in a frame; ``white`` is the value of white, None for the image's own maximum."""
    extent = (left, left + SIDE, top + SIDE, top)
    axes.imshow(image, cmap="gray", interpolation="nearest", aspect="auto", extent=extent, vmin=white and 0, vmax=white)
    axes.add_patch(Rectangle((left, top), SIDE, SIDE, fill=False, edgecolor=colour, linewidth=linewidth))


def _percent(probability: float) -> str:
    """A probability in percent, not rounded up to certainty: 99.96 % is not 100.0 %."""
    percent = 100 * float(probability)
    return ">99.9 %" if 99.9 < percent < 100 else f"{percent:.1f} %"
