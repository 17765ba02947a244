"""Mirrors that misbehave."""

import hashlib
import os
import random
import threading
from pathlib import Path
from unittest import mock

from nn.data import mnist
from nn.errors import DataError
from tests.stress import material
from tests.stress.campaign import Results, expect
from tests.stress.mirror import LASTING, PASSING, Server


def downloads(count: int, folder: Path) -> Results:
    """Download from two mirrors, each with a row of misdeeds; all files come whole, or a line says why not."""
    sound = material.write_set(folder / "sound", 30, side=8)
    files = {name: (sound / name).read_bytes() for name in mnist.ORIGINALS}
    known = {name: mnist.Original(len(raw), hashlib.sha256(raw).hexdigest()) for name, raw in files.items()}
    servers = Server(), Server()
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,)) for server in servers]
    for server, thread in zip(servers, threads, strict=True):
        server.files = files
        thread.start()
    urls = tuple(server.url for server in servers)
    try:
        with (
            mock.patch.multiple(mnist, MIRRORS=urls, ORIGINALS=known, PAUSES=(0, 0), TIMEOUT=0.2),
            mock.patch.dict(os.environ, {"PATH": "", "no_proxy": "*"}),
        ):
            yield from (_download(number, servers, folder / str(number), files) for number in range(count))
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.close()
            thread.join()


def _download(number: int, servers: tuple[Server, Server], place: Path, files: dict[str, bytes]) -> str | None:
    """The result of one download into an empty folder."""
    rng = random.Random(number)
    for server in servers:
        misdeeds = rng.choices((*LASTING, *PASSING, "without_length", "claim_more", "bomb"), k=rng.randrange(6))
        server.behaviour = [*misdeeds, rng.choice(("well", "well", *LASTING, *PASSING))]
    told = [list(server.behaviour) for server in servers]
    error = ""
    try:
        mnist.load(place, progress=False)
    except DataError as failure:
        error = str(failure)
    found = {path.name: path.read_bytes() for path in place.iterdir()} if place.exists() else {}
    partly = any(files.get(name) != content for name, content in found.items())
    told_well = "\n" not in error and all(name in error for name in files) if error else found == files
    can_do = told[1] == ["well"]
    return expect(told_well and not partly and not (error and can_do), f"{told}: {sorted(found)}, {error!r}")
