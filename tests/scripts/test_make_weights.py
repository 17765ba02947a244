"""The command that makes the shipped weights, with networks that do not learn anything."""

import json
from pathlib import Path

import numpy as np
import pytest

from apps.cli.command import BAD_INPUT, SUCCESS
from apps.cli.shipped import SHIPPED
from nn import checkpoint, recipes, zoo
from scripts import make_weights
from scripts.model_cards import MARK

TABLE = {name: SHIPPED[name] for name in ("baseline", "tiny")}

IMAGES = {
    "n": 100,
    "accuracy": 0.97,
    "interval": [0.91, 0.99],
    "confusion": [[49, 1], [2, 48]],
    "groups": {"students": {"n": 50, "errors": 2, "accuracy": 0.96, "low": 0.9, "high": 0.99}},
    "corruptions": {"fog": {"n": 100, "accuracy": 0.5}, "mean": {"n": 1500, "accuracy": 0.75}},
}
STROKES = {"n": 30, "accuracy": 0.9, "writer_interval": [0.8, 0.95], "held_out_digits": {"1": 0.5, "7": 1.0}}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the command with stand-ins for training and evaluation; gives the status, and notes what they were asked."""
    asked = []

    def option(argv, name):
        return next((value.partition("=")[2] for value in argv if value.startswith(f"{name}=")), None)

    def train(argv):
        asked.append(("train", argv))
        if stop:
            return stop.pop()
        path = Path(option(argv, "--out"))
        arch = path.stem
        settings = recipes.get("default", arch).to_dict()
        meta = {"arch": arch, "recipe": "default", "seed": 0, "command": f"digits train --arch {arch}"}
        meta |= {"settings": settings, "precision": "int8", "data_crc32": 1, "versions": {"python": "3.11.2"}}
        checkpoint.save(path, zoo.build(arch, rng=np.random.default_rng(0)), meta, precision="int8")
        metrics = Path(option(argv, "--metrics"))
        metrics.parent.mkdir(exist_ok=True)
        metrics.write_text(json.dumps({"train_seconds": 120.0, "threads": 2}))
        return SUCCESS

    def evaluate(argv):
        asked.append(("evaluate", argv))
        Path(option(argv, "--metrics")).write_text(json.dumps(STROKES if option(argv, "--strokes") else IMAGES))
        return SUCCESS

    stop = []
    monkeypatch.setattr(make_weights, "SHIPPED", TABLE)
    monkeypatch.setattr(make_weights.train, "main", train)
    monkeypatch.setattr(make_weights.evaluate, "main", evaluate)
    (tmp_path / "out").mkdir()

    def run(*arguments, stopped=None):
        asked.clear()
        stop[:] = [] if stopped is None else [stopped]
        return make_weights.main([*arguments, f"--out={tmp_path / 'out'}", f"--runs={tmp_path / 'runs'}"]), list(asked)

    return run


def test_it_trains_evaluates_and_writes_cards_once(run, tmp_path, capsys):
    status, asked = run("--strokes=set.npz")
    assert status == SUCCESS
    assert [kind for kind, _ in asked] == ["train"] * 2 + ["evaluate"] * 4
    assert asked[0][1][:4] == ["--arch", "baseline", "--recipe", "default"]
    assert "To train: baseline, tiny; about 4 minutes" in capsys.readouterr().out
    card = (tmp_path / "out" / "tiny.md").read_text()
    for line in (
        "# `tiny`",
        f"**Use:** {SHIPPED['tiny'].use}",
        "| network | `tiny`: 8,858 parameters, 1,127,584 multiply-adds an image |",
        "| training | 2.0 minutes on 2 cores: at most 240 core-seconds |",
        "| MNIST's test images | 100 | 3 | 97.00 % | 91.00 % | 99.00 % |",
        "| students | 50 | 2 | 96.00 % | 90.00 % | 99.00 % |",
        "| pen strokes, by writers | 30 |  | 90.00 % | 80.00 % | 95.00 % |",
        "| held-out ways to write digits |  |  | 75.00 % |  |  |",
        "| fog | 100 | 50.00 % |",
        "Most frequent errors: 1 read as 0 (2), 0 read as 1 (1).",
        SHIPPED["tiny"].limits,
    ):
        assert line in card
    assert card.endswith(f"{MARK}\n")
    assert run("--strokes=set.npz") == (SUCCESS, [])  # finished


def test_what_is_written_by_hand_stays(run, tmp_path):
    run("tiny")
    path = tmp_path / "out" / "tiny.md"
    generated = path.read_text()
    path.write_text(generated.replace("# `tiny`", "# old") + "\nNotes.\n")
    run("tiny", "--evaluate")
    assert path.read_text() == generated + "\nNotes.\n"


def test_a_stopped_training_resumes(run, tmp_path, capsys):
    assert run("tiny", stopped=130)[0] == 130
    assert "the same command resumes it" in capsys.readouterr().out
    folder = tmp_path / "runs" / "tiny" / "20260101-000000-tiny"
    folder.mkdir(parents=True)
    (folder / "checkpoint.npz").touch()
    status, asked = run("tiny")
    assert status == SUCCESS
    assert asked[0][1][0] == f"--resume={folder}"


def test_without_metrics_of_the_training_the_table_says_how_long_it_took(run, tmp_path):
    run("tiny")
    (tmp_path / "runs" / "tiny-training.json").unlink()
    run("tiny", "--evaluate")
    assert f"| training | {SHIPPED['tiny'].training} |" in (tmp_path / "out" / "tiny.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["vgg"], "expected names of baseline, tiny, got 'vgg'"), (["tiny", "--evaluate"], "tiny.npz: no such file")],
)
def test_bad_input_is_one_line(run, capsys, arguments, message):
    assert run(*arguments)[0] == BAD_INPUT
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
