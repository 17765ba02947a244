"""Files are read in chunks, here or by other processes; the answers come in the order of the names."""

import collections
import contextlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path

from apps.cli.reading.answers import Answer, Reader
from apps.cli.reading.inputs import PAUSE
from nn.errors import one_line

#: A chunk ends at this many files, or bytes of files. The first chunks are smaller: the first answers come soon.
MAX_FILES, MAX_BYTES = 64, 4 << 20

#: Chunks that are read at a time or wait for it: for each local process, and on a cluster, whose size may change.
WINDOW, CLUSTER_WINDOW = 4, 256


def read_here(reader: Reader, names: Iterable[str | None]) -> Iterator[list[Answer]]:
    """The answers for each chunk, read by this process."""
    for chunk in chunks(names):
        if chunk is not PAUSE:
            yield reader.read(chunk)


def read_with(pool: Executor, window: int, reader: Reader, names: Iterable[str | None]) -> Iterator[list[Answer]]:
    """The answers for each chunk, read by other processes.

    Args:
        pool: the processes.
        window: number of chunks that are read at a time, or wait for it; it bounds the memory.
        reader: reads a chunk.
        names: of the files, as ``Inputs.names`` yields them.

    Raises:
        OSError: a process failed, for example by lack of memory.
    """
    pending: collections.deque[Future[list[Answer]]] = collections.deque()
    for chunk in chunks(names):
        if chunk is not PAUSE:
            pending.append(pool.submit(reader.read, chunk))
        while len(pending) > (0 if chunk is PAUSE else window):
            yield _result(pending.popleft())
    while pending:
        yield _result(pending.popleft())


def chunks(names: Iterable[str | None]) -> Iterator[list[str] | None]:
    """Lists of names, and `PAUSE` where it stands among the names. The numbers do not depend on who reads them."""
    chunk: list[str] = []
    size, limit = 0, 1
    for name in names:
        if name is not PAUSE:
            chunk.append(name)
            size += _file_size(name)
        if chunk and (name is PAUSE or len(chunk) == limit or size >= MAX_BYTES):
            yield chunk
            chunk, size, limit = [], 0, min(2 * limit, MAX_FILES)
        if name is PAUSE:
            yield PAUSE
    if chunk:
        yield chunk


def _file_size(name: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        return Path(name).stat().st_size
    return 0


def _result(future: "Future[list[Answer]]") -> list[Answer]:
    try:
        return future.result()
    except Exception as error:
        raise OSError(f"a worker failed: {type(error).__name__}: {one_line(error)}") from None
