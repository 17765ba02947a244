"""Where the runs of a comparison execute: in processes of this machine, or on a Dask cluster."""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor

from apps.cli import signals
from apps.cli.arguments import UsageError

#: Numbers of threads of Numba and of the libraries under NumPy, which read them when they are first imported.
THREAD_VARIABLES = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

#: Seconds to wait for a scheduler.
TIMEOUT = 10


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[Executor]:
    """A pool of processes, each with its share of the threads. An exception that leaves the block terminates them."""
    others = multiprocessing.active_children()
    # Spawned, not forked: a forked process has none of the threads that Numba's kernels run on.
    context = multiprocessing.get_context("spawn")
    ignore_interrupts = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(jobs, context, signal.signal, ignore_interrupts) as pool:
        try:
            with _inherited_settings(jobs):
                for _ in range(jobs):
                    pool.submit(int)  # any task starts a process
            yield pool
        except BaseException:
            for process in multiprocessing.active_children():
                if process not in others:
                    process.terminate()
            raise


@contextlib.contextmanager
def _inherited_settings(jobs: int) -> Iterator[None]:
    """A process started within the block gets its share of the threads, and ignores Ctrl-C from the start."""
    before = dict(os.environ)
    available = int(os.environ.get("NUMBA_NUM_THREADS") or os.cpu_count() or 1)
    os.environ |= dict.fromkeys(THREAD_VARIABLES, str(max(1, available // jobs)))
    try:
        with signals.handling({signal.SIGINT: signal.SIG_IGN}):  # type: ignore[dict-item]  # a valid handler
            yield
    finally:
        for name in THREAD_VARIABLES:
            del os.environ[name]
        os.environ |= before


@contextlib.contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of the Dask scheduler at ``address``. The end of the block cancels the runs that have not started.

    Raises:
        UsageError: the package is not installed, or the address is invalid.
        OSError: there is no scheduler.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--scheduler: distributed is not installed: pip install distributed") from None
    try:
        client = Client(address, timeout=TIMEOUT)
    except ValueError as error:
        raise UsageError(f"--scheduler {address}: {error}") from None
    with client:
        yield client.get_executor(pure=False)
