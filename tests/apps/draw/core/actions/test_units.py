"""From unit to unit, and from layer to layer."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from apps.draw.core import actions
from apps.draw.core.actions.units import shown_unit
from apps.draw.core.panel_data import FeatureMaps
from apps.draw.core.panels import Panel
from apps.draw.core.state import Perform, State
from apps.draw.core.unit import Unit
from apps.draw.core.update import update
from nn import zoo
from nn.trace import Trace


@pytest.fixture(scope="module")
def trace():
    rng = np.random.default_rng(1)
    return Trace.of(zoo.build("tiny", rng=rng), rng.uniform(0, 1, (28, 28)))


@pytest.fixture
def inside(trace):
    maps = (FeatureMaps("relu_1", trace["relu_1"].values), FeatureMaps("max_pool2d_1", trace["max_pool2d_1"].values))
    return State(panel=Panel.INSIDE, panel_data=MappingProxyType({"trace": trace, "maps": maps}))


def after(state, *messages):
    for message in messages:
        state, effects = update(state, message if isinstance(message, Perform) else Perform(message))
        assert effects == ()  # the numbers are known: nothing is asked
    return state


def test_by_numbers_begins_at_the_answer_and_goes_back_to_all_maps(inside, trace):
    state = after(inside, actions.BY_NUMBERS)
    assert state.unit == Unit("softmax", trace.strongest("softmax"))
    assert after(state, actions.BY_NUMBERS).unit is None
    assert after(state, actions.BACK).unit is None
    assert after(state, actions.BACK).panel is Panel.INSIDE


def test_a_feature_map_begins_at_its_strongest_unit(inside, trace):
    state = after(inside, Perform(actions.FEATURE_MAP, 8 + 3))
    row, column, channel = state.unit.place
    assert (state.unit.layer, channel) == ("max_pool2d_1", 3)
    values = trace["max_pool2d_1"].values[:, :, 3]
    assert values[row, column] == values.max()


def test_arrows_go_from_unit_to_unit_and_stop_at_the_edges(inside):
    state = after(inside, Perform(actions.UNIT, Unit("relu_1", (0, 25, 2))))
    assert after(state, actions.UP) == after(state, actions.RIGHT) == state
    assert after(state, actions.DOWN, actions.LEFT).unit == Unit("relu_1", (1, 24, 2))
    assert after(state, actions.MAP_ON).unit == Unit("relu_1", (0, 25, 3))
    assert after(state, *[actions.MAP_BACK] * 3).unit == Unit("relu_1", (0, 25, 7))
    vector = after(inside, Perform(actions.UNIT, Unit("dense_1", (9,))))
    assert after(vector, actions.MAP_ON).unit == Unit("dense_1", (0,))
    assert after(vector, actions.LEFT).unit == Unit("dense_1", (8,))
    assert after(vector, actions.UP).unit == Unit("dense_1", (5,))  # a row of the grid has four
    assert after(vector, actions.RIGHT).unit == vector.unit


def test_layers_are_reached_one_by_one_and_by_name(inside, trace):
    state, seen = after(inside, actions.BY_NUMBERS), []
    for _ in list(trace):
        seen.append(state.unit.layer)
        state = after(state, actions.LAYER_BACK)
    assert seen == list(trace)[::-1]
    assert after(state, actions.LAYER_ON).unit.layer == "conv2d_1"
    assert after(state, Perform(actions.LAYER, "relu_3")).unit == Unit("relu_3", trace.strongest("relu_3"))


def test_back_towards_the_ink_ends_at_the_pixel_that_matters(inside, trace):
    state = after(inside, actions.BY_NUMBERS)
    path = [Unit(*each) for each in trace.path(*state.unit)]
    pixel = after(state, Perform(actions.UNIT, 0))
    for unit in path:
        assert state.unit == unit
        state = after(state, actions.TO_INK)
    assert state == pixel
    assert pixel.unit.layer == "image"
    assert trace["image"].values[pixel.unit.place] > 0


def test_a_unit_that_the_network_has_not_is_not_shown(inside):
    state = replace(inside, unit=Unit("conv2d_9", (0, 0, 0)))
    assert shown_unit(state) is None
    assert after(state, actions.LEFT, actions.LAYER_ON, actions.TO_INK) == state
    assert shown_unit(replace(inside, unit=Unit("relu_1", (26, 0, 0)))) is None
    assert shown_unit(replace(inside, panel_data=MappingProxyType({}), unit=Unit("relu_1", (0, 0, 0)))) is None


def test_another_panel_or_network_forgets_the_unit(inside):
    state = after(inside, actions.BY_NUMBERS)
    assert update(state, Perform(actions.TOGGLE_PANEL[Panel.MODELS]))[0].unit is None
    assert after(state, actions.TOGGLE_PANEL[Panel.INSIDE]).unit is None
