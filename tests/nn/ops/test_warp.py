"""Warped images: each parameter does what it says."""

import numpy as np
import pytest

from nn.data.augment import Augmentation, inverse_affine
from nn.ops.gather import gather
from nn.ops.warp import GRID, bumps, warp

STRONG = Augmentation(rotation=40, scale=0.3, shear=0.3, shift=3, elastic=1.5, thickness=1.5)


@pytest.fixture(params=["bytes to float32", "float64"])
def dtype(request):
    """Of the result."""
    return np.dtype(request.param.split()[-1])


@pytest.fixture
def source(request, dtype):
    """The dtype of the images."""
    return np.dtype(np.uint8) if request.node.callspec.params["dtype"].startswith("bytes") else dtype


def noise(shape, source, rng):
    return (rng.random(shape) * (255 if source == np.uint8 else 1)).astype(source)


def apply(image, matrix=None, grid=None, thickness=0.0):
    """One gray image (H, W), warped to float32; ``grid`` (2, GRID, GRID)."""
    out = np.full((1, *image.shape, 1), 7, np.float32)
    matrix = inverse_affine(image.shape) if matrix is None else matrix
    grid = np.zeros((2, 0, 0)) if grid is None else grid
    warp(image[None], np.array([0]), matrix[None], grid[None].astype(np.float32), np.array([thickness]), out)
    return out[0, :, :, 0]


@pytest.mark.usefixtures("each_backend")
@pytest.mark.parametrize("shape", [(9, 28, 28), (9, 5, 4, 3)])
@pytest.mark.parametrize("points", [0, GRID])
def test_without_a_change_it_is_gather(shape, source, points, dtype, rng):
    images, indices = noise(shape, source, rng), np.array([3, 8, 0, 3])
    warps = Augmentation().draw(4, shape[1:], rng)
    found, expected = (np.full((4, *shape[1:3], *(shape[3:] or (1,))), filler, dtype) for filler in (7, 9))
    warp(images, indices, warps.matrices, np.zeros((4, 2, points, points), np.float32), warps.thickness, found)
    gather(images, indices, expected)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.usefixtures("each_backend")
def test_each_image_has_its_own_warp(rng):
    images, indices = noise((5, 12, 9), np.uint8, rng), rng.integers(0, 5, 20)
    warps = STRONG.draw(20, (12, 9), rng)
    together = np.empty((20, 12, 9, 1), np.float32)
    warp(images, indices, warps.matrices, warps.grids, warps.thickness, together)
    for b in range(20):
        alone, one = np.empty((1, 12, 9, 1), np.float32), warps[b : b + 1]
        warp(images, indices[b : b + 1], one.matrices, one.grids, one.thickness, alone)
        np.testing.assert_array_equal(alone[0], together[b])


@pytest.mark.usefixtures("each_backend")
def test_empty_batch(rng):
    warps = STRONG.draw(0, (5, 5), rng)
    out = np.empty((0, 5, 5, 1), np.float32)
    warp(noise((2, 5, 5), np.uint8, rng), np.array([], int), warps.matrices, warps.grids, warps.thickness, out)


@pytest.mark.usefixtures("each_backend")
def test_shift_moves_pixels(rng):
    image = noise((8, 11), np.float32, rng)
    expected = np.zeros_like(image)
    expected[2:, :-3] = image[:-2, 3:]
    np.testing.assert_array_equal(apply(image, inverse_affine(image.shape, shift=(-3, 2))), expected)
    halfway = apply(image, inverse_affine(image.shape, shift=(0.5, 0)))
    np.testing.assert_allclose(halfway[:, 1:], (image[:, 1:] + image[:, :-1]) / 2, atol=1e-6)
    np.testing.assert_allclose(halfway[:, 0], image[:, 0] / 2, atol=1e-6)  # outside is 0


@pytest.mark.usefixtures("each_backend")
@pytest.mark.parametrize("shift", [(11, 0), (0, -8), (1e30, -1e30), (30, 30)])
def test_pixels_moved_outside_are_gone(shift, rng):
    assert not apply(noise((8, 11), np.float32, rng), inverse_affine((8, 11), shift=shift)).any()


