"""The program ``digits``."""

import configparser
import importlib
import importlib.util

import pytest

from apps.cli import main, program
from apps.cli.main import COMMANDS
from tests import processes
from tests.processes import ROOT


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    """Forget afterwards that this process ran as ``digits``, and leave the signals alone."""
    monkeypatch.setattr(program, "_command", None)
    monkeypatch.setattr(main.signals, "exit_immediately", lambda name: None)


def digits(*arguments):
    return main.main(arguments)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_the_help_lists_the_commands(arguments, capsys):
    assert digits(*arguments) == 0
    out = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert f"  {name} " in out
        assert f"  {command.help}\n" in out


def test_version(capsys, monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", {main.DISTRIBUTION: "1.2.3"}.__getitem__)
    assert digits("--version") == 0
    assert capsys.readouterr().out == "digits 1.2.3\n"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("trian", "did you mean train?"), ("sing", f"expected one of {', '.join(COMMANDS)}")],
)
def test_an_unknown_command_is_one_line(name, hint, capsys):
    assert digits(name, "--epochs", "3") == 2
    assert capsys.readouterr().err == f"digits: {name!r} is not a command: {hint}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_names_itself(name, capsys):
    with pytest.raises(SystemExit) as ended:
        digits(name, "--help")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: digits {name} ")
    assert digits(name, "--no-such-option") == 2
    assert capsys.readouterr().err.startswith(f"digits {name}: ")


def test_no_command_is_loaded_before_it_is_used():
    code = (
        "import sys; from apps.cli import main; main.main(['--help']); sys.exit(bool({'numpy', 'nn'} & {*sys.modules}))"
    )
    assert processes.run(processes.python(code)).status == 0


def test_the_distribution_installs_it():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    name, _, target = config["options.entry_points"]["console_scripts"].strip().partition(" = ")
    module, _, function = target.partition(":")
    assert name == main.PROGRAM
    assert getattr(importlib.import_module(module), function) is main.main
    assert config["metadata"]["name"] == main.DISTRIBUTION


def test_each_module_exists():
    for command in COMMANDS.values():
        assert importlib.util.find_spec(command.module), command.module


@pytest.mark.parametrize("name", ["pygame", "pygame.freetype"])
def test_a_package_that_is_not_installed_is_one_line(name, monkeypatch, capsys):
    def missing(module):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(SystemExit) as ended:
        digits("draw")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "digits draw: the package pygame is not installed\n"


def test_a_missing_module_of_its_own_is_a_bug(monkeypatch):
    monkeypatch.setitem(COMMANDS, "lost", main.Command("apps.cli.lost", ""))
    with pytest.raises(ModuleNotFoundError, match=r"apps\.cli\.lost"):
        digits("lost")
