"""Names of files: of folders, and of lists in files and on standard input."""

import io
import os
import sys
from pathlib import Path

import pytest

from apps.cli.reading.inputs import PAUSE, STDIN, Inputs
from nn.errors import DataError


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.png", "a/2.png", "a/1.json", "a/notes.txt", "a/deep/3.jpg"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    Path("empty").mkdir()


def test_folders_stand_for_their_pictures_and_drawings():
    inputs = Inputs([Path(name) for name in ("b.png", "a", "missing.png", "a/notes.txt", "empty")])
    expected = ["b.png", "a/1.json", "a/2.png", "a/deep/3.jpg", "missing.png", "a/notes.txt", "empty"]
    assert [Path(name).as_posix() for name in inputs.names()] == expected
    assert inputs.count() == len(expected)


def test_the_output_is_left_out_of_folders():
    assert list(Inputs([Path("a")], output=Path("a/1.json")).names()) == list(
        map(str, map(Path, ("a/2.png", "a/deep/3.jpg")))
    )
    assert list(Inputs([Path("a/1.json")], output=Path("a/1.json")).names()) == [str(Path("a/1.json"))]


@pytest.mark.parametrize(
    ("content", "null", "names"),
    [
        (b"b.png\nc d.png\n", False, ["b.png", "c d.png"]),
        (b"\xef\xbb\xbfb.png\r\n\r\n\nlast.png", False, ["b.png", "last.png"]),
        (b"two\nlines.png\0b.png\0", True, ["two\nlines.png", "b.png"]),
        (b"caf\xe9.png\n", False, [os.fsdecode(b"caf\xe9.png")]),
        (b"", False, []),
    ],
)
def test_lists_in_files_and_on_stdin(monkeypatch, content, null, names):
    Path("list").write_bytes(content)
    inputs = Inputs(list_file=Path("list"), null=null)
    assert list(inputs.names()) == names
    assert inputs.count() == len(names)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    inputs = Inputs(list_file=STDIN, null=null)
    assert inputs.count() is None
    assert [name for name in inputs.names() if name is not PAUSE] == names


def test_names_are_passed_on_as_soon_as_they_are_written(monkeypatch):
    read, write = os.pipe()
    with open(read) as stdin, open(write, "wb", buffering=0) as other:  # noqa: PTH123 (descriptors)
        monkeypatch.setattr(sys, "stdin", stdin)
        names = Inputs(list_file=STDIN).names()
        for name in ("b.png", "other.png"):
            other.write(f"{name}\n".encode())
            assert (next(names), next(names)) == (name, PAUSE)
        other.close()
        assert list(names) == []


def test_long_lists_are_read_in_blocks():
    expected = [f"{number:05d}.png" for number in range(20_000)]
    Path("list").write_text("\n".join(expected))
    assert list(Inputs(list_file=Path("list")).names()) == expected


def test_what_is_no_list():
    Path("list").write_bytes(bytes(200_000))
    with pytest.raises(DataError, match=r"list: expected a list of names, found .* bytes without end"):
        list(Inputs(list_file=Path("list")).names())
    with pytest.raises(FileNotFoundError):
        list(Inputs(list_file=Path("nowhere")).names())
