"""What is drawn for an augmentation; what it does to images is in test_warp.py."""

from dataclasses import replace

import numpy as np
import pytest

from nn.data.augment import GRID, Augmentation, Warps, inverse_affine

EVERYTHING = Augmentation(rotation=12, scale=0.12, shear=0.1, shift=2, elastic=1, thickness=0.6)


def arrays(warps):
    return warps.matrices, warps.grids, warps.thickness


def span(values):
    return values.min(), values.max()


def test_nothing_is_the_default(rng):
    warps = Augmentation().draw(5, (28, 28), rng)
    np.testing.assert_array_equal(warps.matrices, np.broadcast_to(np.eye(2, 3), (5, 2, 3)))
    assert warps.grids.size == 0
    assert not warps.thickness.any()


@pytest.mark.parametrize("count", [0, 1, 7])
@pytest.mark.parametrize("shape", [(28, 28), (9, 12, 3)])
def test_shapes(count, shape, rng):
    warps = EVERYTHING.draw(count, shape, rng)
    assert [array.shape for array in arrays(warps)] == [(count, 2, 3), (count, 2, GRID, GRID), (count,)]
    assert {array.dtype for array in arrays(warps)} == {np.dtype(np.float32)}
    assert len(warps) == count
    assert Augmentation(shift=1).draw(count, shape, rng).grids.shape == (count, 2, 0, 0)


def test_the_same_seed_draws_the_same():
    first, second, other = (EVERYTHING.draw(9, (28, 28), np.random.default_rng(seed)) for seed in (3, 3, 4))
    for a, b, c in zip(arrays(first), arrays(second), arrays(other), strict=True):
        np.testing.assert_array_equal(a, b)
        assert (a != c).all(axis=0).any()


def test_each_part_is_drawn_by_itself():
    """Switching the others off changes nothing but them: one part's effect can be told from another's."""
    alone = Augmentation(thickness=0.6).draw(9, (28, 28), np.random.default_rng(0))
    together = EVERYTHING.draw(9, (28, 28), np.random.default_rng(0))
    np.testing.assert_array_equal(alone.thickness, together.thickness)


def test_a_slice_is_a_view_of_some(rng):
    warps = EVERYTHING.draw(10, (28, 28), rng)
    some = warps[4:7]
    assert isinstance(some, Warps)
    assert len(some) == 3
    for part, whole in zip(arrays(some), arrays(warps), strict=True):
        np.testing.assert_array_equal(part, whole[4:7])
        assert np.shares_memory(part, whole)
        assert part.flags.c_contiguous


def test_draws_fill_their_ranges(rng):
    count, shape = 2000, (28, 28)
    matrices = Augmentation(rotation=30).draw(count, shape, rng).matrices
    assert np.allclose(span(np.degrees(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0]))), (-30, 30), atol=0.2)
    matrices = Augmentation(scale=0.2).draw(count, shape, rng).matrices
    for factor in (1 / matrices[:, 0, 0], 1 / matrices[:, 1, 1]):
        assert np.allclose(span(factor), (0.8, 1.2), atol=0.002)
    assert abs(np.corrcoef(matrices[:, 0, 0], matrices[:, 1, 1])[0, 1]) < 0.1
    matrices = Augmentation(shear=0.3).draw(count, shape, rng).matrices
    assert np.allclose(span(matrices[:, 0, 1]), (-0.3, 0.3), atol=0.003)
    matrices = Augmentation(shift=3).draw(count, shape, rng).matrices
    for shift in (matrices[:, 0, 2], matrices[:, 1, 2]):
        assert np.allclose(span(shift), (-3, 3), atol=0.03)
    assert np.allclose(span(Augmentation(thickness=0.6).draw(count, shape, rng).thickness), (-0.6, 0.6), atol=0.005)


def test_squares_are_inside_the_image_and_anywhere(rng):
    count, (h, w) = 4000, (9, 12)
    warps = Augmentation(cutout=4).draw(count, (h, w, 3), rng)
    top, left, bottom, right = warps.squares.T
    assert [span(side) for side in (top, left, bottom, right)] == [(0, h - 2), (0, w - 2), (2, h), (2, w)]
    assert span(bottom - top) == span(right - left) == (2, 4)
    np.testing.assert_array_equal(warps[5:7].squares, warps.squares[5:7])
    assert EVERYTHING.draw(2, (h, w), rng).squares is None


def test_cutout_changes_no_other_draw():
    alone = EVERYTHING.draw(9, (28, 28), np.random.default_rng(0))
    both = replace(EVERYTHING, cutout=8).draw(9, (28, 28), np.random.default_rng(0))
    for a, b in zip(arrays(alone), arrays(both), strict=True):
        np.testing.assert_array_equal(a, b)


def test_elastic_is_a_standard_deviation(rng):
    grids = Augmentation(elastic=1.5).draw(2000, (28, 28), rng).grids
    assert grids.std() == pytest.approx(1.5, rel=0.01)
    assert grids.mean() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("shape", [(28, 28), (9, 12, 3), (1, 1)])
def test_the_centre_stays(shape):
    y, x = (shape[0] - 1) / 2, (shape[1] - 1) / 2
    matrix = inverse_affine(shape, rotation=33, scale=(0.8, 1.3), shear=0.2)
    np.testing.assert_allclose(matrix @ [x, y, 1], [x, y], atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "comes_from"),
    [
        ({"rotation": 90}, (3, 0)),  # counterclockwise: what is above was at the right
        ({"scale": (2, 1)}, (0, -3)),
        ({"scale": (1, 1.5)}, (0, -2)),
        ({"shear": 0.5}, (-1.5, -3)),  # what is above has moved to the right
        ({"shift": (1, 2)}, (-1, -5)),
        ({"rotation": 90, "scale": (2, 1)}, (1.5, 0)),  # scaled first
        ({"rotation": 90, "shear": 0.5}, (3, 0)),  # sheared before: at the centre's height it has not moved
        ({"rotation": 90, "shift": (1, 2)}, (5, -1)),  # shifted last
    ],
)
def test_where_a_pixel_above_the_centre_comes_from(arguments, comes_from):
    x, y = inverse_affine((11, 11), **arguments) @ [5, 5 - 3, 1] - 5
    np.testing.assert_allclose((x, y), comes_from, atol=1e-5)


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"rotation": -1}, "augmentation: rotation: expected a number in [0, 180], got -1"),
        ({"rotation": 181}, "augmentation: rotation: expected a number in [0, 180], got 181"),
        ({"scale": 1}, "augmentation: scale: expected a number in [0, 1), got 1"),
        ({"shear": float("nan")}, "augmentation: shear: expected a finite number >= 0, got nan"),
        ({"shift": float("inf")}, "augmentation: shift: expected a finite number >= 0, got inf"),
        ({"elastic": -0.1}, "augmentation: elastic: expected a finite number >= 0, got -0.1"),
        ({"cutout": -1}, "augmentation: cutout: expected a number in [0, 1024], got -1"),
        ({"thickness": 2.1}, "augmentation: thickness: expected a number in [0, 2], got 2.1"),
    ],
)
def test_impossible_ranges_are_named(ranges, message):
    with pytest.raises(ValueError) as caught:
        Augmentation(**ranges)
    assert str(caught.value) == message


def test_the_limits_themselves_are_possible():
    Augmentation(rotation=180, thickness=2)