@pytest.mark.usefixtures("needs_numba")
def test_nan_positions_read_no_memory_outside(rng):
    assert not apply(noise((8, 11), np.float32, rng), np.full((2, 3), np.nan, np.float32)).any()


@pytest.mark.usefixtures("each_backend")
def test_rotation_is_counterclockwise(rng):
    image = noise((9, 9), np.float32, rng)
    turned = apply(image, inverse_affine(image.shape, rotation=90))
    np.testing.assert_allclose(turned[1:-1, 1:-1], np.rot90(image)[1:-1, 1:-1], atol=1e-5)


@pytest.mark.usefixtures("each_backend")
def test_scale_and_shear_change_the_shape():
    image = np.zeros((21, 21))
    image[8:13, 8:13] = 1
    wide = apply(image, inverse_affine(image.shape, scale=(1.6, 1)))
    np.testing.assert_allclose(wide.sum(axis=0).max(), 5, rtol=1e-6)
    np.testing.assert_allclose(wide.sum(axis=1)[8:13], 8, atol=0.5)
    slanted = apply(image, inverse_affine(image.shape, shear=1))
    centres = slanted @ np.arange(21) / np.maximum(slanted.sum(axis=1), 1e-9)
    np.testing.assert_allclose(centres[8:13], [12, 11, 10, 9, 8], atol=1e-5)  # further right the higher up


@pytest.mark.usefixtures("each_backend")
@pytest.mark.parametrize("thickness", [-1.5, -0.5, 0.5, 1.0])
def test_thickness_is_the_change_of_stroke_width(thickness):
    image = np.zeros((9, 12))
    image[:, 4:7] = 1
    warped = apply(image, thickness=thickness)
    np.testing.assert_allclose(warped[1:-1].sum(axis=1), 3 + thickness, rtol=1e-6)
    assert warped.min() >= 0
    assert warped.max() <= 1


@pytest.mark.usefixtures("each_backend")
def test_thin_strokes_survive():
    image = np.zeros((9, 9))
    image[:, 4] = 1
    assert apply(image, thickness=-1).max() == 0.5


@pytest.mark.usefixtures("each_backend")
def test_constant_ink_stays_constant():
    np.testing.assert_allclose(apply(np.full((7, 7), 0.6), thickness=2), 0.6, rtol=1e-6)
    np.testing.assert_allclose(apply(np.full((7, 7), 0.6), thickness=-2)[1:-1, 1:-1], 0.6, rtol=1e-6)


@pytest.mark.usefixtures("each_backend")
def test_elastic_has_the_same_variance_everywhere_and_is_smooth(rng):
    """On a ramp a pixel's value tells where it comes from."""
    side, count, deviation = 40, 400, 1.2
    ramp = np.broadcast_to(np.arange(side) / side, (side, side)).copy()[None]
    warps = Augmentation(elastic=deviation).draw(count, (side, side), rng)
    out = np.empty((count, side, side, 1), np.float32)
    warp(ramp, np.zeros(count, int), warps.matrices, warps.grids, warps.thickness, out)
    moved = (out[..., 0] - ramp)[:, 6:-6, 6:-6] * side  # away from the edges, beyond which the ramp ends
    np.testing.assert_allclose(moved.std(axis=0), deviation, rtol=0.15)
    assert moved.std() == pytest.approx(deviation, rel=0.05)
    neighbours = [(moved[:, :, :-1], moved[:, :, 1:]), (moved[:, :-1], moved[:, 1:])]
    assert all(np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.98 for a, b in neighbours)
    distant = moved[:, :, 0], moved[:, :, -1]
    assert abs(np.corrcoef(distant[0].ravel(), distant[1].ravel())[0, 1]) < 0.1


@pytest.mark.usefixtures("each_backend")
def test_the_first_grid_moves_in_x():
    image = np.zeros((13, 13))
    image[6, 6] = 1
    grid = np.zeros((2, GRID, GRID))
    grid[0] = 1 / bumps(13, GRID)[:, 6].sum() ** 2  # one pixel, there
    assert np.unravel_index(apply(image, grid=grid).argmax(), (13, 13)) == (6, 5)
    assert np.unravel_index(apply(image, grid=grid[::-1]).argmax(), (13, 13)) == (5, 6)
