"""Parsing of command lines."""

import argparse
import importlib
from pathlib import Path

import pytest

from apps.cli.arguments import (
    Parser,
    UsageError,
    add_arguments,
    expand_patterns,
    name_or_user_path,
    non_negative_int,
    parse_resumed,
    positive_float,
    positive_int,
    user_path,
    window_size,
)
from apps.cli.main import COMMANDS


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (positive_int, "1", 1),
        (non_negative_int, "0", 0),
        (positive_float, "1e-3", 1e-3),
        (window_size, "320x240", (320, 240)),
        (window_size, "1280X800", (1280, 800)),
    ],
)
def test_values(kind, text, value):
    assert kind(text) == value


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (positive_int, ["0", "-1", "1.5", "", "one"]),
        (non_negative_int, ["-1", "0.5"]),
        (positive_float, ["0", "-1", "inf", "nan", "x"]),
        (window_size, ["319x240", "320x239", "16385x800", "800", "1x2x3", "ax800"]),
    ],
)
def test_invalid_values(kind, texts):
    for text in texts:
        with pytest.raises(argparse.ArgumentTypeError, match=r"^expected "):
            kind(text)


def test_the_home_of_the_user_is_expanded_unless_a_file_has_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    assert user_path("~/a.npz") == tmp_path / "home" / "a.npz"
    assert user_path("a~.npz") == Path("a~.npz")
    Path("~a.png").touch()
    assert user_path("~a.png") == Path("~a.png")
    assert name_or_user_path("~/a.json") == str(tmp_path / "home" / "a.json")
    assert name_or_user_path("./deep") == "./deep"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_path_of_every_command_may_begin_with_the_home(name, monkeypatch):
    kinds = {}
    add = argparse.ArgumentParser.add_argument
    monkeypatch.setattr(
        argparse.ArgumentParser,
        "add_argument",
        lambda self, *names, **options: kinds.update({names[0]: options.get("type")}) or add(self, *names, **options),
    )
    with pytest.raises(SystemExit):
        importlib.import_module(COMMANDS[name].module).main(["--help"])
    assert kinds
    assert Path not in kinds.values()
    assert all(kinds.get(name, name_or_user_path) is name_or_user_path for name in ("--arch", "--recipe"))


def test_shared_arguments_with_changes():
    parser = Parser("A command.", prog="try.py")
    add_arguments(parser, "batch-size", "out", "seed", out={"default": Path("picture.png")})
    assert vars(parser.parse_args(["--batch-size=8"])) == {"batch_size": 8, "out": Path("picture.png"), "seed": 0}
    assert "(default: picture.png)" in " ".join(parser.format_help().split())


def test_errors_are_raised():
    parser = Parser(None)
    add_arguments(parser, "seed")
    with pytest.raises(UsageError, match=r"^argument --seed: .* \(--help lists the options\)$"):
        parser.parse_args(["--seed=-1"])


def test_patterns_are_expanded_unless_a_file_has_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.png", "a.png", "c[1].png", "c1.png"):
        Path(name).touch()
    given = ["*.png", "c[1].png", "[ab].png", "none*.png", "missing.png"]
    expected = ["a.png", "b.png", "c1.png", "c[1].png", "c[1].png", "a.png", "b.png", "none*.png", "missing.png"]
    assert [str(path) for path in expand_patterns(map(Path, given))] == expected


def parse_train(argv, saved):
    parser = Parser(None)
    add_arguments(parser, "arch", "seed", "learning-rate", "out")
    parser.add_argument("--split", choices=("test", "train"), default="test")
    parser.add_argument("--transpose", action=argparse.BooleanOptionalAction)
    return parse_resumed(parser, argv, saved)


def test_saved_arguments_are_the_defaults():
    got = parse_train(["--seed=2"], {"seed": 1, "arch": "tiny", "learning_rate": 0.5, "split": "train"})
    assert (got.seed, got.arch, got.learning_rate, got.split, got.out) == (2, "tiny", 0.5, "train", None)


@pytest.mark.parametrize("value", [True, False])
def test_a_saved_switch_is_the_default(value):
    assert parse_train([], {"transpose": value}).transpose is value
    assert parse_train(["--no-transpose"], {"transpose": value}).transpose is False


@pytest.mark.parametrize(
    "saved",
    [
        *({"seed": value} for value in (-1, 1.5, True, None, {}, [], [1, 2], "x", float("nan"), "1e400")),
        *({"learning_rate": value} for value in (0, -1.0, "nan", float("inf"))),
        {"split": "other"},
        {"unknown": 1},
        {"arch": ["tiny", "--out=/etc/passwd"]},
        {"arch": "--out=/etc/passwd"},
        {"seed=1 --out": "x"},
    ],
)
def test_saved_arguments_are_checked_as_the_command_line_is(saved):
    with pytest.raises(ValueError, match=r"argument|expected|unrecognized"):
        parse_train([], saved)
