"""The arithmetic that is written: it adds up to the output that is shown."""

import re

import numpy as np
import pygame
import pytest
from pygame import Rect

from apps.draw.core.unit import Unit
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.panels.unit_sum import paint_sum
from nn import zoo
from nn.trace import Trace


@pytest.fixture(scope="module")
def trace():
    rng = np.random.default_rng(1)
    return Trace.of(zoo.build("deep", rng=rng), rng.uniform(0, 1, (28, 28)))


@pytest.fixture
def written(ctx, trace, monkeypatch):
    """The texts that the sum of a unit writes."""
    texts = []
    real = DrawContext.text

    def text(self, surface, text, rect, *arguments, **options):
        assert surface.get_rect().contains(rect), text
        texts.append(text.replace("−", "-"))
        return real(self, surface, text, rect, *arguments, **options)

    monkeypatch.setattr(DrawContext, "text", text)

    def write(unit, size=(700, 260)):
        texts.clear()
        paint_sum(ctx, pygame.Surface(size), Rect((0, 0), size), trace, unit)
        return list(texts)

    return write


def numbers(texts, pattern):
    return [float(match) for text in texts for match in re.findall(pattern, text)]


def test_the_maps_of_a_convolution_add_up(written, trace):
    unit = Unit("relu_2", trace.strongest("relu_2"))
    texts = written(unit)
    maps = numbers(texts, r"^map \d+: (.*)$") + numbers(texts, r"^and \d+ other maps: (.*)$")
    (total,) = numbers([texts[texts.index("conv2d_2: 144 products") + 1]], r"= (.*)")
    assert sum(maps) == pytest.approx(total, abs=0.02)
    shown = numbers(texts[texts.index("relu_2: relu") + 1 :][:1], r"= (.*)")
    assert shown == [pytest.approx(float(trace["relu_2"].values[unit.place]), abs=6e-4)]
    sizes = np.abs(maps[:-1])
    assert (np.diff(sizes) <= 1e-9).all()  # the largest contribution first
    assert {"window", "× weights", "= products", "then max_pool2d_1: this one"} <= set(texts)


def test_the_products_of_a_dense_layer_add_up(written, trace):
    texts = written(Unit("softmax", (3,)))
    products = [float(texts[number + 1][2:]) for number, text in enumerate(texts) if re.match(r"\d+:  ", text)]
    (rest,) = numbers(texts, r"^and \d+ other products: (.*)$")
    (total,) = numbers([texts[texts.index("dense_2: 128 products") + 1]], r"= (.*)")
    assert sum(products) + rest == pytest.approx(total, abs=0.02)
    assert (np.diff(np.abs(products)) <= 1e-9).all()
    assert numbers(texts[-1:], r"= (.*)") == [pytest.approx(float(trace["softmax"].values[3]), abs=6e-4)]


def test_it_says_where_the_contributions_come_from(written, trace):
    unit = Unit("dense_2", (0,))
    (row, column, _) = trace.path(*unit)[-1][1]
    assert any(f"row {row + 1}, column {column + 1} of the image" in text for text in written(unit))


@pytest.mark.parametrize("size", [(700, 260), (320, 120), (60, 20), (1, 1)])
def test_it_stays_within_its_room(written, trace, size):
    for name in trace:
        written(Unit(name, trace.strongest(name)), size)
