"""Every operation: its NumPy reference and what this run chose, tuned version or plain loops, give the same.

The arguments are in the table of ``cases.py``. These tests find every operation by themselves.
"""

import copy
import importlib
import inspect
import math
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nn.ops
from nn.ops import backend
from tests.nn.ops.cases import CASES, Output

NO_OPERATIONS = {"backend", "environment", "kernel_cache", "memory"}

MODULES = {module.name for module in pkgutil.iter_modules(nn.ops.__path__) if not module.ispkg} - NO_OPERATIONS
for module in MODULES:
    importlib.import_module(f"nn.ops.{module}")

#: Numbers after the memory of a kernel, which must stay.
GUARD = 64

#: The most elements of a case that the plain loops run in Python.
MOST_IN_PYTHON = 6_000

needs_numba = pytest.mark.usefixtures("needs_numba")


@pytest.fixture
def guarded_memory(monkeypatch):
    """Check the end of the memory that tuned kernels reserve: they write to addresses, which nothing else checks."""
    guards = []

    def empty(shape, dtype):
        size = math.prod(shape)
        memory = np.full(size + GUARD, 77, dtype)
        guards.append(memory[size:])
        return memory[:size].reshape(shape)

    if backend.current() == "numba":
        for module in pkgutil.iter_modules([f"{Path(nn.ops.__file__).parent}/fast"], "nn.ops.fast."):
            if hasattr(importlib.import_module(module.name), "empty"):
                monkeypatch.setattr(f"{module.name}.empty", empty)
    yield
    assert all((guard == 77).all() for guard in guards)


def arrays_after(name, arguments, filler):
    """Run an operation on copies; return what every argument then holds, and the result, as a list of arrays."""
    arguments = copy.deepcopy(arguments)
    filled = {
        key: np.full(value.shape, filler, value.dtype) if isinstance(value, Output) else value
        for key, value in arguments.items()
    }
    operation = backend.OPERATIONS[name]
    call = inspect.signature(operation).bind(**filled)
    result = operation(*call.args, **call.kwargs)
    found = [] if result is None else [np.array(part) for part in (result if isinstance(result, tuple) else (result,))]
    for key, value in filled.items():
        if isinstance(value, np.ndarray):
            where = arguments[key].where if isinstance(arguments[key], Output) else True
            found.append(np.where(where, value, 0))
        elif isinstance(value, tuple):
            found += [np.array(part) for part in value]
    return found


def test_every_module_has_operations():
    assert {name.partition(".")[0] for name in backend.OPERATIONS} == MODULES


def test_every_operation_has_a_case():
    assert set(CASES) == set(backend.OPERATIONS)


@pytest.mark.parametrize("name", sorted(backend.OPERATIONS))
def test_every_operation_has_every_rung(name):
    assert set(backend.OPERATIONS[name].rungs) == set(backend.BACKENDS)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(backend.OPERATIONS))
def test_all_rungs_agree(name, dtype, rng, monkeypatch, guarded_memory):
    """Equal but for rounding, and whatever the outputs held before. Without Numba, the plain loops run in Python."""
    in_python = backend.current() == "numpy"
    rung = "loops" if in_python else backend.current()
    if in_python and dtype == np.float64:
        pytest.skip("loops in Python take long: float32 is enough")
    for arguments in CASES[name](dtype, rng):
        if in_python and sum(np.prod(getattr(value, "shape", 0)) for value in arguments.values()) > MOST_IN_PYTHON:
            continue
        monkeypatch.setattr(backend, "_current", "numpy")
        expected = arrays_after(name, arguments, 9)
        monkeypatch.setattr(backend, "_current", rung)
        found = arrays_after(name, arguments, 7)
        for array, wanted in zip(found, expected, strict=True):
            tolerance = 2e-4 if np.float32 in (dtype, array.dtype) else 1e-11
            np.testing.assert_allclose(array, wanted, rtol=tolerance, atol=tolerance)


@needs_numba
@pytest.mark.parametrize("name", sorted(backend.OPERATIONS))
def test_same_bits_with_one_thread_and_with_two(name, rng):
    import numba

    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("this run has one thread")
    before = numba.get_num_threads()
    try:
        for arguments in CASES[name](np.float32, rng):
            numba.set_num_threads(1)
            one = arrays_after(name, arguments, 7)
            numba.set_num_threads(2)
            two = arrays_after(name, arguments, 7)
            for first, second in zip(one, two, strict=True):
                np.testing.assert_array_equal(first, second)
    finally:
        numba.set_num_threads(before)


def test_every_tuned_version_belongs_to_an_operation():
    """A misspelt one would never run."""
    fast = Path(nn.ops.__file__).parent / "fast"
    tuned = {name for name, operation in backend.OPERATIONS.items() if operation.fast}
    assert {name.partition(".")[0] for name in tuned} <= {path.stem for path in fast.glob("*.py")}
    assert {path.stem for path in fast.glob("*.py")} & MODULES == {name.partition(".")[0] for name in tuned}


@needs_numba
def test_each_kernel_is_compiled_once_per_dtype():
    """Another signature costs seconds at the first start. A separate process only trains and predicts."""
    code = """
import importlib, pkgutil
import numpy as np
import nn.ops
from nn import Adam, BatchNorm, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sequential, zoo
from nn.data.augment import Augmentation
from nn.training import fit
images = np.zeros((40, 28, 28), np.uint8)
layers = [Conv2D(4), BatchNorm(), ReLU(), Conv2D(4), ReLU(), MaxPool2D(2), Flatten(), Dense(8), BatchNorm(), Dense(10)]
for model in (zoo.build("baseline"), Sequential(layers, (28, 28, 1))):
    for augmentation in (Augmentation(), Augmentation(rotation=5), Augmentation(elastic=1)):
        for _ in fit(
            model, Adam(model.parameters), images, np.arange(40) % 10, epochs=1, clip_norm=1, augmentation=augmentation
        ):
            pass
    model.predict(images)
    model.predict(images[:1])
count = 0
for module in pkgutil.walk_packages(nn.ops.__path__, "nn.ops."):
    for name, kernel in vars(importlib.import_module(module.name)).items():
        for version in getattr(kernel, "versions", [kernel]):
            signatures = getattr(version, "signatures", [])
            count += len(signatures)
            if len(signatures) > 1:
                print(module.name, name, signatures)
print(count > 10)
"""
    for _ in range(2):  # a run that compiles also lists the functions that only kernels call, for several types
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
        if result.stdout.strip() == "True":
            break
    assert result.stdout.strip() == "True", result.stdout + result.stderr
