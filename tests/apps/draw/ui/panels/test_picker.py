"""From a place of the pointer to a unit."""

from pygame import Rect

from apps.draw.core import actions
from apps.draw.core.state import Perform
from apps.draw.core.unit import Unit
from apps.draw.ui.panels.picker import unit_picker


def test_a_place_is_a_unit_and_outside_the_nearest():
    pick = unit_picker("relu_1", 2, (5, 4, 3), Rect(100, 50, 40, 50))
    assert pick((100, 50)) == Perform(actions.UNIT, Unit("relu_1", (0, 0, 2)))
    assert pick((139, 99)).value.place == (4, 3, 2)
    assert pick((125, 69)).value.place == (1, 2, 2)
    assert pick((500, 0)).value.place == (0, 3, 2)


def test_the_grid_of_a_vector_may_end_before_its_last_row_does():
    pick = unit_picker("dense_1", 0, (10,), Rect(0, 0, 40, 30))
    assert pick((39, 15)).value.place == (7,)
    assert pick((39, 29)) is None
    assert unit_picker("dense_1", 0, (10,), Rect(0, 0, 50, 20), (2, 5))((49, 19)).value.place == (9,)
