"""Conversion of the UNIPEN files of pen digits to a stroke set."""

import numpy as np
import pytest

from nn.digits.stroke_files import read_stroke_set
from scripts import convert_strokes

HEAD = """.VERSION 1.0
.COMMENT written for this test
.LEXICON "0" "1"
.HIERARCHY DIGIT
"""
SEVEN = """
.SEGMENT DIGIT 0-1 ? "7"
.COMMENT 7 91 22
.PEN_DOWN
 10  200
  90  200
 40  20
.PEN_UP
.DT 100
.PEN_DOWN
 20  110
 80  110
.PEN_UP
.DT 100
"""
ONE = """
.SEGMENT DIGIT 2 ? "1"
.COMMENT 1 14 1
.PEN_DOWN
 50  300
 50  -5
.PEN_UP
.DT 100
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command on files of these texts; gives its exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*texts):
        names = [f"part{number}" for number in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return convert_strokes.main([*names, "--out=set.npz"]), *capsys.readouterr()

    return run


def test_strokes_are_upright(run):
    status, out, _ = run(HEAD + SEVEN + ONE)
    assert (status, out) == (0, "2 drawings by 2 people: set.npz\n")
    found = read_stroke_set("set.npz")
    assert found.label.tolist() == [7, 1]
    bar, stem = found.strokes(0)
    np.testing.assert_array_equal(bar, [(10, -200), (90, -200), (40, -20)])
    np.testing.assert_array_equal(stem, [(20, -110), (80, -110)])
    np.testing.assert_array_equal(found.strokes(1), [[(50, -300), (50, 5)]])


def test_each_file_has_its_own_writers(run):
    assert run(SEVEN + ONE + SEVEN, ONE)[0] == 0
    assert read_stroke_set("set.npz").writer.tolist() == [0, 1, 0, 2]


def test_digits_without_points_are_dropped(run):
    empty = '.SEGMENT DIGIT 0 ? "3"\n.COMMENT 3 1 1\n.PEN_DOWN\n.PEN_UP\n'
    assert run(empty + ONE)[0] == 0
    assert read_stroke_set("set.npz").label.tolist() == [1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"\x1f\x9d\x90packed", "part0: expected text; if this is the packed file, unpack it first"),
        (SEVEN.replace("COMMENT 7", "COMMENT 8"), "part0, line 3: not as expected: '.COMMENT 8 91 22'"),
        (SEVEN.replace(" 40  20", " 40  2O"), "part0, line 7: not as expected: '40 2O'"),
        (SEVEN.replace(" 40  20", " 40"), "part0, line 7: not as expected: '40'"),
        (SEVEN.replace('"7"', '"x"'), "part0, line 2: not as expected: "),
        (SEVEN.replace(".COMMENT 7 91 22\n", ""), "part0: expected digits, each with its writer; found 1, 1 without"),
        (HEAD, "part0: expected digits"),
    ],
)
def test_bad_input_is_one_line_and_status_2(run, text, message):
    status, out, err = run(text)
    assert (status, out) == (2, "")
    assert err.startswith(f"convert_strokes.py: {message}")
    assert err.count("\n") == 1
