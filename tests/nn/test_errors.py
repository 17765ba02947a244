"""The errors that files raise."""

import pytest

from nn.errors import CheckpointError, DataError, one_line


@pytest.mark.parametrize("kind", [CheckpointError, DataError])
def test_errors_of_files_are_value_errors(kind):
    with pytest.raises(ValueError, match=r"^a\.npz: not found$"):
        raise kind("a.npz: not found")


def test_the_kinds_are_told_apart():
    assert not issubclass(CheckpointError, DataError)
    assert not issubclass(DataError, CheckpointError)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FileNotFoundError(2, "No such file", "a\n\x1b[1m.npz"), r"a\n\x1b[1m.npz: No such file"),
        (DataError("a\x1b[1m.json: label: expected 0 to 9,\nfound '\ud800'"), None),
    ],
)
def test_one_line_has_no_control_characters(error, line):
    text = one_line(error)
    assert text.isprintable()
    assert line is None or text == line
