"""When the network knew the answer."""

from apps.draw.core import actions
from apps.draw.core.messages import (
    PanelData,
)
from apps.draw.core.panel_data import ReplayMoment, known_from
from apps.draw.core.panels import Panel
from apps.draw.core.state import Perform
from tests.apps.draw.core.play import LINE, play


def test_known_from():
    moments = tuple(
        ReplayMoment(n, label, sure, sure)
        for n, (label, sure) in enumerate([(1, 0.99), (7, 0.95), (7, 0.5), (7, 0.93), (7, 0.99)])
    )
    assert known_from(moments).points == 3
    assert known_from(()) is None
    assert known_from((ReplayMoment(1, 7, 0.5, 0.5),)) is None
    state, _ = play(*LINE, Perform(actions.TOGGLE_PANEL[Panel.REPLAY]), PanelData(1, "moments", moments))
    assert state.replay.moments == moments
