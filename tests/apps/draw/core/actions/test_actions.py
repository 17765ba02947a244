"""The table of actions: complete, and without contradictions."""

import importlib
import pkgutil
from collections import Counter

import pygame
import pytest

from apps.draw.core import actions
from apps.draw.core.actions import ACTIONS
from apps.draw.core.panels import Panel
from apps.draw.core.state import Action, Perform, State
from apps.draw.core.update import update
from apps.draw.ui import keys

TOPICS = [importlib.import_module(each.name) for each in pkgutil.iter_modules(actions.__path__, actions.__name__ + ".")]


def test_every_action_is_in_the_table():
    found = {value for topic in TOPICS for value in vars(topic).values() if isinstance(value, Action)}
    assert found | set(actions.TOGGLE_PANEL.values()) == set(ACTIONS)
    assert actions.TOGGLE_PANEL.keys() == set(Panel)


@pytest.mark.parametrize("what", ["name", "keys"])
def test_no_two_actions_share_a_name_or_a_key(what):
    if what == "name":
        found = [action.name for action in ACTIONS]
    else:
        found = [(action.panel, key) for action in ACTIONS for key in action.keys]
    assert [each for each, count in Counter(found).items() if count > 1] == []


@pytest.mark.parametrize("action", ACTIONS, ids=repr)
def test_an_action_with_a_key_is_on_the_help_page(action):
    assert bool(action.keys) == bool(action.group)


def events(key):
    """A key and its modifiers as pygame has them."""
    *modifiers, name = key.split("+") if key != "+" else ["+"]
    mod = sum({"Ctrl": pygame.KMOD_LCTRL, "Shift": pygame.KMOD_LSHIFT}[each] for each in modifiers)
    codes = [code for code, each in keys.KEY_NAMES.items() if each == name] or [ord(name.lower())]
    return codes[0], mod, "?" if name == "?" else ""


@pytest.mark.parametrize(
    ("action", "key"), [(action, key) for action in ACTIONS for key in action.keys], ids=lambda value: repr(value)
)
def test_each_key_performs_its_action(action, key):
    state = State(panel=action.panel)
    value = int(key) if key.isdigit() else None
    assert keys.messages(*events(key), state, []) == [Perform(action, value)]


@pytest.mark.parametrize("action", [action for action in ACTIONS if not action.enabled(State())], ids=repr)
def test_an_action_that_is_not_enabled_does_nothing(action):
    assert update(State(), Perform(action)) == (State(), ())
