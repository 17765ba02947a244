"""Who does the work of a comparison: processes of this machine, or a Dask cluster."""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor

from apps.cli import signals
from apps.cli.arguments import UsageError

#: What tells Numba and the libraries under NumPy how many threads to use; they look when they are first imported.
THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

#: Seconds to wait for a scheduler.
PATIENCE = 10


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[Executor]:
    """So many processes, each with its share of the threads; they end with the block, and at once if it is left."""
    others = multiprocessing.active_children()
    # Spawned, not forked: a fork has none of the threads that Numba's kernels run on.
    context = multiprocessing.get_context("spawn")
    ignore_interrupts = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(jobs, context, signal.signal, ignore_interrupts) as pool:
        try:
            with _inherited(jobs):
                for _ in range(jobs):
                    pool.submit(int)  # whatever it is, it starts a process
            yield pool
        except BaseException:
            for process in multiprocessing.active_children():
                if process not in others:
                    process.terminate()
            raise


@contextlib.contextmanager
def _inherited(jobs: int) -> Iterator[None]:
    """What is started within the block gets its share of the threads, and ignores Ctrl-C from its first moment on."""
    before = {name: os.environ.get(name) for name in THREADS}
    available = int(before["NUMBA_NUM_THREADS"] or os.cpu_count() or 1)
    os.environ |= dict.fromkeys(THREADS, str(max(1, available // jobs)))
    try:
        with signals.handling({signal.SIGINT: signal.SIG_IGN}):  # type: ignore[dict-item]  # a handler for all that
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of the Dask scheduler at ``address``; what they have not begun is cancelled at the end of the block.

    Raises:
        UsageError: the package is not installed, or the address is not one.
        OSError: nobody answers there.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--scheduler: distributed is not installed: pip install -e '.[cluster]'") from None
    try:
        client = Client(address, timeout=PATIENCE)
    except ValueError as error:
        raise UsageError(f"--scheduler {address}: {error}") from None
    with client:
        yield client.get_executor(pure=False)
