"""The command that draws synthetic digits: a stroke set or a picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.cli import synthesize
from nn.digits.picture_set import read_picture_set
from nn.digits.stroke_files import read_stroke_set


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command in an empty folder; gives its exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return synthesize.main(list(arguments)), *capsys.readouterr()

    return run


def test_a_set_has_all_digits(run):
    assert run("--out=set.npz", "--count=40") == (0, "40 drawings: set.npz\n", "")
    found = read_stroke_set("set.npz")
    assert np.bincount(found.label).tolist() == [4] * 10
    assert len(found) == 40


def test_a_set_of_one_digit(run):
    assert run("--out=set.npz", "--count=5", "--digit=7")[0] == 0
    assert read_stroke_set("set.npz").label.tolist() == [7] * 5


def test_the_seed_decides_what_is_drawn(run):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run(f"--out={name}.npz", "--count=3", f"--seed={seed}")[0] == 0
    first, again, other = (read_stroke_set(f"{name}.npz").points for name in "abc")
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_a_set_of_held_out_ways_to_write_digits(run):
    assert run("--out=set.npz", "--count=14", "--held-out") == (0, "14 drawings: set.npz\n", "")
    assert sorted(read_stroke_set("set.npz").label.tolist()) == sorted(2 * [0, 1, 3, 4, 5, 7, 9])
    assert run("--out=zeros.npz", "--count=3", "--held-out", "--digit=0")[0] == 0
    assert read_stroke_set("zeros.npz").label.tolist() == [0, 0, 0]


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize(
    ("digit", "rows"),
    [((), "18"), (("--digit=0",), "20"), (("--held-out", "--digit=0"), "6"), (("--held-out",), "21")],
)
def test_a_picture_has_rows(run, digit, rows):
    assert run("--out=picture.png", "--count=2", *digit) == (0, f"{rows} rows of 2 drawings: picture.png\n", "")
    with Image.open("picture.png") as picture:
        assert np.asarray(picture.convert("L")).min() < 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out=digits.txt"], "digits.txt: expected a name that ends in .npz or .png"),
        (["--digit=10"], "argument --digit: invalid choice: "),
        (["--held-out", "--digit=2"], "--held-out: expected --digit to be one of 0, 1, 3, 4, 5, 7, 9; got 2"),
        (["--count=0"], "argument --count: expected a whole number of at least 1, got '0'"),
    ],
)
def test_bad_input_is_one_line_and_status_2(run, tmp_path, arguments, message):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"synthesize.py: {message}")
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_pictures_are_a_set_that_evaluate_reads(run):
    assert run("--pictures=10", "--out=set", "--seed=3", "--quiet") == (0, "10 pictures: set\n", "")
    found = read_picture_set("set")
    assert [each.kind for each in found[:5]] == ["paint", "photo", "scan", "form", "crop"]
    assert run("--pictures=10", "--out=again", "--seed=3", "--quiet")[0] == 0
    for first, second in zip(found, read_picture_set("again"), strict=True):
        assert first.label == second.label
        assert np.array_equal(first.read(), second.read())
    assert run("--pictures=2", "--kind", "line", "page", "--out=lines", "--quiet")[0] == 0
    assert [each.content for each in read_picture_set("lines")] == ["line", "page"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pictures=2"], "--pictures N: expected a folder as --out, and neither --count nor --held-out"),
        (
            ["--pictures=2", "--out=new", "--count=3"],
            "--pictures N: expected a folder as --out, and neither --count nor --held-out",
        ),
        (["--kind", "photo"], "--kind: expected --pictures N with it"),
        (["--pictures=2", "--out=."], ".: expected a new or empty folder, found files in it"),
        (["--pictures=2", "--out=file"], "file: expected a new or empty folder, found a file"),
    ],
)
def test_bad_options_of_pictures_are_one_line_and_status_2(run, arguments, message):
    Path("file").touch()
    assert run(*arguments) == (2, "", f"synthesize.py: {message}\n")
