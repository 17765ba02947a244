"""Figures, drawn with matplotlib: one module for each kind. Slow to import, as matplotlib is: import it late.

Each ``draw_...`` function draws into the figure it is given: `save` makes one for a file, `window` one on screen.
"""

import os

from nn.errors import ConfigurationError

try:
    import matplotlib as mpl  # noqa: F401
except ValueError:
    name = os.environ.get("MPLBACKEND")
    raise ConfigurationError(f"MPLBACKEND: expected a backend of matplotlib, got {name!r}") from None

# isort: split
from apps.cli.plots.comparison import draw_comparison
from apps.cli.plots.confusion import draw_confusion
from apps.cli.plots.curves import draw_curves
from apps.cli.plots.drawings import draw_drawings
from apps.cli.plots.figure import save, show
from apps.cli.plots.images import draw_augmentation, draw_errors, draw_rows, draw_samples
from apps.cli.plots.sweep import draw_sweep

__all__ = [
    "draw_augmentation",
    "draw_comparison",
    "draw_confusion",
    "draw_curves",
    "draw_drawings",
    "draw_errors",
    "draw_rows",
    "draw_samples",
    "draw_sweep",
    "save",
    "show",
]
