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
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ParamSpec, Protocol, TypeVar, cast

import numpy as np

from nn import platforms
from nn.ops import environment
from nn.ops.environment import BACKENDS

#: What compiled code may do to arithmetic where a kernel asks for it: reorder and fuse, but NaN and infinity keep their
#: meaning.
FASTMATH = {"nsz", "arcp", "contract", "reassoc"}

P = ParamSpec("P")
R = TypeVar("R", covariant=True)
F = TypeVar("F", bound=Callable)


#: Held by every thread that runs kernels: they use all cores by themselves, and a threading layer of Numba other than
#: OpenMP and TBB ends the process when two threads start kernels at once.
lock = threading.RLock()

_compile_callback: Callable[[int], None] | None = None

_start = environment.backend()
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


def _vectors(arguments: Iterable[Any]) -> list[Any]:
    """The arguments, with the arrays as vectors."""
    return [value.reshape(-1) if isinstance(value, np.ndarray) else value for value in arguments]


if _has_numba:
    numba = environment.import_numba()
    from numba import prange
    from numba.core import event

    from nn.ops import kernel_cache

    _load_openmp()

    #: Whether the process ends when two threads run parallel kernels at once, as it has no OpenMP and no TBB.
    _one_at_a_time = environment.threading_layer(numba.config) == "workqueue"

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

    class _Locked:
        """A kernel that runs while the thread holds the lock."""

        def __init__(self, kernel: Any) -> None:
            self._kernel = kernel

        def __call__(self, *arguments: Any) -> Any:
            with lock:
                return self._kernel(*arguments)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._kernel, name)

    def njit(*, parallel: bool = False, fastmath: bool = False, is_inner: bool = False) -> Callable[[Callable], Any]:
        """``numba.njit`` as every kernel uses it: compiled lazily and cached, or uncached if no folder can be written.

        Args:
            parallel: share ``prange`` loops between threads.
            fastmath: allow the rewritings in ``FASTMATH``.
            is_inner: only kernels call it, in a thread that holds ``lock``.
        """
        options = {"error_model": "numpy", "parallel": parallel, "fastmath": FASTMATH if fastmath else False}
        options["no_cfunc_wrapper"] = True  # nothing calls kernels from C: a tenth of the compile time

        def compile_lazily(function: Callable) -> Any:
            kernel = numba.njit(**options)(function)
            kernel_cache.enable(kernel)
            return _Locked(kernel) if parallel and not is_inner and _one_at_a_time else kernel

        return compile_lazily

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
                vectors = _vectors(arguments)
                (serial if len(vectors[0]) < parallel_from else parallel)(*vectors)

            run.versions = serial, parallel  # type: ignore[attr-defined]
            return run

        return compile_lazily

else:
    prange = range

    def njit(*, parallel: bool = False, fastmath: bool = False, is_inner: bool = False) -> Callable[[Callable], Any]:
        """Return the function unchanged: the NumPy references run instead."""
        return lambda function: function

    def elementwise(parallel_from: int) -> Callable[[Callable], Any]:
        """Only flatten the arrays: the NumPy references run instead."""
        return lambda function: lambda *arguments: function(*_vectors(arguments))


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


# Held during the fork, or the child might find it locked by a thread that it does not have.
platforms.at_fork(lock.acquire, lock.release, _after_fork)


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


@functools.cache
def _thread_pool() -> Any:
    """Numba's functions of the thread pool, once it is there; with their checks they take ten times as long."""
    numba.get_num_threads()
    return importlib.import_module("numba.np.ufunc.parallel")


def use_one_thread() -> None:
    """Run the kernels that this thread calls on one core from now on: for small work beside other busy threads.

    A second core makes one image no faster, and each kernel then waits until both cores are free.
    """
    if _has_numba:
        _thread_pool()._set_num_threads(1)


def use_all_threads() -> None:
    """Undo ``use_one_thread`` for this thread."""
    if _has_numba:
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)


def thread_count() -> int:
    """The number of threads of the kernels that this thread calls."""
    return _thread_pool()._get_num_threads() if _has_numba else 1


class one_thread:
    """Run the kernels of the block on one core."""

    def __enter__(self) -> None:
        self._before = thread_count()
        use_one_thread()

    def __exit__(self, *error: object) -> None:
        if _has_numba:
            _thread_pool()._set_num_threads(self._before)


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
