"""Commands: errors are one line on stderr, and every end has its exit status."""

import importlib
import signal
import warnings

import pytest

from apps.cli.arguments import UsageError
from apps.cli.command import BAD_INPUT, SUCCESS, command
from nn.errors import CheckpointError, ConfigurationError, DataError, one_line
from tests.processes import ROOT


def run(error):
    """The exit status of a command that raises ``error``."""

    @command("try.py")
    def main():
        raise error

    return main()


ERRORS = [
    *(UsageError, DataError, CheckpointError, ConfigurationError),
    *(OSError, BrokenPipeError, MemoryError, FloatingPointError),
]


@pytest.mark.parametrize("kind", ERRORS)
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
        (MemoryError(), "not enough memory"),
        ("a\nb", "a b"),
    ],
)
def test_one_line(error, line):
    assert one_line(error) == line


@pytest.mark.filterwarnings("default")
def test_a_warning_is_one_line(capsys):
    before = warnings.showwarning

    @command("try.py")
    def main():
        warnings.warn("the cache\n is full", RuntimeWarning, stacklevel=1)
        return SUCCESS

    assert main() == SUCCESS
    assert capsys.readouterr().err == "try.py: the cache is full\n"
    assert warnings.showwarning is before


def test_every_program_is_a_command():
    """So that errors and the standard streams are handled the same everywhere."""
    modules = [
        f"apps.cli.{path.stem}" for path in (ROOT / "apps/cli").glob("*.py") if "\ndef main(" in path.read_text()
    ]
    assert len(modules) >= 5
    for name in [*modules, "apps.draw.__main__"]:
        if name != "apps.cli.main":  # which runs the others
            assert hasattr(importlib.import_module(name).main, "__wrapped__"), name
