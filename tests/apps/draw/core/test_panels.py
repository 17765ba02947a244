"""The table of panels."""

from importlib import import_module

import pytest

from apps.draw.core.panels import Panel
from apps.draw.core.state import State
from apps.draw.ui.panels import view_of


def test_keys_are_unique():
    assert len({panel.value.key for panel in Panel}) == len(Panel)


@pytest.mark.parametrize("panel", Panel)
def test_each_panel_has_a_view_and_its_analyses(panel):
    assert view_of(State(panel=panel)).title
    if panel.value.analyses:
        module = import_module(f"apps.draw.engine.analyses.{panel.name.lower()}")
        assert all(callable(getattr(module, name)) for name in panel.value.analyses)
