"""How the panels look: one class in one file each, found by the panel's name in ``apps.draw.core.panels``."""

from __future__ import annotations

import functools
import importlib

from apps.draw.core.panels import Panel
from apps.draw.ui.panels.panel import PanelView


@functools.cache
def view_of(panel: Panel) -> type[PanelView]:
    """The class that draws a panel: ``TRY_ME`` is drawn by ``TryMe`` in ``try_me.py``."""
    module = importlib.import_module(f"{__name__}.{panel.name.lower()}")
    view: type[PanelView] = getattr(module, panel.name.title().replace("_", ""))
    return view
