"""Closing, the theme and quitting."""

from apps.draw.core import actions
from apps.draw.core.messages import (
    Focus,
)
from apps.draw.core.panels import Panel
from apps.draw.core.state import Perform
from tests.apps.draw.core.play import DOT, play


def test_escape_closes_what_is_open_before_the_window():
    state, _ = play(
        Perform(actions.TOGGLE_PANEL[Panel.INSIDE]),
        Focus(Perform(actions.UNDO)),
        Perform(actions.HELP),
        Perform(actions.SAVE),
    )
    assert state.prompt is None  # there is nothing to save
    state, _ = play(*DOT, Perform(actions.SAVE), state=state)
    open_things = []
    while state.running:
        open_things.append((state.prompt is not None, state.help, state.panel is not None))
        state, _ = play(Perform(actions.BACK), state=state)
    assert open_things == [(True, True, True), (False, True, True), (False, False, True), (False, False, False)]


def test_the_theme_and_quitting():
    state, _ = play(Perform(actions.THEME))
    assert state.theme == "light"
    assert play(Perform(actions.THEME), state=state)[0].theme == "dark"
    assert not play(Perform(actions.QUIT))[0].running
