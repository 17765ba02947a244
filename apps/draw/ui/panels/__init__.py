"""The panels: each has its controls and its parts."""

from __future__ import annotations

from typing import Protocol

from apps.draw.core.messages import Panel
from apps.draw.core.state import State
from apps.draw.ui.control import Control
from apps.draw.ui.draw_context import DrawContext, Part
from apps.draw.ui.layout import Layout
from apps.draw.ui.panels import files, inside, models, replay, teach, trial


class PanelModule(Protocol):
    """What each module of this package offers."""

    def controls(self, state: State, layout: Layout, ctx: DrawContext) -> list[Control]:
        """What can be clicked in it."""

    def parts(self, layout: Layout, ctx: DrawContext) -> list[Part]:
        """What it shows, from the card up."""


_MODULES: dict[Panel, PanelModule] = {
    Panel.INSIDE: inside,
    Panel.MODELS: models,
    Panel.REPLAY: replay,
    Panel.TRY: trial,
    Panel.TEACH: teach,
    Panel.FILES: files,
}


def of(panel: Panel) -> PanelModule:
    """The module of a panel."""
    return _MODULES[panel]
