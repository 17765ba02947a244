"""The command that downloads data sets."""

import gzip
import hashlib

import pytest

from apps.cli import download
from nn.data import catalog, mnist
from nn.data.catalog import DATASETS, DatasetInfo, RemoteFile
from tests import mirror
from tests.tiny_set import write_tiny_set


@pytest.fixture
def fashion(tmp_path, monkeypatch):
    """A mirror of a small set instead of Fashion-MNIST; gives the server."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(mnist, "data_folder", lambda: tmp_path / "stored")
    small = write_tiny_set(tmp_path / "small")
    with mirror.running() as server:
        files = {}
        for name in DATASETS["fashion"].members:
            content = gzip.compress((small / name).read_bytes())
            server.files[f"{name}.gz"] = content
            files[f"{name}.gz"] = RemoteFile(hashlib.sha256(content).hexdigest(), (name,))
        monkeypatch.setitem(catalog.DATASETS, "fashion", DatasetInfo("Fashion-MNIST", (server.url,), files))
        yield server


def test_a_set_is_stored_under_its_name(fashion, tmp_path, capsys):
    assert download.main(["fashion"]) == 0
    out, err = capsys.readouterr()
    folder = tmp_path / "stored" / "fashion"
    assert out == f"Fashion-MNIST is in {folder}\nTrain on it with: digits train --data fashion\n"
    assert "train-images-idx3-ubyte.gz" in err
    assert len(mnist.load("fashion").train_images) == 240
    assert download.main(["fashion"]) == 0
    assert f"Fashion-MNIST is in {folder}: all files were there\n" in capsys.readouterr().out


def test_a_damaged_file_is_named(fashion, tmp_path, capsys):
    assert download.main(["fashion", "--quiet"]) == 0
    path = tmp_path / "stored" / "fashion" / "t10k-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    assert download.main(["fashion", "--quiet"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"download.py: {path}: ")
    assert err.endswith("; delete this file and give the same command again\n")
    path.unlink()
    assert download.main(["fashion", "--quiet"]) == 0
    assert len(mnist.load("fashion").test_labels) == 60


def test_another_folder_and_silence(fashion, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert download.main(["fashion", "--out", "~/my data", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert download.main(["fashion", f"--out={tmp_path / 'my data'}"]) == 0
    assert f"digits train --data '{tmp_path / 'my data'}'" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [["svhn"], [], ["fashion", "--out=file/x"]])
def test_bad_input_is_one_line_and_status_2(fashion, tmp_path, monkeypatch, capsys, argv):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert download.main(argv) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("download.py: ")
    assert err.count("\n") == 1


def test_a_failed_download_is_one_line(fashion, tmp_path, capsys):
    fashion.behaviour = ["refuse"]
    assert download.main(["fashion", "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith(f"download.py: {tmp_path / 'stored' / 'fashion'}: Fashion-MNIST is not here")
    assert "HTTP status 503" in err
    assert err.count("\n") == 1
