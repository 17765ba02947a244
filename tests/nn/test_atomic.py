"""Atomic writes, also when they fail or their process is killed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nn.atomic import atomic_write, check_writable, file_lock

posix = pytest.mark.skipif(sys.platform == "win32", reason="has no locks that end with their process")

#: Writes half of a file, says so, and waits to be killed.
KILLED = """
import sys
from nn.atomic import atomic_write, file_lock
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
def test_mode_of_a_new_file_follows_the_umask(path):
    path.unlink()
    before = os.umask(0o027)
    try:
        write(path, b"new")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


@posix
def test_mode_of_an_earlier_file_stays(path):
    path.chmod(0o600)
    write(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the root user may write read-only files")
def test_read_only_file_is_refused(path):
    path.chmod(0o400)
    with pytest.raises(PermissionError, match="read-only"):
        write(path, b"new")
    assert path.read_bytes() == b"earlier"


@pytest.mark.parametrize("call", [check_writable, lambda path: write(path, b"new")], ids=["check", "write"])
def test_an_error_names_the_file_and_not_the_temporary_one(path, monkeypatch, call):
    def refuse(name, *_):
        raise PermissionError(13, "Permission denied", str(name))

    monkeypatch.setattr("nn.atomic._open_and_lock", refuse)
    with pytest.raises(PermissionError) as caught:
        call(path)
    assert caught.value.filename == str(path)


@posix
@pytest.mark.parametrize("exists", [True, False], ids=["existing", "dangling"])
def test_symbolic_link_stays_and_its_target_is_replaced(path, tmp_path, exists):
    (folder := tmp_path / "elsewhere").mkdir()
    target, link = folder / "target", tmp_path / "link"
    if exists:
        target.write_bytes(b"earlier")
    link.symlink_to(target)
    write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_folder_is_refused(tmp_path):
    for attempt in (write, lambda path, _: check_writable(path)):
        with pytest.raises(IsADirectoryError, match="found a folder"):
            attempt(tmp_path, b"new")


@posix
def test_pipe_is_written_to_and_stays(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    check_writable(tmp_path / "pipe")
    write(tmp_path / "pipe", b"new")
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert (tmp_path / "pipe").is_fifo()


@posix
def test_pipe_without_a_reader_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for attempt in (write, lambda path, _: check_writable(path)):
        with pytest.raises(OSError, match="pipe"):
            attempt(tmp_path / "pipe", b"new")
    assert (tmp_path / "pipe").is_fifo()


@posix
def test_device_stays(tmp_path):
    write(os.devnull, b"new")
    check_writable(os.devnull)
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127])
def test_longest_names_can_be_written(tmp_path, name):
    write(tmp_path / name, b"new")
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", [".a[1].npz.mybackup.part", ".a[1].npz.0123.part", ".a[1].npz.0123456789abcdeF.part"])
def test_files_of_similar_names_stay(path, name):
    (other := path.with_name(name)).write_bytes(b"mine")
    write(path, b"new")
    assert other.read_bytes() == b"mine"


@posix
def test_link_of_the_name_of_a_temporary_file_is_not_followed(path, tmp_path):
    (target := tmp_path / "target").write_bytes(b"mine")
    path.with_name(f".{path.name}.{'0' * 16}.part").symlink_to(target)
    write(path, b"new")
    assert target.read_bytes() == b"mine"


def test_check_leaves_everything_as_it_was(path):
    check_writable(path)
    check_writable(path.parent / "new" / "file")
    check_writable(path.parent / "new" / "newer" / "file")
    assert path.read_bytes() == b"earlier"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", ["x" * 256, "file/below"])
def test_check_refuses_names_that_can_not_be_made(tmp_path, name):
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(OSError, match=r"name too long|Not a directory|exists"):
        check_writable(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


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


@pytest.mark.skipif(sys.platform == "win32", reason="has no such locks")
def test_a_lock_keeps_others_waiting(tmp_path):
    path = tmp_path / "new" / "file"
    with file_lock(path), pytest.raises(TimeoutError, match="another program has been changing it"), file_lock(path, 0):
        pass
    with file_lock(path):  # it is released, with an exception or without
        assert not path.exists()


@posix
@pytest.mark.parametrize("function", ["dup", "fdopen"])
def test_where_a_descriptor_can_not_be_had_none_stays_open(function, tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError(24, "Too many open files")

    before = os.open(tmp_path, os.O_RDONLY)
    os.close(before)
    monkeypatch.setattr(os, function, fail)
    with pytest.raises(OSError, match="Too many open files"), atomic_write(tmp_path / "file"):
        pass
    monkeypatch.undo()
    after = os.open(tmp_path, os.O_RDONLY)
    os.close(after)
    assert after == before
    assert not list(tmp_path.iterdir())
