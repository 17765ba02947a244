"""A training in the terminal, drawn with rich: for computers without a display."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from apps.live.snapshot import Curves, Observation, Snapshot, status_text

#: Eighths of a character, from none to all.
EIGHTHS = " ▁▂▃▄▅▆▇█"

#: Size of a plot in characters.
WIDTH, HEIGHT = 44, 6

#: Misread images and filters that are shown, at most.
MISTAKES, FILTERS = 4, 16

#: A colour for each digit.
COLOURS = ["yellow", "bright_cyan", "green", "blue", "red", "magenta", "white", "bright_yellow", "bright_green", "cyan"]


class Dashboard:
    """Shows snapshots; the last one stays in the terminal.

    Args:
        what: the name of the watched images.
        console: where it is shown; None: standard output.
    """

    def __init__(self, what: str = "validation", console: Console | None = None) -> None:
        self._what = what
        self._live = Live(console=console, auto_refresh=False)
        self._live.start()

    def show(self, snapshot: Snapshot) -> None:
        """Draw a snapshot over the one before."""
        self._live.update(render(snapshot, self._what), refresh=True)

    def close(self) -> None:
        """Leave the last snapshot in the terminal."""
        self._live.stop()


def render(snapshot: Snapshot, what: str = "validation") -> RenderableType:
    """A snapshot: a line, the curves, and what the network makes of the watched images."""
    curves, observation = snapshot.curves, snapshot.observation
    parts: list[RenderableType] = [
        Panel(plot(curves.loss), title=f"Loss {_last(curves.loss, '.3f')}"),
        Panel(plot(_accuracy(curves), 1.0), title=f"{what.capitalize()} accuracy {_last(_accuracy(curves), '.1%')}"),
    ]
    small = [each for each in snapshot.filters[:FILTERS] if max(each.shape) <= 8]
    if small:
        largest = max(float(np.abs(snapshot.filters).max()), 1e-12)
        images = [picture(each / largest, signed=True) for each in small]
        parts.append(Panel(_grid(images, 8), title="Filters"))
    if observation is not None:
        parts.append(Panel(_confusion(observation.confusion), title="Confusion: label by answer"))
        parts.append(Panel(_embedding(observation), title=f"Embedding of {len(observation.points)} images"))
        total = int(observation.confusion.sum())
        title = f"{observation.errors} of {total:,} {what} images misread"
        parts.append(Panel(_mistakes(observation), title=title))
    return Group(Text(status_text(snapshot), style="bold"), Columns(parts))


def plot(values: np.ndarray, highest: float | None = None) -> Text:
    """A curve as a chart of ``HEIGHT`` lines, from 0 to ``highest``; None: to the largest value."""
    finite = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    chosen = finite[np.linspace(0, len(finite) - 1, WIDTH if len(finite) else 0).round().astype(int)]
    top = highest or max(float(finite.max(initial=0.0)), 1e-9)
    eighths = np.rint((chosen / top).clip(0, 1) * 8 * HEIGHT).astype(int)
    lines = [
        "".join(EIGHTHS[min(max(level - 8 * row, 0), 8)] for level in eighths).ljust(WIDTH)
        for row in reversed(range(HEIGHT))
    ]
    return Text("\n".join(lines), style="cyan")


def picture(values: np.ndarray, *, signed: bool = False) -> Text:
    """(H, W) in [0, 1], or [-1, 1] if ``signed``, two pixels a character: one above the other."""
    values = np.nan_to_num(values).clip(-1, 1)
    values = np.concatenate([values, np.zeros((len(values) % 2, values.shape[1]))])
    text = Text()
    for number in range(0, len(values), 2):
        for upper, lower in zip(values[number], values[number + 1], strict=True):
            text.append("▀", style=f"{_colour(upper, signed)} on {_colour(lower, signed)}")
        text.append("\n")
    text.right_crop(1)
    return text


def _colour(value: float, signed: bool) -> str:
    level = round(255 * abs(float(value)))
    if not signed:
        return f"rgb({level},{level},{level})"
    return f"rgb({level // 3},{2 * level // 3},{level})" if value > 0 else f"rgb({level},{level // 2},0)"


def _accuracy(curves: Curves) -> np.ndarray:
    """That on the watched images; until there is one, that of the batches."""
    return curves.held_out[:, 1] if len(curves.held_out) else curves.accuracy


def _last(values: np.ndarray, form: str) -> str:
    return format(float(values[-1]), form) if len(values) else "–"


def _grid(items: Sequence[RenderableType], across: int) -> Table:
    table = Table.grid(padding=(0, 1))
    for start in range(0, len(items), across):
        table.add_row(*items[start : start + across])
    return table


def _confusion(confusion: np.ndarray) -> Table:
    """The counts; the misread images are emphasized."""
    table = Table.grid(*(Column(justify="right", min_width=3) for _ in range(len(confusion) + 1)))
    names = [Text(str(number), style="dim") for number in range(len(confusion))]
    table.add_row("", *names)
    for label, row in enumerate(confusion.tolist()):
        cells = [Text(str(count), style="bold red") if count else Text("·", style="dim") for count in row]
        cells[label] = Text(str(row[label]), style="green")
        table.add_row(names[label], *cells)
    return table


def _embedding(observation: Observation) -> Text:
    """The plane as characters: in each, the digit of its last point."""
    high, wide = 12, 28
    places = np.rint((observation.points + 1) / 2 * (wide - 1, high - 1)).astype(int)
    found = dict(zip(map(tuple, places.tolist()), observation.point_labels.tolist(), strict=True))
    text = Text()
    for row in range(high):
        for column in range(wide):
            digit = found.get((column, row))
            text.append(" " if digit is None else str(digit)[-1], style=COLOURS[(digit or 0) % len(COLOURS)])
        text.append("\n" if row < high - 1 else "")
    return text


def _mistakes(observation: Observation) -> RenderableType:
    """Misread images at half their size, with label and answer."""
    items: list[RenderableType] = []
    for image, label, answer in zip(observation.mistakes, observation.labels, observation.answers, strict=True):
        high, wide = (side // 2 * 2 for side in image.shape)
        half = image[:high, :wide].reshape(high // 2, 2, wide // 2, 2).mean(axis=(1, 3)) / 255
        items.append(Group(picture(half), Text(f"{label} not {answer}")))
    return _grid(items[:MISTAKES], MISTAKES)
