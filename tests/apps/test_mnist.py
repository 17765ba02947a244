"""MNIST for the programs that show its images."""

from apps import mnist
from tests.tiny_set import write_tiny_set


def test_nothing_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setenv("NN_DATA", str(tmp_path / "none"))
    assert mnist.load() is None


def test_images_of_another_size_are_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("NN_DATA", str(write_tiny_set(tmp_path / "set", size=12)))
    assert mnist.load() is None
