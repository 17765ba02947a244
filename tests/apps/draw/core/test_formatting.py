"""Numbers as text."""

import pytest

from apps.draw.core.formatting import percent


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.0, "0.0%"), (0.0449, "4.5%"), (0.9994, "99.9%"), (0.99951, ">99.9%"), (1.0, ">99.9%")],
)
def test_percentages(probability, text):
    assert percent(probability) == text
