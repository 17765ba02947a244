"""Downloads from mirrors that send wrong, incomplete or slow answers."""

import contextlib
import dataclasses
import gzip
import hashlib
import random

import pytest

from nn.data import catalog, download, mnist, transfer
from nn.data.catalog import DATASETS, RemoteFile
from nn.errors import DataError
from tests import mirror
from tests.mirror import PERMANENT, SLOW, STALL, TRANSIENT
from tests.stress import fixtures


@pytest.fixture
def mirrors():
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(mirror.running()) for _ in range(2)]


@pytest.mark.stress(default=4, full=300)
def test_downloaded_files_are_complete_or_the_error_is_one_line(cases, mirrors, tmp_path, monkeypatch):
    originals = fixtures.write_set(tmp_path / "originals", 30, size=8)
    info = DATASETS["mnist"]
    files = {name: (originals / name).read_bytes() for name in info.members}
    packed = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    remote = {
        name: RemoteFile(hashlib.sha256(content).hexdigest(), info.files[name].members)
        for name, content in packed.items()
    }
    urls = tuple(each.url for each in mirrors)
    small = dataclasses.replace(info, mirrors=urls, files=remote, max_bytes=1 << 20)
    monkeypatch.setitem(catalog.DATASETS, "mnist", small)
    monkeypatch.setattr(download, "PAUSES", (0, 0))
    monkeypatch.setattr(transfer, "TIMEOUT", 0.2)
    monkeypatch.delenv("NN_DATA", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("no_proxy", "*")
    wrong = (*PERMANENT, *TRANSIENT, *SLOW, STALL)
    for number in range(cases.count):
        rng = random.Random(number)
        for each in mirrors:
            each.files = packed
            first = rng.choices((*wrong, "without_length", "claim_more", "chunked", "redirected"), k=rng.randrange(6))
            each.behaviour = [*first, rng.choice(("well", "well", *wrong))]
        behaviour = [list(each.behaviour) for each in mirrors]
        folder = tmp_path / str(number)
        monkeypatch.setattr(mnist, "DEFAULT_FOLDER", folder)
        error = ""
        try:
            mnist.load(progress=False)
        except DataError as failure:
            error = str(failure)
        found = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}
        complete = all(content == files.get(name) for name, content in found.items())
        one_line = "\n" not in error and all(name in error for name in files) if error else found == files
        must_succeed = behaviour[1] == ["well"]
        passed = complete and one_line and not (error and must_succeed)
        cases.check(passed, f"{behaviour}: {sorted(found)}, {error!r}")
