import math

import pytest

from nn.digits.viterbi import (
    CUT_COST,
    GAP_COST,
    LOW_COST,
    MAX_COST,
    MAX_WIDTH,
    MIN_HEIGHT,
    WIDE_COST,
    Candidate,
    candidates,
    typical_height,
    viterbi,
)


def test_the_cheapest_path_is_taken():
    found = [Candidate(0, 1, 0.0), Candidate(0, 2, 1.0), Candidate(1, 2, 0.0), Candidate(2, 3, 0.5)]
    path, cost = viterbi(found, [0.5, 0.9, 0.5, 1.0], 3)
    assert path == [1, 3]
    assert cost == pytest.approx(1.0 - math.log(0.9) + 0.5)
    path, cost = viterbi(found, [0.9, 0.9, 0.9, 0.0], 3)
    assert path == [0, 2, 3]
    assert cost == pytest.approx(-2 * math.log(0.9) + 0.5 + MAX_COST)


def test_candidates_are_neighbours_with_penalties_for_gaps_width_and_low_height():
    boxes = [(0.0, 0.0, 50.0, 100.0), (60.0, 0.0, 100.0, 100.0), (200.0, 90.0, 210.0, 100.0)]
    found = {(each.first, each.last): each.cost for each in candidates(boxes, 100.0, [1, 2, 3])}
    assert set(found) == {(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)}
    assert found[0, 1] == found[1, 2] == 0
    assert found[0, 2] == pytest.approx(GAP_COST * 0.1)
    assert found[2, 3] == pytest.approx(LOW_COST * (MIN_HEIGHT - 0.1) / MIN_HEIGHT)
    assert found[0, 3] == pytest.approx(GAP_COST * 1.1 + WIDE_COST * (2.1 - MAX_WIDTH))
    cut_through = {(each.first, each.last): each.cost for each in candidates(boxes, 100.0, [1, 1, 2])}
    assert cut_through[0, 1] == CUT_COST
    assert cut_through[0, 2] == found[0, 2]


def test_the_height_of_a_line_is_that_of_its_digits_not_of_its_dots():
    boxes = [(0.0, 0.0, 5.0, height) for height in (4.0, 3.0, 90.0, 100.0, 110.0)]
    assert typical_height(boxes) == 100
    assert typical_height([(0.0, 5.0, 30.0, 5.0)]) == 30
