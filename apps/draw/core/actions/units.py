"""Inside: one unit of a layer, by numbers. The arrows go from unit to unit, and from layer to layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from apps.draw.core.panels import Panel
from apps.draw.core.state import Action, State
from apps.draw.core.unit import Unit, cell_of, index_at

if TYPE_CHECKING:
    from nn.trace import Trace


def trace_of(state: State) -> Trace | None:
    """The outputs of all layers, if they are computed."""
    return state.panel_data.get("trace")


def shown_unit(state: State) -> Unit | None:
    """The unit that is shown; None if the network, or this one, has none of that name."""
    unit, trace = state.unit, trace_of(state)
    if unit is None or trace is None or unit.layer not in trace:
        return None
    shape = trace[unit.layer].values.shape
    fits = len(unit.place) == len(shape) and all(i < size for i, size in zip(unit.place, shape, strict=True))
    return unit if fits else None


def _strongest(state: State, layer: str) -> State:
    """Show the unit of a layer with the highest activation."""
    trace = trace_of(state)
    return state if trace is None or layer not in trace else _show(state, Unit(layer, trace.strongest(layer)))


def _show(state: State, unit: Unit) -> State:
    return replace(state, unit=unit, focus=state.focus if state.unit is not None else None)


def _toggle(state: State) -> State:
    if state.unit is not None:
        return replace(state, unit=None, focus=None)
    trace = trace_of(state)
    return state if trace is None else _strongest(state, list(trace)[-1])


def _unit(state: State, value: Unit | int) -> State:
    """Show a unit; or of the three pictures, by number, the pixel that matters, the largest contribution, or itself."""
    if isinstance(value, Unit):
        return _show(state, value)
    unit, trace = shown_unit(state), trace_of(state)
    if trace is None:
        return state
    if unit is None:
        return _strongest(state, next(iter(trace)))
    path = trace.path(*unit)
    return replace(state, unit=Unit(*path[(-1, min(1, len(path) - 1), 0)[value]]))


def _feature_map(state: State, number: int) -> State:
    """Show the unit of highest activation of one of the maps of the overview."""
    for maps in state.panel_data.get("maps", ()):
        count = maps.values.shape[2]
        if number < count:
            return _map(_strongest(state, maps.name), number, strongest=True)
        number -= count
    return state


def _map(state: State, channel: int, strongest: bool = False) -> State:
    """Show the unit at the same place of another map; in a vector, the unit of that number."""
    unit, trace = shown_unit(state), trace_of(state)
    if unit is None or trace is None:
        return state
    values = trace[unit.layer].values
    if values.ndim != 3:
        return replace(state, unit=Unit(unit.layer, (channel % values.size,)))
    channel %= values.shape[2]
    row, column = unit.place[:2]
    if strongest:
        row, column = divmod(int(values[:, :, channel].argmax()), values.shape[1])
    return replace(state, unit=Unit(unit.layer, (row, column, channel)))


def _next_map(step: int) -> Callable[[State], State]:
    def perform(state: State) -> State:
        unit = state.unit
        assert unit is not None
        return _map(state, (unit.channel if len(unit.place) == 3 else unit.place[0]) + step)

    return perform


def _move(rows: int, columns: int) -> Callable[[State], State]:
    """Show the neighbour in the picture of the map; at its edge, the unit stays."""

    def perform(state: State) -> State:
        unit, trace = shown_unit(state), trace_of(state)
        assert unit is not None
        assert trace is not None
        shape = trace[unit.layer].values.shape
        row, column = cell_of(unit.place, shape)
        index = index_at(row + rows, column + columns, unit.channel, shape)
        return state if index is None else replace(state, unit=Unit(unit.layer, index))

    return perform


def _step(layers: int) -> Callable[[State], State]:
    def perform(state: State) -> State:
        unit, trace = shown_unit(state), trace_of(state)
        assert unit is not None
        assert trace is not None
        return replace(state, unit=Unit(*trace.step(*unit, layers)))

    return perform


def _has_unit(state: State) -> bool:
    return shown_unit(state) is not None


def _has_trace(state: State) -> bool:
    return state.unit is not None or trace_of(state) is not None


BY_NUMBERS = Action(
    "Inside: one unit by numbers, or all maps", _toggle, ("O",), "By numbers",
    "A single unit: its window, weights, products and sum", enabled=_has_trace,
    group="In panels", panel=Panel.INSIDE,
)  # fmt: skip
#: Its value is the unit, where the pointer is; or the number of a picture, for its most important unit.
UNIT = Action("Look at a unit", _unit, tab_stop="pictures", dragged=True)
#: Its value is the number of a feature map among those shown; those of the pooling follow those of the convolution.
FEATURE_MAP = Action("Look at a feature map", _feature_map, tab_stop="maps", dragged=True)
#: Its value is the number of a map of the unit's layer; or in a vector, of a unit.
MAP = Action("Look at a map of the layer", _map, tab_stop="maps", dragged=True)
#: Its value is the layer's name.
LAYER = Action("Look at a layer", _strongest, tab_stop="layers", dragged=True)
LAYER_BACK = Action(
    "Inside: the layer before", _step(-1), (",",), "← Layer",
    "The layer before; if the unit reads it, the largest contribution", enabled=_has_unit,
    group="In panels", panel=Panel.INSIDE,
)  # fmt: skip
LAYER_ON = Action(
    "Inside: the next layer", _step(1), (".",), "Layer →", "The same place in the next layer", enabled=_has_unit,
    group="In panels", panel=Panel.INSIDE,
)  # fmt: skip
MAP_BACK = Action(
    "Inside: the map before", _next_map(-1), ("Shift+←", "Shift+↑"), "← Map", "The same place in the map before",
    enabled=_has_unit, group="In panels", panel=Panel.INSIDE,
)  # fmt: skip
MAP_ON = Action(
    "Inside: the next map", _next_map(1), ("Shift+→", "Shift+↓"), "Map →", "The same place in the next map",
    enabled=_has_unit, group="In panels", panel=Panel.INSIDE,
)  # fmt: skip
TO_INK = Action(
    "Inside: back towards the ink", lambda state: _unit(state, 1), ("B",), "To the ink",
    "The largest contribution; pressed again, at last the pixel that matters", enabled=_has_unit,
    group="In panels", panel=Panel.INSIDE,
)  # fmt: skip
LEFT, RIGHT, UP, DOWN = (
    Action(
        f"Inside: the unit {where}", _move(rows, columns), (key,), enabled=_has_unit, group="In panels",
        panel=Panel.INSIDE,
    )
    for where, rows, columns, key in (
        ("on the left", 0, -1, "←"), ("on the right", 0, 1, "→"), ("above", -1, 0, "↑"), ("below", 1, 0, "↓"),
    )
)  # fmt: skip
