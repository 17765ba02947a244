"""The server of the application, with networks of random weights, a small page and a small data set."""

import numpy as np
import pytest

from apps.models import ModelFolder
from apps.web.server.application import DigitsApplication
from nn import checkpoint, zoo
from nn.digits import Recognizer, fine_tuning
from tests.apps.web.client import serving
from tests.tiny_set import write_tiny_set


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """Three files of weights: two of random networks, and one that is not valid."""
    folder = tmp_path_factory.mktemp("weights")
    for seed, name in enumerate(("deep-drawing", "tiny")):
        checkpoint.save(folder / f"{name}.npz", zoo.build("tiny", rng=np.random.default_rng(seed)), {})
    (folder / "broken.npz").write_bytes(b"1234")
    return folder


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    for name, content in (
        ("index.html", b"<!doctype html><title>Page</title>"),
        ("main.js", b"export {};"),
        ("engine.wasm", b"\x00asm\x01\x00\x00\x00"),
        ("notes.md", b"not served"),
        ("parts/style.css", b"body {}"),
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def models(weights):
    return ModelFolder(None, Recognizer.load, weights)


@pytest.fixture
def client(models, page, tmp_path, monkeypatch):
    monkeypatch.setenv("NN_DATA", str(write_tiny_set(tmp_path / "set", size=28)))
    monkeypatch.setattr(fine_tuning, "STEPS", 3)
    monkeypatch.setattr(fine_tuning, "SYNTHETIC", 30)
    with serving(DigitsApplication(models, page, "127.0.0.1")) as client:
        yield client
