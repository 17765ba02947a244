"""Which version of the operations runs: ``"numba"``, compiled, or ``"numpy"``, the plain references.

The environment variable ``NN_BACKEND`` chooses at start; without it the compiled kernels run wherever Numba
compiles (``NUMBA_DISABLE_JIT=1`` leaves the references). With ``NN_BACKEND=numpy`` Numba is never imported.
"""

import contextlib
import importlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BACKENDS = ("numba", "numpy")


def _chosen_at_start() -> str:
    name = os.environ.get("NN_BACKEND") or "numba"
    if name not in BACKENDS:
        raise ValueError(f"NN_BACKEND: expected one of {', '.join(BACKENDS)}, got {name!r}")
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return "numpy"
    return name


#: Held by whoever runs kernels: they use all cores by themselves, and a threading layer of Numba that does without
#: OpenMP and TBB ends the process when two threads come at once.
lock = threading.RLock()

_listener: Callable[[int], None] | None = None

_start = _chosen_at_start()
_current = _start

#: How often an idle thread of GNU's OpenMP looks for work before it sleeps. Its own 300,000 looks take milliseconds, in
#: which it wears out its share of a core that another program wants as well: beside one busy program on 2 cores, a step
#: of the baseline took 40 ms in place of 0.6; with these, 3. They last, some 50 us, from one kernel to the next.
LOOKS = "4000"


def _load_openmp() -> None:
    """Load GNU's OpenMP with ``LOOKS``, unless the user has said how to wait: it asks the environment but once."""
    if os.environ.keys() & {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}:
        return
    os.environ["GOMP_SPINCOUNT"] = LOOKS
    try:
        importlib.import_module("numba.np.ufunc.omppool")
    except ImportError:  # there is none here, and Numba will take another threading layer
        pass
    finally:
        del os.environ["GOMP_SPINCOUNT"]  # not for the programs that this one starts


if _start == "numba":
    import numba
    from numba import prange
    from numba.core import event

    _load_openmp()

    class _CompileClock(threading.local, event.TimingListener):
        """Adds up the time of a thread's compilations, counts the kernels (not what they call), and tells who asked.

        A clock for each thread: what another one compiles takes no time off this one's work.
        """

        def __init__(self) -> None:
            super().__init__()
            self.kernels = 0

        def on_start(self, event: Any) -> None:
            super().on_start(event)
            if self._depth == 1:
                self.kernels += 1
                if _listener is not None:
                    _listener(self.kernels)

    _clock = _CompileClock()
    event.register("numba:compile", _clock)

    def njit(**options: Any) -> Callable[[Callable], Any]:
        """``numba.njit`` with its cache, or without where no folder for the cache can be written."""

        def compile_lazily(function: Callable) -> Any:
            try:
                kernel = numba.njit(cache=True, **options)(function)
            except RuntimeError:  # "no locator available": neither beside the source nor in the user's cache
                return numba.njit(**options)(function)
            _drop_stale_cache(Path(kernel.stats.cache_path), function.__name__)
            return kernel

        return compile_lazily

    def _drop_stale_cache(folder: Path, name: str) -> None:
        """Forget what was compiled against an earlier simd.py: Numba itself watches the kernel's own file only."""
        changed = Path(__file__).with_name("fast").joinpath("micro_kernel.py").stat().st_mtime
        for index in folder.glob(f"*.{name}-*.nbi"):
            with contextlib.suppress(OSError):  # another process was quicker, or may not
                if index.stat().st_mtime < changed:
                    index.unlink()

else:
    prange = range

    def njit(**options: Any) -> Callable[[Callable], Any]:
        """Leave the function as it is: the references run instead."""
        return lambda function: function


def _after_fork() -> None:
    """In the new process: the plain versions, if the parent has started threads of OpenMP, which can't go on here.

    GNU's OpenMP ends a forked process that uses it. What Numba calls "workqueue" goes on, to the same bits.
    """
    global _start, _current
    lock.release()
    if _start == "numba" and _threading_layer() == "omp":
        _start = _current = "numpy"


def _threading_layer() -> str | None:
    """The threading layer that Numba has started, or None before the first parallel kernel."""
    try:
        return str(numba.threading_layer())
    except ValueError:
        return None


if hasattr(os, "register_at_fork"):
    # Held over the fork, or the new process might find it locked by a thread that it does not have.
    os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=_after_fork)


def current() -> str:
    """The backend in use, ``"numba"`` or ``"numpy"``."""
    return _current


def compiled() -> bool:
    """Whether the compiled kernels run."""
    return _current == "numba"


@contextlib.contextmanager
def use(name: str) -> Iterator[None]:
    """Run the block on the backend ``name``; for tests and comparisons, not for several threads at once.

    Raises:
        ValueError: there is no such backend, or Numba was left out at start.
    """
    global _current
    if name not in BACKENDS or (name == "numba" and _start != "numba"):
        raise ValueError(f"backend: expected one of {', '.join(BACKENDS)} that this process can run, got {name!r}")
    before, _current = _current, name
    try:
        yield
    finally:
        _current = before


def keep_to_one_core() -> None:
    """Let kernels that this thread calls run on one core from now on: for small work beside a program that has its own.

    A second core makes one image no faster, and each kernel then waits for two cores to be free.
    """
    if _start == "numba":
        numba.set_num_threads(1)


def compile_seconds() -> float:
    """The time this thread has spent compiling kernels, in seconds; loading them from the cache is not counted."""
    return float(_clock.duration) if _start == "numba" and _clock.done else 0.0


@contextlib.contextmanager
def telling_of_compilation(listener: Callable[[int], None]) -> Iterator[None]:
    """Call ``listener`` with the number of the kernel whenever one begins to be compiled within the block.

    Compiled kernels are kept on disk, so this is a matter of the first run: it lets a program say what takes so long.
    """
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before
