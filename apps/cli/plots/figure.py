"""Common parts of all figures: style, files, windows, and a layout in inches from the upper left corner.

Correct and wrong are told apart by a sign and a word, not by colour alone. The colours are those of Okabe and Ito,
"Color Universal Design" (2008), which people with any colour vision can tell apart.
"""

import functools
import io
import os
import warnings
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from nn.atomic import atomic_write
from nn.text import printable

P = ParamSpec("P")

ORANGE, GREEN, BLUE, VERMILLION = "#E69F00", "#009E73", "#0072B2", "#D55E00"
INK, GRAY, PALE = "#1A1A1A", "#5F6368", "#E8EAED"

# Inches.
MARGIN, HEADER = 0.3, 0.8
TITLE_CHARACTER = 0.14  # mean width

MAX_NAME = 12  # letters of the name of a class

STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same figure everywhere
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


def styled(draw: Callable[Concatenate[Figure, P], None]) -> Callable[Concatenate[Figure, P], None]:
    """Decorate a function that draws into a figure, to draw in ``STYLE``."""

    @functools.wraps(draw)
    def in_style(figure: Figure, /, *args: P.args, **kwargs: P.kwargs) -> None:
        with mpl.rc_context(STYLE):
            draw(figure, *args, **kwargs)

    return in_style


def _layout() -> ConstrainedLayoutEngine:
    return ConstrainedLayoutEngine(w_pad=0.2, h_pad=0.15, wspace=0.03)


def new_figure() -> Figure:
    """An empty figure that belongs to no window and to no global state."""
    figure = Figure(layout=_layout(), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def save(
    path: str | os.PathLike[str], draw: Callable[Concatenate[Figure, P], None], *args: P.args, **kwargs: P.kwargs
) -> None:
    """Draw a figure with ``draw(figure, ...)`` and write it as PNG, whole or not at all. Equal figures, equal bytes.

    Raises:
        OSError: ``path`` can't be written.
    """
    figure, encoded = new_figure(), io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)  # in the name of a class
        draw(figure, *args, **kwargs)
        figure.savefig(encoded, format="png", dpi=150, metadata={"Software": None})  # no version, no date
    with atomic_write(path) as file:
        file.write(encoded.getvalue())


def window(title: str) -> Figure | None:
    """A figure in its own window, or None without a display."""
    from matplotlib import pyplot

    figure = pyplot.figure(layout=_layout(), facecolor="white")
    manager = figure.canvas.manager
    # Without a display, pyplot silently falls back to a canvas that only writes files.
    if manager is None or getattr(figure.canvas, "required_interactive_framework", None) is None:
        pyplot.close(figure)
        return None
    manager.set_window_title(title)
    return figure


def show(title: str, draw: Callable[[Figure], None]) -> bool:
    """Draw a figure in a window and wait until it is closed. False without a display."""
    from matplotlib import pyplot

    if (figure := window(title)) is None:
        return False
    draw(figure)
    pyplot.show()
    return True


def literal(text: str) -> str:
    """Text that may hold the name of a file, as matplotlib draws it unchanged: ``$`` would begin a formula."""
    return printable(text).replace("$", r"\$")


def set_title(figure: Figure, width: float, height: float, title: str) -> None:
    """The size in inches and the title of a figure of plots, which matplotlib lays out."""
    figure.set_size_inches(width, height)
    figure.suptitle(literal(title), x=MARGIN / width, ha="left", fontsize=15, weight="bold")


def set_page(figure: Figure, width: float, height: float, title: str) -> None:
    """The size in inches of the contents of a figure that is laid out by hand, and its title above them."""
    figure.set_layout_engine("none")
    width = max(width, TITLE_CHARACTER * len(title))
    figure.set_size_inches(width + 2 * MARGIN, HEADER + height + 0.5 * MARGIN)
    write(figure, MARGIN, MARGIN + 0.1, title, fontsize=15, weight="bold")


def axes_at(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place in inches."""
    full_width, full_height = figure.get_size_inches()
    bottom = full_height - top - height
    return figure.add_axes((left / full_width, bottom / full_height, width / full_width, height / full_height))


def class_label(name: str) -> str:
    """The name of a class as figures have room for."""
    return literal(name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…")


def write(figure: Figure, left: float, middle: float, text: str, **style: Any) -> None:
    """Text at a place in inches."""
    width, height = figure.get_size_inches()
    figure.text(left / width, 1 - middle / height, literal(text), va="center", **style)
