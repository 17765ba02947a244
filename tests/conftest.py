"""What every test shares."""

import gc
import os
import signal

# Before anything imports them: windows and pictures stay off the screen.
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

# Several test processes run at once, each on one core. With more threads they would wait for each other's cores, and an
# epoch took 16 s instead of 2. Separate tests cover the differences between one thread and two.
os.environ.update({"OPENBLAS_NUM_THREADS": "1"} if "PYTEST_XDIST_WORKER" in os.environ else {})

# Shells ignore SIGINT for background jobs, and so would the programs that tests start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import numpy as np
import pytest

from nn.ops import backend

if "PYTEST_XDIST_WORKER" in os.environ:
    backend.use_one_thread()


#: Where the user chose none, the plain loops are left to operations that have no tuned version: they compile for a
#: minute, and a run with ``NN_BACKEND=loops`` tests them all.
TESTED_BACKENDS = ("numba", "numpy") if backend.current() == "numba" else (backend.current(),)


def pytest_collection_finish() -> None:
    """Leave what was collected out of the searches for garbage, which are rare from now on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator that repeats."""
    return np.random.default_rng(20260101)


@pytest.fixture(autouse=True)
def _isolate_user_files(tmp_path_factory, monkeypatch):
    """Hide the settings and the adapted network of the user who runs the tests."""
    home = str(tmp_path_factory.getbasetemp() / "home")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, home)


@pytest.fixture(params=TESTED_BACKENDS)
def each_backend(request):
    """Run the test on every backend that this run tests."""
    with backend.use(request.param):
        yield request.param


@pytest.fixture
def needs_numba():
    """For tests of compiled code."""
    if backend.current() == "numpy":
        pytest.skip("this run leaves Numba out")
