"""The data set of a command: its arguments, and what is said about it."""

import numpy as np
import pytest

from apps.cli.arguments import Parser, UsageError
from apps.cli.datasets import add_data_arguments, load_data
from nn.data.idx import write_idx
from nn.errors import DataError
from tests.tiny_set import write_tiny_set


def parse(*argv, parts=()):
    parser = Parser("", "test")
    add_data_arguments(parser, parts=parts, part_help="part")
    parser.set_defaults(quiet="--quiet" in argv)
    return parser.parse_args([argument for argument in argv if argument != "--quiet"])


@pytest.fixture
def emnist(tmp_path):
    """A folder of two splits of EMNIST."""
    rng = np.random.default_rng(0)
    for split, first in (("digits", 0), ("letters", 1)):
        labels = np.arange(first, first + 26, dtype=np.uint8)
        for part in ("train", "test"):
            images = rng.integers(0, 256, (26, 4, 4), np.uint8)
            write_idx(tmp_path / f"emnist-{split}-{part}-images-idx3-ubyte.gz", images)
            write_idx(tmp_path / f"emnist-{split}-{part}-labels-idx1-ubyte.gz", labels)
    return tmp_path


def test_what_was_changed_goes_to_stderr(emnist, capsys):
    data = load_data(parse(f"--data={emnist}", "--split=letters"))
    assert data.class_names[0] == "A"
    out, err = capsys.readouterr()
    assert not out
    assert err.splitlines() == [f"{emnist}: {note}" for note in data.notes]
    assert "labels 1 to 26 are classes 0 to 25" in err
    assert "turned upright" in err
    load_data(parse(f"--data={emnist}", "--split=letters", "--quiet"))
    assert capsys.readouterr() == ("", "")


def test_images_are_turned_or_left(emnist):
    upright, stored, turned = (
        load_data(parse(f"--data={emnist}", "--split=digits", "--quiet", *options)).train_images
        for options in ([], ["--no-transpose"], ["--transpose"])
    )
    np.testing.assert_array_equal(upright, stored.swapaxes(1, 2))
    np.testing.assert_array_equal(upright, turned)


def test_the_part_is_separate_from_the_split_and_keeps_its_old_name():
    parts = ("test", "train")
    assert (parse().split, parse().transpose) == (None, None)
    assert not hasattr(parse(), "part")
    arguments = parse("--split=letters", parts=parts)
    assert (arguments.part, arguments.split) == ("test", "letters")
    arguments = parse("--part=train", "--split=letters", parts=parts)
    assert (arguments.part, arguments.split) == ("train", "letters")
    arguments = parse("--split=train", parts=parts)
    assert (arguments.part, arguments.split) == ("train", None)
    with pytest.raises(UsageError, match="--part: invalid choice"):
        parse("--part=letters", parts=parts)


def test_a_folder_that_is_missing_is_an_error_and_is_not_made(tmp_path):
    write_tiny_set(tmp_path / "fashion")
    with pytest.raises(DataError, match=r"fashon: no such file or folder: did you mean .*fashion\?"):
        load_data(parse(f"--data={tmp_path / 'fashon'}"))
    assert not (tmp_path / "fashon").exists()
