"""The command that draws synthetic digits: a stroke set or a picture."""

import numpy as np
import pytest
from PIL import Image

from apps.cli import synthesize
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
