"""The pictures: learning curves, samples with what was read, mistakes, the confusion matrix, augmented images.

Each function draws into the figure it is given, a file's (`figure`) or a window's (`window`). What is right
and what is wrong is told by a sign and a word, never by colour alone; the colours are Okabe and Ito's, which
people with any colour vision can tell apart. Slow to import, as matplotlib is: import it late.
"""

import functools
import io
import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Concatenate, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from nn.atomic import atomic_write
from nn.data.augment import Augmentation
from nn.digits import strokes as ink
from nn.ops.warp import warp

# Okabe & Ito, "Color Universal Design" (2008).
ORANGE, GREEN, BLUE, VERMILLION = "#E69F00", "#009E73", "#0072B2", "#D55E00"
INK, GRAY, PALE = "#1A1A1A", "#5F6368", "#E8EAED"
MISTAKES = LinearSegmentedColormap.from_list("mistakes", ["#FBFBFC", "#F7C9A8", VERMILLION, "#8A3D00"])

RIGHT, WRONG = "✓", "✗"

# Inches.
MARGIN, HEADER = 0.3, 0.8
TITLE_CHARACTER = 0.14  # the mean width of one
TILE, TILE_PITCH = 1.06, (1.16, 1.6)
COLUMNS = 10
ROW_NAME, DRAWING_PITCH = 2.3, 0.6
DRAWING = 0.75  # the longer side, as a share of the pitch
PEN = 1.8  # points

STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture everywhere
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": GRAY,
    "axes.edgecolor": "#B0B4BA",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": PALE,
    "xtick.color": GRAY,
    "ytick.color": GRAY,
    "legend.frameon": False,
    "lines.linewidth": 2.2,
    "lines.markersize": 6,
}

P = ParamSpec("P")


def _styled(draw: Callable[Concatenate[Figure, P], None]) -> Callable[Concatenate[Figure, P], None]:
    @functools.wraps(draw)
    def styled(figure: Figure, /, *args: P.args, **kwargs: P.kwargs) -> None:
        with mpl.rc_context(STYLE):
            draw(figure, *args, **kwargs)

    return styled


def figure() -> Figure:
    """An empty figure that belongs to no window and to no global state."""
    empty = Figure(layout=_spacious(), facecolor="white")
    FigureCanvasAgg(empty)
    return empty


def _spacious() -> ConstrainedLayoutEngine:
    return ConstrainedLayoutEngine(w_pad=0.2, h_pad=0.15, wspace=0.03)


