"""What the window's tests share: a window on a display without a screen, and a user of it."""

import pytest

from tests.apps.draw.fakes import FakeRecognizer, FullRecognizer, open_window


@pytest.fixture(autouse=True)
def _isolated(monkeypatch, tmp_path):
    """No screen, no remembered settings, and no images to find."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("NN_DATA", str(tmp_path / "no-data"))


@pytest.fixture
def weights(tmp_path):
    """A folder with two files of weights, which the fakes never read."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("deep-drawing", "tiny"):
        (folder / f"{name}.npz").write_bytes(b"1234" * 256)
    return folder


@pytest.fixture
def recognizer():
    return FakeRecognizer()


@pytest.fixture
def user(recognizer, weights):
    user = open_window(recognizer, weights)
    yield user
    recognizer.go.set()
    user.app.close()


@pytest.fixture
def full_user(weights):
    """A window whose recognizer can do everything."""
    user = open_window(FullRecognizer(), weights)
    yield user
    user.app.close()
