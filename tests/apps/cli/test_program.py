"""The name of the running program."""

import pytest

from apps.cli import program
from apps.cli.program import program_name, set_command
from tests import processes
from tests.processes import ROOT


def test_a_launcher_has_its_own_name():
    assert program_name("train.py") == "train.py"


def test_digits_names_the_command(monkeypatch):
    monkeypatch.setattr(program, "_command", None)
    set_command("train")
    assert program_name("train.py") == program_name("python scripts/train.py") == "digits train"


#: Starts a program where another package may come first.
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from apps.cli import signals; signals.exit_immediately('train.py')"
)


@pytest.mark.parametrize("file", ["nn.py", "nn/__init__.py"])
def test_another_package_of_the_same_name_is_one_line(file, tmp_path):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("")
    result = processes.run(processes.python(START, tmp_path))
    assert result.is_one_line_error
    assert result.err.startswith(f"train.py: nn: expected {ROOT / 'nn'}, but it is hidden by another package")
    assert str(tmp_path / file) in result.err


def test_a_missing_package_is_one_line(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert program.shadowed_nn() == f"nn: expected {ROOT / 'nn'}, but it is not found"


def test_a_folder_that_only_has_the_name_hides_nothing(tmp_path):
    (tmp_path / "nn").mkdir()
    assert processes.run(processes.python(START, tmp_path)) == processes.Result(0, "", "")
