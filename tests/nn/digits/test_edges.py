import numpy as np
import pytest

from nn.digits.components import Components
from nn.digits.edges import is_edge


@pytest.mark.parametrize(("right", "expected"), [(0.8, False), (0.7, False), (0.3, True)])
@pytest.mark.parametrize("turned", [False, True])
def test_the_light_on_both_sides_of_an_edge_differs(right, expected, turned):
    picture = np.full((80, 100), 0.8, np.float32)
    picture[:, 50:] = right
    picture[20:60, 48:52] = 0.2
    mask = np.zeros(picture.shape, bool)
    mask[20:60, 48:52] = True
    if turned:
        picture, mask = picture.T, mask.T
    assert is_edge(picture, Components.of(mask), 0) is expected


def test_what_fills_the_picture_has_no_sides():
    mask = np.ones((20, 30), bool)
    assert not is_edge(np.zeros((20, 30), np.float32), Components.of(mask), 0)
