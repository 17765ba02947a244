"""Choosing a network."""

from apps.draw.core import actions
from apps.draw.core.effects import (
    Recognize,
    UseModel,
)
from apps.draw.core.state import Perform
from tests.apps.draw.core.play import ABLE, DOT, play


def test_models_are_chosen_by_number_or_in_order():
    state, effects = play(
        ABLE, *DOT, Perform(actions.NEXT_MODEL), Perform(actions.NEXT_MODEL), Perform(actions.MODEL, 1)
    )
    assert [effect.number for effect in effects if isinstance(effect, UseModel)] == [1, 0, 1]
    assert isinstance(effects[-1], Recognize)  # the other network is asked, too
    assert state.model == 1
