"""The names of ``nn``, in one table, and loaded when they are used."""

import subprocess
import sys

import pytest

import nn
from nn.layers import LAYERS


def test_public_names():
    assert all(hasattr(nn, name) for name in nn.__all__)
    assert {*LAYERS, "Sequential", "Adam"} <= set(dir(nn)) == set(nn.__all__)


def test_star_import():
    names: dict = {}
    exec("from nn import *", names)
    assert set(nn.__all__) <= set(names)


def test_unknown_names():
    with pytest.raises(AttributeError, match="module 'nn' has no attribute 'Dens'"):
        nn.Dens  # noqa: B018


@pytest.mark.parametrize("code", ["from nn import metrics", "import nn.data.mnist", "from nn import data", "import nn"])
def test_what_needs_no_numba_loads_none(code):
    subprocess.run([sys.executable, "-c", f"{code}; import sys; assert 'numba' not in sys.modules"], check=True)
