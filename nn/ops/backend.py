"""Which version of the operations runs.

- ``"numba"``: the tuned kernels of ``nn/ops/fast`` where there are some, else the plain loops; both compiled.
- ``"loops"``: the plain loops for everything, compiled.
- ``"numpy"``: the NumPy references; Numba is never imported.

The environment variable ``NN_BACKEND`` chooses at start; the default is ``"numba"``. ``NUMBA_DISABLE_JIT=1`` means
``"numpy"``.
"""

import contextlib
import functools
import importlib
import os
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar, cast

import numpy as np

from nn import paths

BACKENDS = ("numba", "loops", "numpy")

#: What compiled code may do to arithmetic where a kernel asks for it: reorder and fuse, but NaN and infinity keep their
#: meaning.
FASTMATH = {"nsz", "arcp", "contract", "reassoc"}

P = ParamSpec("P")
R = TypeVar("R", covariant=True)
F = TypeVar("F", bound=Callable)


def _chosen_at_start() -> str:
    name = os.environ.get("NN_BACKEND") or "numba"
    if name not in BACKENDS:
        raise ValueError(f"NN_BACKEND: expected one of {', '.join(BACKENDS)}, got {name!r}")
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return "numpy"
    return name


#: Held by every thread that runs kernels: they use all cores by themselves, and a threading layer of Numba other than
#: OpenMP and TBB ends the process when two threads start kernels at once.
lock = threading.RLock()

_compile_callback: Callable[[int], None] | None = None

_start = _chosen_at_start()
_current = _start

#: Whether this process can compile.
_has_numba = _start != "numpy"

#: How often an idle thread of GNU OpenMP polls for work before it sleeps. The default of 300,000 takes milliseconds of
#: a core that another program may need: beside one busy program on 2 cores, a step of the baseline took 40 ms instead
#: of 0.6; with this count 3. It lasts about 50 us, which bridges the gap from one kernel to the next.
SPIN_COUNT = "4000"


def _load_openmp() -> None:
    """Load GNU OpenMP with ``SPIN_COUNT``, unless the user configured it: it reads the environment only once."""
    if os.environ.keys() & {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}:
        return
    os.environ["GOMP_SPINCOUNT"] = SPIN_COUNT
    try:
        importlib.import_module("numba.np.ufunc.omppool")
    except ImportError:  # not available: Numba will use another threading layer
        pass
    finally:
        del os.environ["GOMP_SPINCOUNT"]  # child processes do not inherit it


if _has_numba:
    import numba
    from numba import prange
    from numba.core import event

    _load_openmp()

    class _CompileClock(threading.local, event.TimingListener):
        """Sums the compile time of one thread, counts the kernels (not the functions they inline), calls the callback.

        One clock per thread: compilation in another thread does not count against this thread's work.
        """

        def __init__(self) -> None:
            super().__init__()
            self.kernels = 0

        def on_start(self, event: Any) -> None:
            super().on_start(event)
            if self._depth == 1:
                self.kernels += 1
                if _compile_callback is not None:
                    _compile_callback(self.kernels)

    _clock = _CompileClock()
    event.register("numba:compile", _clock)

    def njit(*, parallel: bool = False, fastmath: bool = False) -> Callable[[Callable], Any]:
        """``numba.njit`` as every kernel uses it: compiled lazily and cached, or uncached if no folder can be written.

        Args:
            parallel: share ``prange`` loops between threads.
            fastmath: allow the rewritings in ``FASTMATH``.
        """
        options = {"error_model": "numpy", "parallel": parallel, "fastmath": FASTMATH if fastmath else False}

        def compile_lazily(function: Callable) -> Any:
            kernel = numba.njit(**options)(function)
            _enable_caching(kernel)
            return kernel

        return compile_lazily

    def _enable_caching(kernel: Any) -> None:
        folder = _cache_folder(numba.config.CACHE_DIR)
        if folder is None:
            return
        before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, folder
        try:
            kernel.enable_caching()
        except RuntimeError:  # "no locator available": neither beside the source nor in the user's cache
            return
        finally:
            numba.config.CACHE_DIR = before
        function = kernel.py_func
        _drop_stale_cache(Path(kernel.stats.cache_path), function.__name__, Path(function.__code__.co_filename))

    @functools.cache
    def _cache_folder(chosen: str) -> str | None:
        """Where Numba caches our kernels, as the value of ``NUMBA_CACHE_DIR``; None if it can't be written.

        A checkout leaves the choice to Numba, which prefers the folder of the source. An installed package has it in
        the user's cache: pip would leave the files in its own folder behind.

        Args:
            chosen: by the user; "" if not.
        """
        if paths.IS_CHECKOUT:
            return chosen
        cache = Path(chosen) if chosen else paths.cache_folder()
        if cache is None:
            return None
        with contextlib.suppress(OSError):
            cache.mkdir(parents=True, exist_ok=True)
        return str(cache) if os.access(cache, os.W_OK) else None

    def elementwise(parallel_from: int) -> Callable[[Callable], Any]:
        """Compile a loop over vectors, with threads or without, to be called with arrays of any shape.

        Args:
            parallel_from: the number of elements from which on threads gain more than they cost.
        """

        def compile_lazily(function: Callable) -> Any:
            copy = types.FunctionType(function.__code__, function.__globals__, function.__name__)
            copy.__qualname__ = f"{function.__qualname__}_serial"  # the name of its file in the cache
            serial, parallel = njit()(copy), njit(parallel=True)(function)

            def run(*arguments: Any) -> None:
                vectors = [value.reshape(-1) if isinstance(value, np.ndarray) else value for value in arguments]
                (serial if len(vectors[0]) < parallel_from else parallel)(*vectors)

            run.versions = serial, parallel  # type: ignore[attr-defined]
            return run

        return compile_lazily

    def _drop_stale_cache(cache: Path, name: str, source: Path) -> None:
        """Delete a kernel of ``fast/`` that was compiled before any file of that folder changed.

        Numba only watches the file of the kernel itself, but kernels in ``fast/`` inline functions of each other's
        files. Kernels elsewhere inline functions of their own file only.
        """
        if source.parent.name != "fast":
            return
        changed = max(path.stat().st_mtime for path in source.parent.glob("*.py"))
        for index in cache.glob(f"{source.stem}.{name}-*.nbi"):
            with contextlib.suppress(OSError):  # another process deleted it first, or it is read-only
                if index.stat().st_mtime < changed:
                    index.unlink()

