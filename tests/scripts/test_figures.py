"""The figures of the documentation are those that the code draws now."""

import re

import matplotlib
import numpy as np
import pytest
from PIL import Image

from scripts import figures
from scripts.operation_figures import OPERATION_FIGURES
from scripts.plots import Grid, grids
from tests.processes import ROOT


def texts(svg):
    return re.findall(r"<text[^>]*>(.*?)</text>", svg)


@pytest.mark.parametrize("name", OPERATION_FIGURES)
def test_figures_of_operations_are_up_to_date(name):
    """The numbers are; with the same Matplotlib, so is every byte."""
    committed, drawn = (figures.IMAGES / name).read_text("utf-8"), figures.content(name).decode()
    assert texts(drawn), "text is text, so that it can be compared"
    assert texts(drawn) == texts(committed), f"run: python -m scripts.figures --figure {name}"
    if f"Matplotlib v{matplotlib.__version__}," in committed:
        assert len(drawn) == pytest.approx(len(committed), rel=0.01)


def test_every_number_of_a_grid_is_in_the_figure():
    file = grids([[Grid("a", [[1, -2], [0.25, 0]]), "=", Grid("b", [3])]])
    assert [text.get_text() for text in file.axes[0].texts] == ["a", "1", "-2", "0.25", "0", "=", "b", "3"]


@pytest.mark.parametrize("name", figures.FIGURES)
def test_figures_exist_are_shown_and_small(name):
    assert 1_000 < (figures.IMAGES / name).stat().st_size <= 1_000_000
    pages = "".join(page.read_text("utf-8") for page in [*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
    assert f"images/{name})" in pages


@pytest.mark.parametrize("name", ["window.webp", "filters.webp"])
def test_animations_move(name):
    with Image.open(figures.IMAGES / name) as picture:
        assert picture.n_frames > 20
        first = np.asarray(picture.convert("RGB"), int)
        picture.seek(picture.n_frames - 1)
        assert np.abs(np.asarray(picture.convert("RGB"), int) - first).max() > 50


def test_the_command_writes_the_files(tmp_path, capsys):
    assert figures.main(["--figure", "ops/rasterize.svg", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "ops" / "rasterize.svg")]
    assert (tmp_path / "ops" / "rasterize.svg").read_text("utf-8").endswith("</svg>\n")


def test_an_unknown_figure_is_one_line(tmp_path, capsys):
    assert figures.main(["--figure", "ops/nothing.svg", "--out", str(tmp_path)]) == 2
    assert "ops/nothing.svg" in capsys.readouterr().err
