import numpy as np
import pytest

from nn.digits import stroke_files, strokes
from nn.digits.strokes import as_strokes, bounds, place, replay, transform
from tests.nn.digits.drawings import SEVEN, assert_same_strokes


@pytest.mark.parametrize(
    "stroke",
    [
        [],
        np.empty((0, 2)),
        np.zeros(2),
        np.zeros((3, 3)),
        np.zeros((2, 2, 2)),
        [[1, 2], [3]],
        [[1, None]],
        [["a", "b"]],
        [[0, np.nan]],
        [[np.inf, 0]],
        [[0, 1e300]],
        [[0, 10**400]],
        None,
    ],
)
def test_an_invalid_stroke_is_an_error_by_number(stroke):
    with pytest.raises(ValueError, match="stroke 3: expected"):
        as_strokes([*SEVEN, stroke])


def test_bounds_are_the_extreme_coordinates():
    low, high = bounds(SEVEN)
    assert low.tolist() == [61, 66]
    assert high.tolist() == [190, 230]
    with pytest.raises(ValueError, match="bounds: strokes: expected at least one"):
        bounds([])


def test_a_transform_is_linear_then_shifted():
    quarter_turn = [[0, -1], [1, 0]]
    moved = transform([np.array([[2.0, 3.0]]), np.array([[0.0, 0.0], [1.0, 0.0]])], quarter_turn, (10, 20))
    assert_same_strokes(moved, [[[7, 22]], [[10, 20], [10, 21]]])
    assert_same_strokes(transform([np.array([[2.0, 3.0]])], 2, (1, 0)), [[[5, 6]]])


def test_place_sets_the_longer_side_and_the_corner():
    low, high = bounds(place(SEVEN, 100, (7, 9)))
    np.testing.assert_allclose(low, [7, 9])
    np.testing.assert_allclose(high - low, [100 * 129 / 164, 100])
    assert_same_strokes(place([np.array([[5.0, 6.0]])], 100, (7, 9)), [[[7, 9]]])
    tiny = place([np.array([[0.0, 0.0], [0.0, 5e-324]])], 100, (7, 9))
    np.testing.assert_allclose(tiny[0], [[7, 9], [7, 9]])


def test_replays_are_of_every_size_in_range_and_stay_on_the_canvas():
    rng = np.random.default_rng(0)
    sizes, lows, highs = [], [], []
    for _ in range(300):
        low, high = bounds(replay(SEVEN, rng))
        sizes.append((high - low).max() / 280)
        lows.append(low)
        highs.append(high)
    assert 0.45 <= min(sizes) < 0.47
    assert 0.83 < max(sizes) <= 0.85
    assert 0 <= np.min(lows) < 5
    assert 275 < np.max(highs) <= 280 + 1e-9


def test_a_replay_keeps_proportions_and_is_repeatable():
    first = replay(SEVEN, np.random.default_rng(5), canvas=100)
    again = replay(SEVEN, np.random.default_rng(5), canvas=100)
    assert_same_strokes(first, again)
    scale = np.ptp(first[0][:, 0]) / np.ptp(SEVEN[0][:, 0])
    shift = first[0][0] - scale * SEVEN[0][0]
    for replayed, original in zip(first, SEVEN, strict=True):
        np.testing.assert_allclose(replayed, scale * original + shift)
    assert bounds(first)[1].max() <= 100


def test_names_that_moved_still_work():
    with pytest.warns(DeprecationWarning, match=r"nn\.digits\.stroke_files\.read_drawing"):
        assert strokes.read_drawing is stroke_files.read_drawing
