"""The name of the running program."""

from apps.cli import program
from apps.cli.program import program_name, started_by_digits


def test_a_launcher_has_its_own_name():
    assert program_name("train.py") == "train.py"


def test_digits_names_the_command(monkeypatch):
    monkeypatch.setattr(program, "_command", None)
    started_by_digits("train")
    assert program_name("train.py") == program_name("python scripts/train.py") == "digits train"
