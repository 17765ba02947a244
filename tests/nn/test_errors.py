"""The errors that files raise."""

import pytest

from nn.errors import CheckpointError, DataError


@pytest.mark.parametrize("kind", [CheckpointError, DataError])
def test_errors_of_files_are_value_errors(kind):
    with pytest.raises(ValueError, match=r"^a\.npz: not found$"):
        raise kind("a.npz: not found")


def test_the_kinds_are_told_apart():
    assert not issubclass(CheckpointError, DataError)
    assert not issubclass(DataError, CheckpointError)
