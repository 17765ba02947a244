"""Downloads from mirrors that send wrong, incomplete or slow answers."""

import hashlib
import random
import threading

import pytest

from nn.data import download, mnist
from nn.errors import DataError
from tests.mirror import PERMANENT, TRANSIENT, Server
from tests.stress import fixtures


@pytest.fixture
def mirrors():
    servers = Server(), Server()
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,)) for server in servers]
    for thread in threads:
        thread.start()
    yield servers
    for server, thread in zip(servers, threads, strict=True):
        server.close()
        thread.join()


@pytest.mark.stress(default=4, full=300)
def test_downloaded_files_are_complete_or_the_error_is_one_line(cases, mirrors, tmp_path, monkeypatch):
    originals = fixtures.write_set(tmp_path / "originals", 30, size=8)
    files = {name: (originals / name).read_bytes() for name in download.ORIGINALS}
    known = {name: download.Original(len(raw), hashlib.sha256(raw).hexdigest()) for name, raw in files.items()}
    urls = tuple(mirror.url for mirror in mirrors)
    settings = {"MIRRORS": urls, "ORIGINALS": known, "PAUSES": (0, 0), "TIMEOUT": 0.2}
    for name, value in settings.items():
        monkeypatch.setattr(download, name, value)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("no_proxy", "*")
    for number in range(cases.count):
        rng = random.Random(number)
        for mirror in mirrors:
            mirror.files = files
            first = rng.choices((*PERMANENT, *TRANSIENT, "without_length", "claim_more", "bomb"), k=rng.randrange(6))
            mirror.behaviour = [*first, rng.choice(("well", "well", *PERMANENT, *TRANSIENT))]
        behaviour = [list(mirror.behaviour) for mirror in mirrors]
        folder = tmp_path / str(number)
        error = ""
        try:
            mnist.load(folder, progress=False)
        except DataError as failure:
            error = str(failure)
        found = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}
        complete = all(content == files.get(name) for name, content in found.items())
        one_line = "\n" not in error and all(name in error for name in files) if error else found == files
        must_succeed = behaviour[1] == ["well"]
        passed = complete and one_line and not (error and must_succeed)
        cases.check(passed, f"{behaviour}: {sorted(found)}, {error!r}")
