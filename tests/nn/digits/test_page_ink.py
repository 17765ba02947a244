import numpy as np
import pytest

from nn.digits.page_ink import page_to_ink


def page(paper, ink):
    """A page in this light with two strokes."""
    picture = np.full((300, 400), paper, np.float32) if np.isscalar(paper) else paper.copy()
    picture[60:160, 100:106] *= ink
    picture[60:160, 300:306] *= ink
    return picture


def test_ink_is_found_in_light_and_in_shadow():
    light = np.full((300, 400), 0.9, np.float32)
    light[:, 200:] = 0.3
    ink = page_to_ink(page(light, 0.2))
    assert ink[70:150, 101:105].min() > 0.8
    assert ink[70:150, 301:305].min() > 0.8
    away = np.ones(ink.shape, bool)
    for left in (100, 200, 300):
        away[:, left - 8 : left + 14] = False
    assert ink[away].max() < 0.1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_ink_is_dark_or_bright(dtype):
    picture = page(0.9, 0.2)
    for each in (picture, 1 - picture):
        scale = np.iinfo(dtype).max if dtype != np.float32 else 1
        ink = page_to_ink((each * scale).astype(dtype))
        assert ink.dtype == np.float32
        assert ink[70:150, 101:105].min() > 0.9
        assert ink[:, 150:250].max() < 0.1


def test_noise_is_not_ink(rng):
    assert not page_to_ink(np.clip(rng.normal(0.7, 0.01, (200, 300)), 0, 1)).any()
    assert not page_to_ink(np.zeros((20, 30), np.uint8)).any()


def test_a_large_page_is_reduced():
    assert page_to_ink(np.zeros((4000, 3000), np.uint8)).shape == (1334, 1000)
