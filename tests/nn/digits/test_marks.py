import pytest

from nn.digits.marks import mark_text, skip_cost


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((50, 90, 60, 100), "."),
        ((50, 46, 60, 54), "."),  # a point halfway up
        ((50, 88, 58, 118), ","),
        ((50, 80, 58, 104), ","),
        ((50, 100, 58, 112), "."),
        ((50, 101, 58, 113), ","),  # only its place tells it from a point
        ((50, 0, 58, 20), "'"),
        ((10, 46, 60, 56), "-"),
        ((10, 92, 60, 100), ""),  # an underscore
        ((10, 0, 60, 10), ""),  # the top of a five
        ((10, 20, 40, 70), ""),  # a part of a digit
        ((10, 45, 130, 52), ""),  # a rule
    ],
)
def test_marks_are_told_by_their_size_and_place(box, expected):
    assert mark_text(box, 0, 100) == expected
    assert mark_text(tuple(3 * side + 7 for side in box), 7, 307) == expected


def test_to_leave_out_more_ink_costs_more():
    assert skip_cost((0, 0, 5, 5), 100) < skip_cost((0, 0, 5, 40), 100)
