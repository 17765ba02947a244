"""The bit operations that find nonzero elements; the products that skip zeros are covered by ``test_rungs.py``."""

import numpy as np
import pytest

from nn.ops.backend import njit

pytestmark = pytest.mark.usefixtures("needs_numba")


@pytest.fixture
def sparse(needs_numba):
    from nn.ops.fast import sparse

    return sparse


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 17, 64])
def test_nonzero_bits(count, dtype, sparse, rng):
    nonzero_bits = sparse.nonzero_bits

    @njit()
    def run(x, start, count):
        return nonzero_bits(x, start, count)

    x = (rng.random(80) < 0.5).astype(dtype)
    x[6] = np.nan
    bits = int(run(x, 3, count)) % 2**64
    assert [bits >> k & 1 for k in range(sparse.WORD_BITS)] == [*(x[3 : 3 + count] != 0), *[0] * (64 - count)]


def test_column_bits(sparse, rng):
    column_bits = sparse.column_bits

    @njit()
    def run(x, start, row, count, words, width):
        column_bits(x, start, row, count, words, width)

    x = (rng.random((32, 21)) < 0.5).astype(np.float32)
    words = np.zeros(16, np.uint32)
    run(x, 2 * 21 + 1, 21, 30, words, 5)
    assert [[word >> r & 1 for r in range(32)] for word in words[:5].tolist()] == [
        [*column, 0, 0] for column in x[2:, 1:6].T.astype(int).tolist()
    ]


@pytest.mark.parametrize("bits", [0, 0b1, 0b1011, 0b1111, 0b10010, 0b111_0111_0001])
def test_pad_to_unroll_adds_the_lowest_bits_that_are_not_set(bits, sparse):
    pad_to_unroll = sparse.pad_to_unroll

    @njit()
    def run(bits):
        return pad_to_unroll(bits)

    padded = int(run(bits))
    added = [k for k in range(64) if (padded & ~bits) >> k & 1]
    assert padded & bits == bits
    assert padded.bit_count() % sparse.UNROLL == 0
    assert len(added) < sparse.UNROLL
    assert added == [k for k in range(64) if not bits >> k & 1][: len(added)]
