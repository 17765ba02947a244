"""Commands: errors are one line on stderr, and every end has its exit status."""

import signal

import pytest

from apps.cli.arguments import UsageError
from apps.cli.command import BAD_INPUT, command
from nn.errors import CheckpointError, DataError, one_line


def run(error):
    """The exit status of a command that raises ``error``."""

    @command("try.py")
    def main():
        raise error

    return main()


@pytest.mark.parametrize("kind", [UsageError, DataError, CheckpointError, OSError, MemoryError, FloatingPointError])
def test_errors_are_one_line_and_status_2(kind, capsys):
    assert run(kind("two\n lines")) == BAD_INPUT == 2
    assert capsys.readouterr().err == "try.py: two lines\n"


def test_ctrl_c_is_status_130(capsys):
    assert run(KeyboardInterrupt()) == 128 + signal.SIGINT
    assert capsys.readouterr().err == "try.py: interrupted\n"


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ValueError, match="mine"):
        run(ValueError("mine"))


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FileNotFoundError(2, "No such file", "a.npz"), "a.npz: No such file"),
        (MemoryError(), "MemoryError"),
        ("a\nb", "a b"),
    ],
)
def test_one_line(error, line):
    assert one_line(error) == line
