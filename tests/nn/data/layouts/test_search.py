import pytest

from nn.data.layouts.search import choose, listing, reject_split, subfolders
from nn.errors import DataError


def test_hidden_entries_and_those_of_systems_are_left_out(tmp_path):
    for name in ("b", "a", "._a", ".DS_Store", "Thumbs.db", "desktop.ini"):
        (tmp_path / name).touch()
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "c").mkdir()
    assert [path.name for path in listing(tmp_path)] == ["a", "b", "c"]
    assert [path.name for path in subfolders(tmp_path)] == ["c"]


def test_a_path_that_is_not_a_folder_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="file: can't be read as a folder"):
        listing(tmp_path / "file")


@pytest.mark.parametrize("split", ["letters", "LETTERS", None])
def test_a_split_is_a_word_of_the_name(tmp_path, split):
    names = ["emnist-letters-"] if split is None else ["emnist-letters-", "emnist-bigletters-"]
    assert choose(tmp_path, names, split) == "emnist-letters-"


def test_a_split_of_an_unsplit_set_is_an_error(tmp_path):
    reject_split(tmp_path, None)
    with pytest.raises(DataError, match="expected a data set with several splits"):
        reject_split(tmp_path, "letters")
