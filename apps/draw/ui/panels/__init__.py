"""How the panels look: one class in one file each, found by the panel's name in ``apps.draw.core.panels``."""

from __future__ import annotations

import functools
import importlib

from apps.draw.core.state import State
from apps.draw.ui.panels.panel import PanelView


@functools.cache
def _view(module: str, name: str) -> type[PanelView]:
    view: type[PanelView] = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    return view


def view_of(state: State) -> type[PanelView]:
    """The class that draws the open panel: ``TRY_ME`` is drawn by ``TryMe`` in ``try_me.py``.

    Inside, a single unit is drawn by ``UnitView`` in ``unit.py``.
    """
    assert state.panel is not None
    if state.unit is not None:
        return _view("unit", "UnitView")
    name = state.panel.name
    return _view(name.lower(), name.title().replace("_", ""))