def save(picture: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure as PNG, whole or not at all.

    Raises:
        OSError: ``path`` can't be written.
    """
    # The bytes depend on what is drawn and on nothing else: no version, no date.
    encoded = io.BytesIO()
    picture.savefig(encoded, format="png", dpi=150, metadata={"Software": None})
    with atomic_write(path) as file:
        file.write(encoded.getvalue())


def window(title: str) -> Figure | None:
    """A figure in a window of its own, or None where there is no display to show it on."""
    from matplotlib import pyplot

    shown = pyplot.figure(layout=_spacious(), facecolor="white")
    manager = shown.canvas.manager
    # On a machine without display pyplot silently falls back to a canvas that only writes files.
    if manager is None or getattr(shown.canvas, "required_interactive_framework", None) is None:
        pyplot.close(shown)
        return None
    manager.set_window_title(title)
    return shown


def show() -> None:
    """Show the windows and wait until they are closed."""
    from matplotlib import pyplot

    pyplot.show()


@_styled
def draw_curves(
    picture: Figure, history: Sequence[dict[str, Any]], *, title: str, test_accuracy: float | None = None
) -> None:
    """Loss and accuracy, epoch by epoch.

    Args:
        picture: what to draw in.
        history: an entry an epoch: ``epoch``, ``train_loss``, ``train_accuracy`` and, where there is one,
            ``validation_accuracy`` (fractions, not percents).
        title: above both.
        test_accuracy: of the finished network.
    """
    picture.set_size_inches(10, 4.2)
    picture.suptitle(title, x=MARGIN / 10, ha="left", fontsize=15, weight="bold")
    epochs = [entry["epoch"] for entry in history]
    loss, accuracy = picture.subplots(1, 2)

    loss.set_title("Training loss")
    loss.plot(epochs, [entry["train_loss"] for entry in history], "o-", color=BLUE)
    loss.set_ylim(bottom=0)

    accuracy.set_title("Accuracy, %")
    for name, colour, mark in (("train", BLUE, "o-"), ("validation", ORANGE, "s-")):
        values = [100 * entry[f"{name}_accuracy"] for entry in history if _has(entry, f"{name}_accuracy")]
        if values:
            label = "training" if name == "train" else name
            accuracy.plot(epochs[-len(values) :], values, mark, color=colour, label=f"{label} {values[-1]:.2f}")
    if test_accuracy is not None:
        percent = 100 * test_accuracy
        accuracy.axhline(percent, color=GREEN, linestyle=(0, (5, 2)), label=f"test, at the end {percent:.2f}")
    accuracy.legend(loc="lower right")

    for axes in (loss, accuracy):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.margins(x=0.04)


def _has(entry: dict[str, Any], key: str) -> bool:
    return entry.get(key) is not None


@_styled
def draw_samples(
    picture: Figure,
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    *,
    title: str,
    seed: int = 0,
) -> None:
    """Some images that are read right, and some read wrong, each with the answer and how sure it was.

    Args:
        picture: what to draw in.
        images: (N, H, W), any range of grays.
        labels: (N,), what each is.
        probabilities: (N, classes), what the network says.
        title: above all.
        seed: of the choice.
    """
    answers = probabilities.argmax(axis=1)
    rng = np.random.default_rng(seed)
    sections = [
        (f"{sign} {name}", colour, np.sort(rng.permutation(candidates)[:20]), len(candidates))
        for sign, name, colour, candidates in (
            (RIGHT, "Right", BLUE, np.flatnonzero(answers == labels)),
            (WRONG, "Wrong", VERMILLION, np.flatnonzero(answers != labels)),
        )
        if len(candidates)
    ]
    heights = [0.45 + TILE_PITCH[1] * _rows(chosen) for *_, chosen, _ in sections]
    _sheet(picture, COLUMNS * TILE_PITCH[0], sum(heights), title)
    tiles = _axes_in_inches(picture)
    top = HEADER
    for (name, colour, chosen, total), height in zip(sections, heights, strict=True):
        _write(picture, MARGIN, top + 0.12, f"{name}: {len(chosen)} of {total:,}", color=colour, weight="bold")
        for index, corner in zip(chosen, _grid(top + 0.45), strict=False):
            answer, label = answers[index], labels[index]
            truth = None if answer == label else f"it is {label}"
            _tile(tiles, *corner, images[index], said=(answer, probabilities[index, answer]), truth=truth)
        top += height


@_styled
def draw_errors(
    picture: Figure, images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, *, title: str
) -> None:
    """The mistakes that the network was surest of, the surest first.

    Args:
        picture: what to draw in.
        images: (N, H, W), any range of grays.
        labels: (N,), what each is.
        probabilities: (N, classes), what the network says.
        title: above all.
    """
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    surest = wrong[np.argsort(-probabilities[wrong, answers[wrong]], kind="stable")][:40]
    _sheet(picture, COLUMNS * TILE_PITCH[0], TILE_PITCH[1] * max(1, _rows(surest)), title)
    tiles = _axes_in_inches(picture)
    if not len(surest):
        _write(picture, MARGIN, HEADER + 0.3, "None: every image is read right.", color=GRAY)
    for index, corner in zip(surest, _grid(HEADER), strict=False):
        answer, label = answers[index], labels[index]
        truth = f"it is {label}  {_percent(probabilities[index, label])}"
        _tile(tiles, *corner, images[index], said=(answer, probabilities[index, answer]), truth=truth)


@_styled
def draw_confusion(picture: Figure, confusion: np.ndarray, *, title: str, names: Sequence[str]) -> None:
    """How often each class is read as each: what is right stays gray, so that the mistakes stand out.

    Args:
        picture: what to draw in.
        confusion: (classes, answers) counts, rows what it is, columns what was read.
        title: above the matrix.
        names: of the answers, the columns; the first of them name the rows.
    """
    rows, columns = confusion.shape
    cell = 0.62
    _sheet(picture, cell * (columns + 2.6), cell * (rows + 1.2), title)
    axes = _axes_at(picture, MARGIN + cell, HEADER + cell, cell * columns, cell * rows)
    right = np.eye(rows, columns, dtype=bool)
    mistakes = np.where(right, 0, confusion)
    top = max(1, int(mistakes.max(initial=0)))
    axes.imshow(np.where(right, np.nan, mistakes), cmap=MISTAKES, vmin=0, vmax=top, aspect="auto")
    for (row, column), value in np.ndenumerate(confusion):
        if value:
            light_text = not right[row, column] and value > 0.65 * top
            axes.text(
                column,
                row,
                f"{value}",
                ha="center",
                va="center",
                weight="bold" if right[row, column] else "normal",
                color="white" if light_text else INK,
            )
    for row, total in enumerate(confusion.sum(axis=1)):
        share = f"{100 * confusion[row, row] / total:.1f} %" if total else "no image"
        axes.text(columns - 0.3, row, share, va="center", color=GRAY)
    axes.text(columns - 0.3, -0.85, "right", va="center", color=GRAY)
    axes.text(-0.5, -1.35, "read as", va="center", color=GRAY)
    axes.text(-0.7, -0.85, "it is", va="center", ha="right", color=GRAY)
    for place, name in enumerate(names):
        axes.text(place, -0.85, name, ha="center", va="center", fontsize=13)
        if place < rows:
            axes.text(-0.7, place, name, ha="right", va="center", fontsize=13)
    axes.set(xticks=[], yticks=[])
    axes.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    axes.grid(visible=False)
    axes.grid(which="minor", axis="both", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.set_facecolor(PALE)
    axes.spines[:].set_visible(False)


@_styled
def draw_augmentation(
    picture: Figure, images: np.ndarray, augmentation: Augmentation, seed: int = 0, *, rows: int = 8
) -> None:
    """Some images, each at the head of a row of what training would make of it.

    Args:
        picture: what to draw in.
        images: (N, H, W) or (N, H, W, C), uint8, or floats in [0, 1].
        augmentation: how they are varied.
        seed: of the choice and of the variation.
        rows: how many images, at most N.
    """
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(images))[:rows])
    shown = np.repeat(chosen, COLUMNS)
    shape = images.shape[1:]
    variants = np.empty((len(shown), *shape[:2], *(shape[2:] or (1,))), np.float32)
    warps = augmentation.draw(len(shown), shape, rng)
    warp(images, shown, warps.matrices, warps.grids, warps.thickness, variants)
    ranges = ", ".join(f"{name} {value:g}" for name, value in vars(augmentation).items() if value) or "none"
    pitch = TILE_PITCH[0]
    gap, head = 0.2 * pitch, 0.35
    _sheet(picture, COLUMNS * pitch + gap, head + len(chosen) * pitch, f"Augmentation: {ranges}")
    _write(picture, MARGIN, HEADER + 0.1, "Image", color=BLUE, weight="bold")
    _write(picture, MARGIN + gap + pitch, HEADER + 0.1, "as training might see it", color=GRAY, weight="bold")
    tiles = _axes_in_inches(picture)
    for place, (index, variant) in enumerate(zip(shown, variants, strict=True)):
        row, column = divmod(place, COLUMNS)
        top = HEADER + head + row * pitch
        if column:
            _framed(tiles, MARGIN + gap + column * pitch, top, variant, GRAY, white=1)
        else:  # in place of the first variant
            white = 255 if images.dtype == np.uint8 else 1
            _framed(tiles, MARGIN, top, images[index], BLUE, white=white)


@_styled
def draw_sweep(picture: Figure, steps: Sequence[dict[str, Any]], *, title: str) -> None:
    """Accuracy against what was changed, a plot for each factor.

    Args:
        picture: what to draw in.
        steps: in order, each with its ``factor``, ``value`` and ``accuracy`` (a fraction).
        title: above all.
    """
    factors = list(dict.fromkeys(step["factor"] for step in steps))
    columns = min(4, len(factors))
    rows = -(-len(factors) // columns)
    picture.set_size_inches(3.6 * columns, 2.9 * rows + 0.5)
    picture.suptitle(title, x=MARGIN / (3.6 * columns), ha="left", fontsize=15, weight="bold")
    lowest = min(step["accuracy"] for step in steps)
    for number, factor in enumerate(factors):
        axes = picture.add_subplot(rows, columns, number + 1)
        own = [step for step in steps if step["factor"] == factor]
        axes.plot([step["value"] for step in own], [100 * step["accuracy"] for step in own], "o-", color=BLUE)
        axes.set_ylim(min(95.0, 100 * lowest - 1), 100.2)
        axes.set_xlabel(factor)
        if number % columns == 0:
            axes.set_ylabel("accuracy, %")


@_styled
def draw_drawings(picture: Figure, rows: Sequence[tuple[str, Sequence[Sequence[np.ndarray]]]], *, title: str) -> None:
    """Drawings as the pen drew them, in rows with names.

    Args:
        picture: what to draw in.
        rows: of each, its name and its drawings: lists of strokes (n, 2), x right and y down, of any size.
        title: above all.
    """
    columns = max(len(drawings) for _, drawings in rows)
    width, height = DRAWING_PITCH * columns, DRAWING_PITCH * len(rows)
    _sheet(picture, ROW_NAME + width, height, title)
    axes = _axes_at(picture, MARGIN + ROW_NAME, HEADER, width, height)
    axes.set(xlim=(0, columns), ylim=(len(rows), 0))
    axes.axis("off")
    for row, (name, drawings) in enumerate(rows):
        _write(picture, MARGIN, HEADER + DRAWING_PITCH * (row + 0.5), name, color=GRAY)
        for column, drawing in enumerate(drawings):
            placed = ink.place(drawing, DRAWING, (0.0, 0.0))
            shift = (column + 0.5, row + 0.5) - np.mean(ink.bounds(placed), axis=0)
            for stroke in placed:
                x, y = (stroke + shift).T
                dot = "o" if len(x) == 1 else None  # a line of one point would not be seen
                axes.plot(x, y, color=INK, lw=PEN, marker=dot, markersize=PEN, solid_capstyle="round")


class LiveCurves:
    """Loss and accuracy in a window, while the training runs. Closing the window only closes the window.

    Args:
        title: of the window.
        epochs: how many there will be.
    """

    SECONDS_BETWEEN_DRAWS = 0.5

    def __init__(self, title: str, epochs: int) -> None:
        self._figure = window(title)
        self._points: list[tuple[float, float, float]] = []
        self._next_draw = 0.0
        if self._figure is None:
            return
        from matplotlib import pyplot

        with mpl.rc_context(STYLE):
            self._figure.set_size_inches(10, 4.2)
            self._axes = self._figure.subplots(1, 2)
            self._lines = [axes.plot([], [], color=BLUE)[0] for axes in self._axes]
            for axes, name in zip(self._axes, ("Training loss", "Training accuracy, %"), strict=True):
                axes.set_title(name)
                axes.set_xlabel("epoch")
                axes.set_xlim(0, epochs)
        pyplot.show(block=False)

    @property
    def available(self) -> bool:
        """Whether there is a display, and the window is open; if not, `step` does nothing."""
        return self._figure is not None

    def step(self, epoch: float, loss: float, accuracy: float) -> None:
        """Take the running figures of a step, ``epoch`` counted with its fraction; redraw now and then."""
        if self._figure is None:
            return
        self._points.append((epoch, loss, 100 * accuracy))
        now = time.monotonic()
        if now < self._next_draw:
            return
        from matplotlib import pyplot

        if not pyplot.fignum_exists(self._figure.number):
            self._figure = None
            return
        self._next_draw = now + self.SECONDS_BETWEEN_DRAWS
        epochs, *values = zip(*self._points, strict=True)
        for axes, line, series in zip(self._axes, self._lines, values, strict=True):
            line.set_data(epochs, series)
            axes.relim()
            axes.autoscale_view(scalex=False)
        self._figure.canvas.draw_idle()
        self._figure.canvas.flush_events()


def _rows(items: np.ndarray) -> int:
    return -(-len(items) // COLUMNS)


def _grid(top: float) -> Iterator[tuple[float, float]]:
    """The upper left corners of one tile after the other, in rows from ``top`` downwards; inches, without end."""
    for place in itertools.count():
        yield MARGIN + TILE_PITCH[0] * (place % COLUMNS), top + TILE_PITCH[1] * (place // COLUMNS)


def _sheet(picture: Figure, width: float, height: float, title: str) -> None:
    """Make room for contents of this size, in inches, and for the title above them."""
    picture.set_layout_engine("none")
    width = max(width, TITLE_CHARACTER * len(title))
    picture.set_size_inches(width + 2 * MARGIN, HEADER + height + 0.5 * MARGIN)
    _write(picture, MARGIN, MARGIN + 0.1, title, fontsize=15, weight="bold")


def _axes_at(picture: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place in inches, counted from the upper left corner."""
    full_width, full_height = picture.get_size_inches()
    bottom = full_height - top - height
    return picture.add_axes((left / full_width, bottom / full_height, width / full_width, height / full_height))


def _axes_in_inches(picture: Figure) -> Axes:
    """Axes over the whole picture, in inches from its upper left corner: for many images, as axes are slow to draw."""
    axes = picture.add_axes((0, 0, 1, 1))
    width, height = picture.get_size_inches()
    axes.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    axes.axis("off")
    return axes


def _write(picture: Figure, left: float, middle: float, text: str, **style: Any) -> None:
    """Text at a place in inches, counted from the upper left corner."""
    width, height = picture.get_size_inches()
    picture.text(left / width, 1 - middle / height, text, va="center", **style)


def _framed(
    axes: Axes,
    left: float,
    top: float,
    image: np.ndarray,
    colour: str,
    *,
    linewidth: float = 1.0,
    white: float | None = None,
) -> None:
    """An image in a frame; ``white`` is its brightest gray, or else the brightest there is."""
    place = (left, left + TILE, top + TILE, top)
    axes.imshow(image, cmap="gray", interpolation="nearest", aspect="auto", extent=place, vmin=white and 0, vmax=white)
    axes.add_patch(Rectangle((left, top), TILE, TILE, fill=False, edgecolor=colour, linewidth=linewidth))


def _tile(
    axes: Axes, left: float, top: float, image: np.ndarray, *, said: tuple[int, float], truth: str | None
) -> None:
    """An image with what was said of it, and, where that was wrong, what it is."""
    colour, sign = (BLUE, RIGHT) if truth is None else (VERMILLION, WRONG)
    _framed(axes, left, top, image, colour, linewidth=1.0 if truth is None else 3.0)
    middle = left + TILE / 2
    answer, probability = said
    caption = f"{sign} {answer}  {_percent(probability)}"
    centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 10}
    axes.text(middle, top + TILE + 0.14, caption, color=colour, weight="bold", **centred)
    if truth is not None:
        axes.text(middle, top + TILE + 0.32, truth, color=INK, **centred)


def _percent(probability: float) -> str:
    """A probability in percent that never claims more certainty than there is: 99.96 % is not 100.0 %."""
    percent = 100 * float(probability)
    return ">99.9 %" if 99.9 < percent < 100 else f"{percent:.1f} %"
