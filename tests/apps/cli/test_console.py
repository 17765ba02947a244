"""Standard streams of every encoding, closed and full ones."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from apps.cli import console
from apps.cli.console import Stream
from tests import processes
from tests.processes import Result

#: A command that prints, writes a file, and prints again.
PROGRAM = """
import sys
from apps.cli.command import command
@command("work")
def main():
    print("caf\\xe9 \\u6570 \\x1b[31m", flush=FLUSH)
    print("half \\u2588", file=sys.stderr)
    with open("result", "w") as file:
        file.write("whole")
    print("\\udcff done")
    return 0
sys.exit(main())
"""


@pytest.fixture
def run(tmp_path):
    """Runs the program in a shell with redirections; gives the result, without what the file holds."""

    def run(redirection="", environment=None, flush=True):
        command = processes.python(PROGRAM.replace("FLUSH", str(flush)))
        result = processes.run(["sh", "-c", f'"$@" {redirection}', "sh", *command], tmp_path, environment)
        assert (tmp_path / "result").read_text() == "whole"
        return result

    return run


@pytest.mark.parametrize(
    ("encoding", "line"),
    [
        ("cp1252", b"caf\xe9 \\u6570 \\x1b[31m"),
        ("cp932", b"caf\\xe9 \x90\x94 \\x1b[31m"),
        ("ascii", b"caf\\xe9 \\u6570 \\x1b[31m"),
        ("utf-8", "caf\xe9 \u6570 \\x1b[31m".encode()),
        ("utf-16-le", "caf\xe9 \u6570 \\x1b[31m".encode("utf-16-le")),
    ],
)
def test_characters_outside_the_encoding_are_escaped(encoding, line, monkeypatch):
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding))
    with console.safe_streams():
        print("caf\xe9 \u6570 \x1b[31m", end="")
    assert buffer.getvalue() == line


def test_a_command_with_an_ascii_console(run):
    result = run(environment={"PYTHONIOENCODING": "ascii"})
    assert result == Result(0, "caf\\xe9 \\u6570 \\x1b[31m\n\\xff done\n", "half \\u2588\n")


needs_full_device = pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
needs_shell = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")


@needs_full_device
@pytest.mark.parametrize("flush", [True, False])
def test_a_full_stdout_is_one_line_after_the_work(run, flush):
    result = run(">/dev/full", flush=flush)
    assert (result.status, result.err.splitlines()[1:]) == (1, ["work: stdout: No space left on device"])


@needs_shell
@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_error(run, redirection):
    result = run(redirection)
    assert result.status == 0
    assert "Traceback" not in result.err


@needs_full_device
def test_a_full_stderr_is_no_error(run):
    assert run("2>/dev/full").status == 0


@needs_shell
@pytest.mark.parametrize("flush", [True, False])
def test_a_reader_that_has_gone_is_no_error(run, flush):
    result = run("| true", flush=flush)
    assert result.err == "half \u2588\n"


def test_no_streams_as_under_pythonw(monkeypatch):
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    with console.safe_streams() as out:
        print("nothing shows this")
        print("nor this", file=sys.stderr, flush=True)
        assert not sys.stderr.isatty()
        with pytest.raises(OSError, match="no file descriptor"):
            sys.stderr.fileno()
    assert out.error is None
    assert (sys.stdout, sys.stderr) == (None, None)


def test_a_stream_that_was_closed_by_the_program():
    closed = io.StringIO()
    closed.close()
    stream = Stream(closed)
    assert stream.write("text") == 4
    stream.flush()
    assert stream.error is None


def test_after_a_failed_write_the_rest_is_dropped(monkeypatch):
    class Broken(io.StringIO):
        writes = 0

        def write(self, text):
            self.writes += 1
            raise BrokenPipeError(32, "Broken pipe")

    broken = Broken()
    monkeypatch.setattr(sys, "stdout", broken)
    with console.safe_streams() as out:
        assert console.has_reader()
        for _ in range(3):
            print("text")
        assert not console.has_reader()
    assert broken.writes == 1
    assert isinstance(out.error, BrokenPipeError)


@needs_shell
def test_no_file_gets_the_descriptor_of_a_closed_stream(tmp_path):
    code = """
import os
from apps.cli import console
with console.safe_streams():
    os.write(9, b"%d" % open("file", "w").fileno())
"""
    command = processes.python(code)
    result = processes.run(["sh", "-c", '"$@" 9>number <&- >&- 2>&-', "sh", *command], tmp_path)
    assert result.status == 0
    assert int((tmp_path / "number").read_text()) > 2


def test_a_kernel_of_a_notebook_is_known_by_its_shell(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not console.in_notebook()
    for shell, expected in ((None, False), (SimpleNamespace(), False), (SimpleNamespace(kernel=1), True)):
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda shell=shell: shell))
        assert console.in_notebook() is expected
