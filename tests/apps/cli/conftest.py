"""What the tests of the commands share."""

import pytest

from apps.cli import plots
from nn.atomic import atomic_write


@pytest.fixture
def figures():
    """Request it to have figures drawn. Each takes some tenths of a second, so the other tests get empty files."""


@pytest.fixture(autouse=True)
def _no_figures(request, monkeypatch):
    def write_empty(path, *args, **kwargs):
        with atomic_write(path):
            pass

    if "figures" not in request.fixturenames:
        monkeypatch.setattr(plots, "save", write_empty)
