"""Lines composed from single digits."""

import numpy as np
import pytest

from nn.digits.strokes import bounds
from nn.digits.synthesis.lines import compose_line

RING = [50 + 50 * np.stack([np.cos(np.arange(64) / 10), np.sin(np.arange(64) / 10)], axis=1)]


CROSS = [np.array([[0.0, 50.0], [80.0, 50.0]]), np.array([[40.0, 0.0], [40.0, 100.0]])]


@pytest.mark.parametrize(("touching", "low", "high"), [(None, 12.0, 50.0), (7.0, 5.9, 7.1)])
def test_gaps_between_digits(touching, low, high, rng):
    line = compose_line([RING, RING, CROSS], rng, touching=touching)
    (_, right), (left, _) = ((bounds([stroke])[0][0], bounds([stroke])[1][0]) for stroke in line[:2])
    assert low <= left - right <= high
    assert len(line) == 4


def test_digits_keep_their_strokes_and_their_order(rng):
    line = compose_line([RING, [stroke / 7 for stroke in RING], RING], rng)
    assert [len(stroke) for stroke in line] == [64] * 3
    assert np.all(np.diff([bounds([stroke])[0][0] for stroke in line]) > 0)
    assert all(70 < np.ptp(stroke[:, 1]) < 135 for stroke in line)


def test_digits_are_shifted_up_and_down_by_some_hundredths_of_their_height(rng):
    tops = [bounds([stroke])[0][1] for _ in range(10) for stroke in compose_line([RING] * 5, rng)]
    assert abs(np.mean(tops)) < 2
    assert 2 < np.std(tops) < 6
