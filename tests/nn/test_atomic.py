"""Atomic writes, also when they fail or their process is killed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nn.atomic import atomic_write

posix = pytest.mark.skipif(sys.platform == "win32", reason="has no locks that end with their process")

#: Writes half of a file, says so, and waits to be killed.
KILLED = """
import sys
from nn.atomic import atomic_write
with atomic_write(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    print("half", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a[1].npz"  # whose name is also a pattern
    path.write_bytes(b"earlier")
    return path


@pytest.fixture
def writer(path):
    """A process in the middle of writing ``path``."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"half\n"
        yield process
        process.kill()


def parts(path):
    return [other for other in path.parent.iterdir() if other.suffix == ".part"]


def write(path, content):
    with atomic_write(path) as file:
        file.write(content)


def test_file_appears_complete(path):
    with atomic_write(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"earlier"
    assert path.read_bytes() == b"new"
    assert parts(path) == []


def test_folders_are_made(tmp_path):
    write(tmp_path / "a" / "b" / "c", b"new")
    assert (tmp_path / "a" / "b" / "c").read_bytes() == b"new"


def test_an_exception_leaves_the_earlier_file_alone(path):
    def interrupted():
        with atomic_write(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"earlier"
    assert parts(path) == []


@pytest.mark.parametrize("call", ["dup", "fdopen", "fsync"])
def test_an_interrupt_leaves_no_temporary_file(path, monkeypatch, call):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, call, interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(path, b"new")
    assert path.read_bytes() == b"earlier"
    assert parts(path) == []


@posix
def test_file_mode_follows_the_umask(path):
    before = os.umask(0o027)
    try:
        write(path, b"new")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


@posix
def test_temporary_files_of_killed_processes_are_removed(path, writer):
    writer.kill()
    writer.wait()
    assert [part.read_bytes() for part in parts(path)] == [b"half"]
    assert path.read_bytes() == b"earlier"
    write(path.with_name("other.npz"), b"new")
    assert len(parts(path)) == 1
    write(path, b"new")
    assert parts(path) == []


@posix
def test_temporary_files_of_running_processes_stay(path, writer):
    (part,) = parts(path)
    write(path, b"new")
    assert parts(path) == [part]
    writer.communicate()  # it may go on
    assert path.read_bytes() == b"half"
    assert parts(path) == []