else:
    prange = range

    def njit(*, parallel: bool = False, fastmath: bool = False) -> Callable[[Callable], Any]:
        """Return the function unchanged: the NumPy references run instead."""
        return lambda function: function

    def elementwise(parallel_from: int) -> Callable[[Callable], Any]:
        """Return the function unchanged: the NumPy references run instead."""
        return lambda function: function


class Operation(Protocol[P, R]):
    """An operation: call it to run the version that belongs to the backend in use.

    Attributes:
        rungs: the version of each backend, all with the same arguments.
        fast: whether there is a tuned version.
    """

    rungs: dict[str, Callable[..., Any]]
    fast: bool

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it."""

    def loops(self, function: F) -> F:
        """Decorator for the version in plain loops."""


#: Every operation by its name, for example ``"conv2d.forward"``.
OPERATIONS: dict[str, Operation] = {}


def operation(*, fast: bool = False) -> Callable[[Callable[P, R]], Operation[P, R]]:
    """Decorator that makes a NumPy reference an operation; the decorator ``.loops`` of the result adds the plain loops.

    Args:
        fast: whether ``nn/ops/fast`` has a tuned version, under the same file and function name. It is imported at its
            first call.
    """

    def register(reference: Callable[P, R]) -> Operation[P, R]:
        rungs: dict[str, Callable[..., Any]] = {"numpy": reference}
        module, name = reference.__module__, reference.__name__

        @functools.wraps(reference)
        def run(*args: P.args, **kwargs: P.kwargs) -> Any:
            return rungs[_current](*args, **kwargs)

        def load_and_run(*args: Any, **kwargs: Any) -> Any:
            rungs["numba"] = getattr(importlib.import_module(module.replace(".ops.", ".ops.fast.")), name)
            return rungs["numba"](*args, **kwargs)

        def loops(function: F) -> F:
            rungs["loops"] = function
            rungs["numba"] = load_and_run if fast else function
            return function

        found = cast(Any, run)
        found.rungs, found.loops, found.fast = rungs, loops, fast
        OPERATIONS[f"{module.rpartition('.')[2]}.{name}"] = found
        return cast(Operation[P, R], found)

    return register


def _after_fork() -> None:
    """In the child process: use the NumPy references if the parent has started OpenMP threads.

    GNU OpenMP ends a forked process that uses it. Numba's "workqueue" continues, with the same bits.
    """
    global _has_numba, _current
    lock.release()
    with contextlib.suppress(ValueError):  # before the first parallel kernel there is no threading layer
        if _has_numba and numba.threading_layer() == "omp":
            _has_numba, _current = False, "numpy"


if hasattr(os, "register_at_fork"):
    # Held during the fork, or the child might find it locked by a thread that it does not have.
    os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=_after_fork)


def current() -> str:
    """The backend in use, one of ``BACKENDS``."""
    return _current


@contextlib.contextmanager
def use(name: str) -> Iterator[None]:
    """Run the block on the backend ``name``; for tests and comparisons, not for several threads at once.

    Raises:
        ValueError: there is no such backend, or this process started without Numba.
    """
    global _current
    if name not in BACKENDS or (name != "numpy" and not _has_numba):
        raise ValueError(f"backend: expected one of {', '.join(BACKENDS)} that this process can run, got {name!r}")
    before, _current = _current, name
    try:
        yield
    finally:
        _current = before


def use_one_thread() -> None:
    """Run the kernels that this thread calls on one core from now on: for small work beside other busy threads.

    A second core makes one image no faster, and each kernel then waits until both cores are free.
    """
    if _has_numba:
        numba.set_num_threads(1)


def compile_seconds() -> float:
    """The time this thread has spent compiling kernels, in seconds; loading them from the cache does not count."""
    return float(_clock.duration) if _has_numba and _clock.done else 0.0


@contextlib.contextmanager
def on_compile(callback: Callable[[int], None]) -> Iterator[None]:
    """Call ``callback`` with the number of the kernel whenever the compilation of one starts within the block.

    Compiled kernels are cached on disk, so this happens at the first run: a program can show why it takes so long.
    """
    global _compile_callback
    before, _compile_callback = _compile_callback, callback
    try:
        yield
    finally:
        _compile_callback = before
