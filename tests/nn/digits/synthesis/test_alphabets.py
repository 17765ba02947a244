import configparser
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from nn.digits.rasterize import strokes_to_image
from nn.digits.strokes import bounds
from nn.digits.synthesis import handwriting_model
from nn.digits.synthesis.alphabets import DIGITS, DOODLES, HELD_OUT, HELD_OUT_DIGITS, LETTERS, SIGNS, Alphabet, parse

NON_DIGITS = (LETTERS, SIGNS, DOODLES, HELD_OUT)
ALPHABETS = {alphabet.name: alphabet for alphabet in (*DIGITS, *HELD_OUT_DIGITS.values(), *NON_DIGITS)}
TEXT = """# A comment
a: 3
    0,0 1,1
    0,0 2,2

b, of two strokes: 0.5
    0,0 2,2 / 3,3
"""


@pytest.mark.parametrize("label", range(10))
def test_the_weights_of_a_digits_glyphs_are_percents(label):
    assert sum(glyph.weight for glyph in DIGITS[label].glyphs) == pytest.approx(100)
    assert DIGITS[label].weights.sum() == pytest.approx(1)
    assert min(glyph.weight for glyph in DIGITS[label].glyphs) > 0


@pytest.mark.parametrize("label", HELD_OUT_DIGITS)
def test_no_network_learns_from_held_out_ways_to_write_a_digit(label):
    learned = {variant.tobytes() for glyph in DIGITS[label].glyphs for variant in glyph.variants}
    held_out = {variant.tobytes() for glyph in HELD_OUT_DIGITS[label].glyphs for variant in glyph.variants}
    assert not learned & held_out


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_every_glyph_leaves_ink(alphabet):
    for glyph in ALPHABETS[alphabet].glyphs:
        for strokes in handwriting_model.write(glyph, 3, np.random.default_rng(0)):
            low, high = bounds(strokes)
            assert (high - low).max() < 5, glyph.name
            assert strokes_to_image(strokes).max() == 1, glyph.name


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_variants_of_a_glyph_go_the_same_way(alphabet):
    """Between variants of opposite directions there are glyphs without any width: points mixed, not shapes."""
    for glyph in ALPHABETS[alphabet].glyphs:
        size = np.ptp(glyph.variants, axis=1).max(axis=1)
        middle = np.ptp(glyph.variants.mean(axis=0), axis=0).max()
        assert middle >= 0.75 * size.min(), glyph.name
        for part in glyph.slices:
            steps = [np.diff(variant[part], axis=0).ravel() for variant in glyph.variants]
            for other in steps[1:]:
                assert steps[0] @ other >= 0.5 * np.linalg.norm(steps[0]) * np.linalg.norm(other), glyph.name


def test_an_alphabet_is_read_from_its_file_when_first_used(monkeypatch):
    alphabet = Alphabet("signs")
    assert "glyphs" not in vars(alphabet)
    assert alphabet["plus"] is alphabet.glyphs[0]
    assert alphabet.weights.sum() == pytest.approx(1)
    with pytest.raises(ValueError, match=r"glyph: expected one of plus, .*; got 'c'"):
        alphabet["c"]


def test_every_file_is_an_alphabet_and_is_installed():
    folder = resources.files("nn.digits.synthesis") / "glyphs"
    assert {file.name for file in folder.iterdir()} == {f"{name}.txt" for name in ALPHABETS} | {"README.md"}
    config = configparser.ConfigParser()
    config.read(Path(__file__).parents[4] / "setup.cfg")
    assert config["options.package_data"]["nn.digits.synthesis"] == "glyphs/*.txt"


def test_a_file_has_names_weights_and_variants():
    first, second = parse(TEXT, "x.txt")
    assert (first.name, first.weight, first.variants.tolist()) == ("a", 3, [[[0, 0], [1, 1]], [[0, 0], [2, 2]]])
    assert (second.name, second.weight, second.slices) == ("b, of two strokes", 0.5, (slice(0, 2), slice(2, 3)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# nothing\n", "x.txt: expected a glyph, found none"),
        ("    0,0 1,1\n", "x.txt, line 1: expected a glyph before its variants"),
        ("a: 1\n    0,0\nb\n", "x.txt, line 3: expected 'name: weight', the weight above 0, got 'b'"),
        ("a: -1\n    0,0\n", "x.txt, line 1: expected 'name: weight'"),
        ("a: nan\n    0,0\n", "x.txt, line 1: expected 'name: weight'"),
        ("a: 1\n    0,0\na: 2\n", "x.txt, line 3: expected each name once, got 'a' again"),
        ("a: 1\n", "x.txt, line 1: glyph 'a': expected a variant, got none"),
        ("a: 1\n    0,0 1;1\n", "x.txt, line 1: glyph 'a': expected a point x,y or a ring, got '1;1'"),
    ],
)
def test_a_broken_file_is_an_error_with_its_name_and_line(text, message):
    with pytest.raises(ValueError) as caught:
        parse(text, "x.txt")
    assert str(caught.value).startswith(message)
