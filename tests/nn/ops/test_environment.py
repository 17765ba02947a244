"""Environment variables are checked at the start, in processes of their own."""

import pytest

from nn.ops import environment
from tests import processes

INVALID = [
    ({"NN_BACKEND": "torch"}, "NN_BACKEND: expected one of numba, loops, numpy, got 'torch'"),
    *(
        ({"NUMBA_NUM_THREADS": value}, f"NUMBA_NUM_THREADS: expected 1 to 256, got '{value}'")
        for value in ("0", "-3", "abc", "999")
    ),
    ({"NUMBA_OPT": "fast"}, "NUMBA_OPT: expected another value, got 'fast'"),
    ({"NUMBA_THREADING_LAYER": "threads"}, "NUMBA_THREADING_LAYER: expected one that is installed ("),
    ({"NUMBA_THREADING_LAYER_PRIORITY": "omp"}, "NUMBA_THREADING_LAYER_PRIORITY: expected tbb, omp, workqueue in any"),
]


@pytest.mark.usefixtures("needs_numba")
@pytest.mark.parametrize(("variables", "message"), INVALID)
def test_an_invalid_variable_is_one_line(variables, message):
    code = "from apps.cli import signals; signals.launch('predict')"
    result = processes.run([*processes.python(code), "a.png"], environment=variables)
    assert result.is_one_line_error, result
    assert result.err.startswith(f"predict.py: {message}")


@pytest.mark.usefixtures("needs_numba")
def test_variables_without_a_value_are_as_if_not_set():
    code = "from nn.ops import backend; print(backend.current())"
    names = ("NN_BACKEND", "NUMBA_NUM_THREADS", "NUMBA_DISABLE_JIT", "NUMBA_OPT")
    result = processes.run(processes.python(code), environment=dict.fromkeys(names, ""))
    assert result == processes.Result(0, "numba\n", "")


def test_numpy_ignores_what_numba_would_read():
    code = "from nn.ops import backend; print(backend.current())"
    variables = {"NN_BACKEND": "numpy", "NUMBA_NUM_THREADS": "0", "NUMBA_THREADING_LAYER": "none"}
    assert processes.run(processes.python(code), environment=variables).out == "numpy\n"


class Config:
    THREADING_LAYER = "default"
    THREADING_LAYER_PRIORITY = ("tbb", "omp", "workqueue")


@pytest.mark.parametrize(
    ("wanted", "available", "layer"),
    [
        ("default", {"tbb", "omp", "workqueue"}, "tbb"),
        ("default", {"omp", "workqueue"}, "omp"),
        ("default", {"workqueue"}, "workqueue"),
        ("OMP", {"omp", "workqueue"}, "omp"),
        ("threadsafe", {"omp", "workqueue"}, "omp"),
        ("workqueue", {"tbb", "omp", "workqueue"}, "workqueue"),
        ("tbb", {"omp", "workqueue"}, None),
        ("safe", {"omp", "workqueue"}, None),
        ("threadsafe", {"workqueue"}, None),
    ],
)
def test_the_threading_layer_is_the_one_that_numba_will_start(wanted, available, layer, monkeypatch):
    monkeypatch.setattr(environment, "_is_available", available.__contains__)
    monkeypatch.setattr(Config, "THREADING_LAYER", wanted)
    if layer is not None:
        assert environment.threading_layer(Config) == layer
    else:
        with pytest.raises(environment.ConfigurationError, match=rf"^NUMBA_THREADING_LAYER: .* got '{wanted}'$"):
            environment.threading_layer(Config)


@pytest.mark.usefixtures("needs_numba")
@pytest.mark.parametrize("layer", ["default", "omp", "workqueue", "tbb"])
def test_numba_starts_the_same_layer(layer):
    code = """
import numba
from nn.ops import environment
print(environment.threading_layer(numba.config))
numba.get_num_threads()
print(numba.threading_layer())
"""
    result = processes.run(processes.python(code), environment={"NUMBA_THREADING_LAYER": layer})
    if result.status:
        assert "NUMBA_THREADING_LAYER: expected one that is installed (" in result.err
    else:
        assert len(set(result.out.split())) == 1
