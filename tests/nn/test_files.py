"""Only regular files that can be accessed are read."""

import os
from pathlib import Path

import pytest

from nn.errors import DataError
from nn.files import file_size, is_file


def test_the_size_of_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"seven")
    assert file_size(tmp_path / "file", "a drawing", DataError) == 5


def test_paths_that_are_not_files(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for name, reason in {
        "missing": ", found nothing",
        "file/below": ", found nothing",
        "folder": ", found a folder",
        "x" * 300: ": .+",
        "nu\0l": ": .+",
    }.items():
        with pytest.raises(DataError, match=f"{name}: expected a drawing{reason}$"):
            file_size(tmp_path / name, "a drawing", DataError)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="found no file"):
        file_size(tmp_path / "pipe", "a drawing", DataError)


def test_no_permission(tmp_path, monkeypatch):
    def forbidden(path, **options):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(Path, "stat", forbidden)  # root may access everything
    with pytest.raises(DataError, match=r"a\.png: expected a picture: Permission denied"):
        file_size("a.png", "a picture", DataError)


def test_whether_it_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    assert [is_file(tmp_path / name) for name in ("file", "missing", "x" * 300, "nu\0l", ".")] == [True, *4 * [False]]
