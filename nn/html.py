"""HTML and SVG for the ``_repr_html_`` of objects in notebooks. Every text is escaped."""

import base64
import html
import io
from collections.abc import Mapping, Sequence

import numpy as np

#: The colours of curves in order: the colour-blind safe palette of Okabe and Ito, 2008.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")

WIDTH, HEIGHT, MARGIN = 260, 120, 26


def table(rows: Sequence[Sequence[object]]) -> str:
    """A table; the first row is the header.

    >>> table([["layer", "shape"], ["<1>", (3,)]])
    '<table><tr><th>layer</th><th>shape</th></tr><tr><td>&lt;1&gt;</td><td>(3,)</td></tr></table>'
    """
    body = ""
    for number, row in enumerate(rows):
        tag = "td" if number else "th"
        body += f"<tr>{''.join(f'<{tag}>{text(cell)}</{tag}>' for cell in row)}</tr>"
    return f"<table>{body}</table>"


def text(value: object) -> str:
    """A value as escaped text."""
    return html.escape(str(value))


def curves(title: str, series: Mapping[str, Sequence[float]]) -> str:
    """An SVG chart with a curve by epoch for each name; values that are not finite are omitted."""
    finite = [value for values in series.values() for value in values if np.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    longest = max(map(len, series.values()), default=0)
    parts = [
        f'<text x="{MARGIN}" y="14">{text(title)}</text>',
        f'<text x="2" y="{MARGIN + 4}">{high:.3g}</text><text x="2" y="{HEIGHT - MARGIN}">{low:.3g}</text>',
    ]
    for number, (name, values) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = []
        for epoch, value in enumerate(values):
            if np.isfinite(value):
                x = MARGIN + 16 + (WIDTH - MARGIN - 26) * epoch / max(1, longest - 1)
                y = MARGIN + (HEIGHT - 2 * MARGIN) * ((high - value) / (high - low) if high > low else 0.5)
                points.append(f"{x:.1f},{y:.1f}")
        line = " ".join(points if len(points) != 1 else 2 * points)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" stroke-linecap="round"/>'
        )
        parts.append(f'<text x="{MARGIN + 90 * number}" y="{HEIGHT - 6}" fill="{colour}">{text(name)}</text>')
    return _svg(WIDTH, HEIGHT, "".join(parts))


def bars(labels: Sequence[object], values: Sequence[float]) -> str:
    """An SVG chart of a bar for each label; values in [0, 1]."""
    parts = []
    for number, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = 12 * number
        parts.append(f'<text x="2" y="{y + 10}">{text(label)}</text>')
        parts.append(f'<rect x="16" y="{y + 2}" width="{90 * float(value):.1f}" height="9" fill="{COLOURS[0]}"/>')
        parts.append(f'<text x="{20 + 90 * float(value):.1f}" y="{y + 10}">{float(value):.1%}</text>')
    return _svg(170, 12 * len(values) + 2, "".join(parts))


def picture(image: np.ndarray, side: int = 112) -> str:
    """An image (H, W) with values in [0, 1], ``side`` pixels high."""
    from PIL import Image  # only where a notebook shows a picture

    file = io.BytesIO()
    Image.fromarray(np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)).save(file, "png")
    data = base64.b64encode(file.getvalue()).decode()
    style = f"height: {side}px; image-rendering: pixelated"  # JupyterLab overrules the attribute height
    return f'<img src="data:image/png;base64,{data}" style="{style}">'


def row(*parts: str) -> str:
    """Parts side by side."""
    cells = "".join(f'<div style="margin-right: 1em">{part}</div>' for part in parts)
    return f'<div style="display: flex; align-items: flex-start">{cells}</div>'


def _svg(width: int, height: int, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="10" fill="currentColor">{body}</svg>'
    )
