"""Evaluation on pictures of digits, lines and pages, with the shipped network."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.cli import evaluate
from apps.cli.evaluation import picture_perturbations
from nn.digits import synthesis
from nn.digits.painting import paint
from nn.digits.strokes import place
from nn.digits.synthesis import picture_effects


def picture(*digits):
    """Digits side by side, ink bright on dark."""
    rng = np.random.default_rng(1)
    drawn = [place(synthesis.sample(digit, rng), 80.0, (100 * n + 20, 20)) for n, digit in enumerate(digits)]
    return paint([stroke for drawing in drawn for stroke in drawing], (100 * len(digits) + 20, 120), 8.0)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command in an empty folder; gives its exit status, standard output, standard error and metrics."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        status = evaluate.main(["--quiet", "--out=o", *map(str, arguments)])
        out, err = capsys.readouterr()
        return status, out, err, json.loads(Path("o/metrics.json").read_text()) if status < 2 else None

    return run


def test_a_manifest_is_evaluated_by_kind(run):
    for name, digits in (("1.png", [7]), ("2.png", [3]), ("wrong.png", [4]), ("line.png", [2, 6, 0])):
        Image.fromarray(picture(*digits)).save(name)
    Path("text.png").write_text("no picture")
    Path("manifest.csv").write_text(
        "file,label,kind\n1.png,7,photo\n2.png,3,scan\nwrong.png,5,scan\ntext.png,1,scan\nline.png,260,line\n"
    )
    status, out, err, found = run("--pictures=.")
    assert (status, err.count("\n")) == (1, 1)
    assert err.startswith("evaluate.py: text.png: expected a picture")
    assert (found["n"], found["accuracy"], found["unreadable"]) == (4, 0.5, 1)
    assert found["kinds"]["photo"] == {"n": 1, "accuracy": 1.0, "rejected": 0, "unreadable": 0}
    assert found["kinds"]["scan"] == {"n": 3, "accuracy": 1 / 3, "rejected": 0, "unreadable": 1}
    assert found["lines"]["line"]["character_error_rate"] == 0.0
    assert found["confusion"][5][4] == 1
    assert found["unanswered"][1] == 1
    assert "Files that can't be read, which count as wrong: 1\nAccuracy: 0.5000\nRejected: 0.0000\n" in out
    assert Path("o/mistakes.png").is_file()


def test_lines_alone_have_no_accuracy(run):
    Image.fromarray(picture(2, 6)).save("line.png")
    Path("manifest.csv").write_text("file,label\nline.png,26\n")
    status, out, err, found = run("--pictures=manifest.csv")
    assert (status, err) == (0, "")
    assert "accuracy" not in found
    assert list(found["lines"]) == ["line"]
    assert out.startswith("\nlines  n  exactly right")


def test_arrays_and_folders_give_the_same(run):
    digits = (1, 1, 7)
    np.savez("set.npz", pictures=np.stack([picture(digit) for digit in digits]), labels=np.array(digits))
    for number, digit in enumerate(digits):
        Path(f"set/{digit}").mkdir(exist_ok=True, parents=True)
        Image.fromarray(picture(digit)).save(f"set/{digit}/{number}.png")
    one, other = run("--pictures=set.npz"), run("--pictures=set")
    assert one == other
    assert (one[0], one[3]["n"]) == (0, 3)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere", "nowhere: expected a set of pictures, found nothing"),
        ("empty", "empty: expected manifest.csv, or folders named 0 to 9 alone; found none"),
    ],
)
def test_bad_input_is_one_line_and_status_2(run, place, message):
    Path("empty").mkdir()
    assert run(f"--pictures={place}")[:3] == (2, "", f"evaluate.py: {message}\n")


def test_perturbations_are_a_table_and_a_figure(run, monkeypatch):
    effects = {"strip": picture_effects.EFFECTS["strip"]}
    monkeypatch.setattr(picture_effects, "EFFECTS", effects)
    monkeypatch.setattr(picture_perturbations, "EFFECTS", effects)
    np.savez("set.npz", pictures=np.stack([picture(7)]), labels=np.array([7]))
    _, out, _, found = run("--pictures=set.npz", "--perturb=3")
    assert "\nAccuracy in percent, of 1 pictures that are read right:\ndark strip at an edge, % of the side\n" in out
    assert [step["value"] for step in found["perturbations"]] == list(effects["strip"].values)
    assert Path("o/perturbations.png").is_file()
    np.savez("set.npz", pictures=np.stack([picture(7)]), labels=np.array([8]))
    _, out, _, found = run("--pictures=set.npz", "--perturb=3")
    assert out.endswith("\nPerturbations: no picture of a digit is read right\n")
    assert found["perturbations"] == []
