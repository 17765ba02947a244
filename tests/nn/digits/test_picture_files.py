"""Files in folders, whatever links and names there are."""

import os
from pathlib import Path

import pytest

from nn.digits.picture_files import find_files, picture_suffixes


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Path("top")


def make(*names):
    for name in names:
        path = Path("top", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(folder):
    return [path.relative_to(folder).as_posix() for path in find_files(folder, picture_suffixes())]


def test_files_of_all_folders_are_sorted_and_others_left_out(folder):
    make("b.png", "a/2.PNG", "a/1.jpg", "c/d/e.HEIC", "notes.txt", "manifest.csv", ".hidden.png", ".git/x.png")
    make("a.png/inner.png")  # a folder whose name ends as a picture's does
    assert found(folder) == ["a/1.jpg", "a/2.PNG", "a.png/inner.png", "b.png", "c/d/e.HEIC"]
    assert found(folder / "b.png") == ["."]


def test_loops_of_links_end(folder):
    make("a/1.png", "b/2.png")
    try:
        Path("top/a/up").symlink_to(Path("..").resolve() / folder.resolve(), target_is_directory=True)
        Path("top/b/self").symlink_to(".", target_is_directory=True)
        Path("top/b/a").symlink_to("../a", target_is_directory=True)
        Path("top/b/3.png").symlink_to("2.png")
    except OSError:
        pytest.skip("links are not allowed here")
    assert found(folder) == ["a/1.png", "b/2.png", "b/3.png"]


def test_names_that_are_not_utf_8(folder):
    make("ok.png")
    try:
        os.close(os.open(b"top/caf\xe9.png", os.O_CREAT | os.O_WRONLY))
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    assert found(folder) == [os.fsdecode(b"caf\xe9.png"), "ok.png"]


def test_a_folder_that_cannot_be_listed_is_in_the_result(folder, monkeypatch):
    make("a/1.png", "locked/2.png", "z.png")
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert found(folder) == ["a/1.png", "locked", "z.png"]
