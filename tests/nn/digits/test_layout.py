import numpy as np

from nn.digits.components import Components
from nn.digits.layout import find_lines, may_be_several, typical_height


def components(*boxes, size=(400, 300)):
    """Components that fill these boxes."""
    mask = np.zeros(size[::-1], bool)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = True
    return Components.of(mask)


def row(top, lefts, height=40, width=20):
    return [(left, top, left + width, top + height) for left in lefts]


def texts(found, lines):
    """The left edges of each line's members."""
    return [found.boxes[list(line.members), 0].tolist() for line in lines]


def test_lines_are_found_from_top_to_bottom():
    found = components(*row(200, [30, 90, 150]), *row(20, [300, 30]), *row(110, [100]))
    lines = find_lines(found)
    assert texts(found, lines) == [[30, 300], [100], [30, 90, 150]]
    assert [line.height for line in lines] == [40, 40, 40]


def test_a_line_may_rise():
    found = components(*(box for index in range(6) for box in row(200 - 15 * index, [20 + 55 * index])))
    assert len(find_lines(found)) == 1


def test_small_components_join_the_line_that_they_lie_in():
    found = components(*row(100, [50, 120, 190]), (80, 135, 88, 143), (230, 110, 245, 116), (300, 290, 310, 298))
    assert texts(found, find_lines(found)) == [[50, 80, 120, 190, 230]]


def test_specks_and_edges_are_no_part_of_a_line():
    found = components(*row(100, [50, 120, 190]), (100, 120, 102, 122), (396, 0, 400, 300), (0, 250, 200, 300))
    assert texts(found, find_lines(found)) == [[50, 120, 190]]


def test_the_typical_height_is_that_of_most_ink():
    specks = [(x, 250, x + 2, 252) for x in range(10, 390, 10)]
    assert typical_height(components(*row(100, [50, 120, 190]), *specks)) == 40
    assert typical_height(components()) == 0
    assert find_lines(components()) == []


def test_digits_of_similar_sizes_may_be_several():
    def several(*boxes):
        return may_be_several(components(*boxes))

    assert several(*row(100, [50, 120]))
    assert several((50, 100, 150, 140))  # two that touch
    assert not several(*row(100, [50]))
    assert not several(*row(100, [50]), (80, 110, 90, 116), (396, 0, 400, 300))
    assert not several()
