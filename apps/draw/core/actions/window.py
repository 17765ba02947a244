"""The window: open panels, switch the theme, show help, quit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from apps.draw.core.actions.editing import keep_network_data
from apps.draw.core.panels import Panel
from apps.draw.core.state import Action, Replay, State


def _toggle_panel(state: State, panel: Panel) -> State:
    after = None if state.panel is panel else panel
    return replace(keep_network_data(state), panel=after, focus=None, replay=Replay(), unit=None)


def _back(state: State) -> State:
    """Close the topmost open element; the window itself if nothing is open."""
    if state.prompt is not None:
        return replace(state, prompt=None)
    if state.help:
        return replace(state, help=False)
    if state.focus is not None:
        return replace(state, focus=None)
    if state.unit is not None:
        return replace(state, unit=None)
    if state.panel is not None:
        return _toggle_panel(state, state.panel)
    return replace(state, running=False)


TOGGLE_PANEL = {
    panel: Action(
        panel.value.label, partial(_toggle_panel, panel=panel), (panel.value.key,), tip=panel.value.tip,
        group="Panels", tab_stop="panels",
    )
    for panel in Panel
}  # fmt: skip
THEME = Action(
    "Dark or light theme", lambda state: replace(state, theme="light" if state.theme == "dark" else "dark"), ("D",),
    "Theme", "The other theme", group="Window",
)  # fmt: skip
HELP = Action(
    "Help: all keys", lambda state: replace(state, help=not state.help, tip=False), ("?", "F1", "H"), "Help",
    "All keys on one page (also F1)", group="Window",
)  # fmt: skip
BACK = Action("Close what is open; quit", _back, ("Esc",), group="Window")
QUIT = Action("Quit", lambda state: replace(state, running=False), ("Ctrl+Q", "Ctrl+W"), group="Window")
