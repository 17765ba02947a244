"""What the tests of the analyses share: a real network, and a small data set."""

import numpy as np
import pytest

from apps.draw.core.document import BrushStroke, Document
from apps.draw.core.effects import Recognize
from apps.draw.core.points import Points
from apps.models import ModelFolder
from nn import checkpoint, zoo
from nn.digits import Recognizer
from tests.apps.draw.fakes import SEVEN
from tests.tiny_set import write_tiny_set


@pytest.fixture
def models(weights, tmp_path, monkeypatch):
    """A network of random weights, a file that is none, and a data set of 28x28 images."""
    monkeypatch.setenv("NN_DATA", str(write_tiny_set(tmp_path / "set", size=28)))
    checkpoint.save(weights / "tiny.npz", zoo.build("tiny", rng=np.random.default_rng(0)), {})
    return ModelFolder(weights / "tiny.npz", Recognizer.load, weights)


@pytest.fixture
def request_seven():
    return Recognize(1, Document((BrushStroke(Points(SEVEN)),)))


@pytest.fixture
def no_network(weights):
    """A folder of models whose files hold no network."""
    return ModelFolder(None, lambda path: object(), weights)
