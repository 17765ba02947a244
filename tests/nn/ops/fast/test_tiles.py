import numpy as np
import pytest

from nn.ops.backend import njit

pytestmark = pytest.mark.usefixtures("needs_numba")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [1, 7, 8, 16, 23, 32])
def test_a_tile_reads_and_writes_only_the_columns_that_exist(width, dtype, rng):
    from nn.ops.fast.tiles import lane_count, load_tile, relu, store_tile

    @njit()
    def run(x, row, out, width, apply):
        store_tile(relu(load_tile(3, 2, x, 1, row, width), apply), out, 2, row, width)
        return 2 * lane_count(x)

    x = rng.standard_normal((4, 40)).astype(dtype)
    for apply in (False, True):
        out = np.full((4, 40), 7, dtype)
        columns = run(x, 40, out, width, apply)
        width = min(width, columns)  # a register may hold fewer
        expected = np.full((4, 40), 7, dtype)
        expected[:3, 2 : 2 + width] = np.maximum(x[:3, 1 : 1 + width], 0) if apply else x[:3, 1 : 1 + width]
        np.testing.assert_array_equal(out, expected)
