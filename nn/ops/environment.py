"""Validates the environment variables that decide how the operations run.

Numba itself raises tracebacks for invalid ones, some of them only at the first kernel.
"""

import importlib
import os
import warnings
from types import ModuleType
from typing import Any

from nn import platforms
from nn.errors import ConfigurationError

BACKENDS = ("numba", "loops", "numpy")

#: The most threads on a machine with fewer cores.
MAX_THREADS = 256

#: Numba's threading layers, and the modules that hold them.
_LAYERS = {"tbb": "tbbpool", "omp": "omppool", "workqueue": "workqueue"}


def backend() -> str:
    """The backend to start with, one of ``BACKENDS``.

    Raises:
        ConfigurationError: ``NN_BACKEND`` is another.
    """
    name = os.environ.get("NN_BACKEND") or "numba"
    if name not in BACKENDS:
        raise ConfigurationError(f"NN_BACKEND: expected one of {', '.join(BACKENDS)}, got {name!r}")
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return "numpy"
    return name


def import_numba() -> ModuleType:
    """Numba.

    Raises:
        ConfigurationError: one of its environment variables is invalid.
    """
    threads = os.environ.get("NUMBA_NUM_THREADS", "").strip()
    most = max(MAX_THREADS, os.cpu_count() or 1)
    if threads and not (threads.isdecimal() and 1 <= int(threads) <= most):
        raise ConfigurationError(f"NUMBA_NUM_THREADS: expected 1 to {most}, got {threads!r}")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Environment variable 'NUMBA_", RuntimeWarning)
        warnings.filterwarnings("ignore", "Environment variable '.*' is defined but its associated value '' ")
        try:
            return importlib.import_module("numba")
        except RuntimeWarning as warning:
            _, name, _, value, *_ = str(warning).split("'")
            raise ConfigurationError(f"{name}: expected another value, got {value!r}") from None


def threading_layer(config: Any) -> str:
    """The threading layer that Numba will start: ``"tbb"``, ``"omp"`` or ``"workqueue"``.

    Args:
        config: ``numba.config``.

    Raises:
        ConfigurationError: the variables that choose it are invalid, or this installation does not have it.
    """
    priority = tuple(config.THREADING_LAYER_PRIORITY)
    if sorted(priority) != sorted(_LAYERS):
        names = ", ".join(_LAYERS)
        raise ConfigurationError(f"NUMBA_THREADING_LAYER_PRIORITY: expected {names} in any order, got {priority}")
    wanted = str(config.THREADING_LAYER).lower()
    fork_safe = ("tbb", "omp", "workqueue") if platforms.IS_OPENMP_FORK_SAFE else ("tbb", "workqueue")
    groups = {"default": priority, "safe": ("tbb",), "threadsafe": ("tbb", "omp"), "forksafe": fork_safe}
    for layer in groups.get(wanted, (wanted,)):
        if _is_available(layer):
            return layer
    available = ", ".join(filter(_is_available, _LAYERS))
    raise ConfigurationError(f"NUMBA_THREADING_LAYER: expected one that is installed ({available}), got {wanted!r}")


def _is_available(layer: str) -> bool:
    if layer not in _LAYERS:
        return False
    try:
        if layer == "tbb":
            importlib.import_module("numba.np.ufunc.parallel")._check_tbb_version_compatible()
        importlib.import_module(f"numba.np.ufunc.{_LAYERS[layer]}")
    except ImportError:
        return False
    return True
