import numpy as np

from nn.digits.components import Components


def test_components_are_what_is_connected():
    mask = np.array([[1, 0, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 1], [1, 1, 0, 1, 0]], bool)
    components = Components.of(mask)
    assert len(components) == 3
    assert (components.labels > 0).tolist() == mask.tolist()
    assert components.boxes.tolist() == [[0, 0, 3, 2], [3, 1, 5, 4], [0, 3, 2, 4]]
    assert components.areas.tolist() == [3, 3, 2]
    assert components.widths.tolist() == [3, 2, 2]
    assert components.heights.tolist() == [2, 3, 1]
    assert len(Components.of(np.zeros((3, 4), bool))) == 0


def test_a_strip_follows_the_edge():
    mask = np.zeros((100, 140), bool)
    mask[:, 138:] = True  # a dark edge
    mask[40:90, 1:3] = True  # a part of another one
    mask[0:60, 30:36] = True  # a one that was cut off
    mask[20:60, 60:90] = True  # away from the edge
    components = Components.of(mask)
    left = components.boxes[:, 0].tolist()
    assert [left[index] for index in np.flatnonzero(components.strips())] == [138, 1]
    assert sorted(left[index] for index in np.flatnonzero(components.at_edge)) == [30, 138]


def test_a_picture_may_be_thinner_than_the_edge_that_is_searched():
    for shape in ((1, 700), (700, 1), (2, 700)):
        assert Components.of(np.ones(shape, bool)).strips().tolist() == [True]
