"""The choice of the backend, in separate processes, because it is made at import."""

import importlib
import os
import pkgutil
import subprocess
import sys
import threading

import pytest

import nn.ops
from nn.ops import backend


def python(code, **environment):
    """What ``code`` prints in a new interpreter."""
    kept = {k: v for k, v in os.environ.items() if k not in ("NN_BACKEND", "NUMBA_DISABLE_JIT")}
    return subprocess.run(
        [sys.executable, "-c", code], env=kept | environment, capture_output=True, text=True, timeout=120
    )


USE = "import sys, nn.model; from nn.ops import backend; print(backend.current(), 'numba' in sys.modules)"


def test_numba_is_the_default():
    assert python(USE).stdout.split() == ["numba", "True"]


def test_numpy_never_imports_numba():
    assert python(USE, NN_BACKEND="numpy").stdout.split() == ["numpy", "False"]


def test_loops_compile_without_the_tuned_kernels():
    code = "import sys, numpy as np, nn.model; from nn.ops import backend, relu; x = np.ones(3); relu.forward(x, x)\n"
    code += "print(backend.current(), any(m.startswith('nn.ops.fast.') for m in sys.modules))"
    assert python(code, NN_BACKEND="loops").stdout.split() == ["loops", "False"]


def test_without_jit_the_references_run():
    assert python(USE, NUMBA_DISABLE_JIT="1").stdout.split()[0] == "numpy"


def test_unknown_backend_is_an_error():
    result = python(USE, NN_BACKEND="cuda")
    assert result.returncode != 0
    assert "NN_BACKEND: expected one of numba, loops, numpy, got 'cuda'" in result.stderr


def test_import_compiles_nothing():
    code = "import nn.training, nn.digits; from nn.ops import backend; print(backend.compile_seconds())"
    assert python(code).stdout.strip() == "0.0"


@pytest.mark.usefixtures("needs_numba")
def test_compilation_calls_back_and_is_timed(tmp_path):
    code = """
import numpy as np
from nn.ops import backend, relu, sgd
calls = []
x = np.ones(3, np.float32)
with backend.on_compile(calls.append):
    for _ in range(2):
        relu.forward(x, x.copy())
        sgd.step(x, x, x.copy(), 0.1, 0.0, False)
relu.forward(x.astype(np.float64), x.astype(np.float64))
print(calls, backend.compile_seconds() > 0.05)
"""
    assert python(code, NUMBA_CACHE_DIR=str(tmp_path)).stdout.strip() == "[1, 2] True"
    assert python(code.replace("x.astype(np.float64)", "x"), NUMBA_CACHE_DIR=str(tmp_path)).stdout.split()[0] == "[]"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="GNU's OpenMP")
@pytest.mark.parametrize(
    ("environment", "count"),
    [({}, backend.SPIN_COUNT), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "passive"}, "0")],
)
def test_idle_threads_sleep_soon_unless_configured(environment, count):
    code = "import os, nn.ops.backend, numba.np.ufunc.omppool; print(os.environ.get('GOMP_SPINCOUNT'))"
    ended = python(code, OMP_DISPLAY_ENV="verbose", **environment)
    if "OPENMP DISPLAY ENVIRONMENT BEGIN" not in ended.stderr:
        pytest.skip("no GNU OpenMP here")
    assert f"GOMP_SPINCOUNT = '{count}'" in ended.stderr
    assert ended.stdout.strip() == str(environment.get("GOMP_SPINCOUNT"))  # nor do child processes have it


@pytest.mark.usefixtures("needs_numba")
def test_compilation_in_another_thread_is_not_counted():
    from numba.core import event

    before, others = backend.compile_seconds(), []

    def compile_something():
        with event.trigger_event("numba:compile"):
            pass
        others.append(backend.compile_seconds())

    thread = threading.Thread(target=compile_something)
    thread.start()
    thread.join()
    assert others[0] > 0
    assert backend.compile_seconds() == before


def test_data_and_metrics_load_without_numba():
    modules = "nn.metrics, nn.data.mnist, nn.data.idx, nn.data.batches, nn.data.augment"
    code = f"import sys, {modules}; print('numba' in sys.modules)"
    assert python(code).stdout.strip() == "False"


#: Two threads call what runs parallel kernels without the lock, which Numba's "workqueue" does not allow.
THREADS = """
import sys, threading, numpy as np
if "no OpenMP" == CASE:  # as in slim images, and on macOS
    sys.modules["numba.np.ufunc.omppool"] = None
import nn, numba
from nn import zoo
from nn.training import fit
images = np.random.default_rng(0).integers(0, 256, (64, 28, 28), dtype=np.uint8)
labels = np.arange(64) % 10
models = [zoo.build("baseline") for _ in range(2)]
def work(model):
    for _ in range(10):
        model.predict(images)
        model.forward((images / 255).astype(np.float32)[..., None])
    for _ in fit(model, nn.Adam(model.parameters), images, labels, epochs=1):
        pass
threads = [threading.Thread(target=work, args=[model]) for model in models]
[t.start() for t in threads]; [t.join() for t in threads]
same = all((a == b).all() for a, b in zip(*(model.state_dict().values() for model in models)))
print(numba.threading_layer(), same)
"""


@pytest.mark.usefixtures("needs_numba")
@pytest.mark.parametrize("case", ["workqueue", "no OpenMP"])
def test_threads_with_a_threading_layer_for_one(case):
    layer = "workqueue" if case == "workqueue" else "default"
    ended = python(THREADS.replace("CASE", repr(case)), NUMBA_THREADING_LAYER=layer)
    assert ended.stdout.split() == ["workqueue", "True"], ended.stderr


#: Forks while another thread holds the lock, which it releases when it sees the fork; the child predicts.
FORK = """
import os, signal, sys, threading, numpy as np
from nn import zoo
from nn.fuse import fuse
from nn.ops import backend
model = fuse(zoo.build("baseline"))
images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
expected = model.predict(images)
held, forking = threading.Event(), threading.Event()
os.register_at_fork(before=forking.set)
def hold():
    with backend.lock:
        held.set()
        forking.wait()
threading.Thread(target=hold).start()
held.wait()
if os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
signal.alarm(60)  # if the lock were still held, it would wait forever
print(backend.current(), np.abs(model.predict(images) - expected).max(), flush=True)
os._exit(0)
"""


@pytest.mark.usefixtures("needs_numba")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="has no forks")
@pytest.mark.parametrize(("layer", "takes", "apart"), [("omp", "numpy", 1e-4), ("workqueue", "numba", 0.0)])
def test_a_forked_process_predicts(layer, takes, apart):
    """With the references where the parent has started OpenMP, which would end it; else with the same bits."""
    ended = python(FORK, NUMBA_THREADING_LAYER=layer)
    if "NUMBA_THREADING_LAYER: expected one that is installed" in ended.stderr:
        pytest.skip(f"has no {layer}")
    assert ended.returncode == 0, ended.stderr
    backend_there, difference = ended.stdout.split()
    assert backend_there == takes
    assert float(difference) <= apart


def test_works_where_the_cache_cannot_be_written():
    """Neither beside the source nor in the folder of the user: Numba raises, the kernels run uncached."""
    code = (
        "import numba.core.caching as c\n"
        "c.CacheImpl._locator_classes = []\n"
        "import numpy as np\n"
        "from nn.ops import relu\n"
        "y = np.empty(2, np.float32); relu.forward(np.array([-1, 2], np.float32), y); print(y)"
    )
    assert python(code).stdout.strip() == "[0. 2.]"


@pytest.mark.usefixtures("needs_numba")
def test_kernels_inline_no_functions_that_the_cache_does_not_watch():
    """A kernel calls compiled functions of the same file, or, in ``fast``, of that folder."""
    count = 0
    for info in pkgutil.walk_packages(nn.ops.__path__, "nn.ops."):
        for kernel in vars(importlib.import_module(info.name)).values():
            function = getattr(getattr(kernel, "versions", [kernel])[0], "py_func", None)
            if function is None or function.__module__ != info.name:
                continue
            for name in function.__code__.co_names:
                called = function.__globals__.get(name)
                module = getattr(getattr(called, "py_func", None), "__module__", None) or (
                    getattr(called, "_defn", None) and called._defn.__module__
                )
                if module:
                    count += 1
                    own, package = info.name, info.name.rpartition(".")[0]
                    assert module == own or package == module.rpartition(".")[0] == "nn.ops.fast", (own, name)
    assert count > 50


@pytest.mark.usefixtures("needs_numba")
def test_use_is_undone():
    with backend.use("numpy"):
        assert backend.current() == "numpy"
    assert backend.current() != "numpy"
    with pytest.raises(ValueError, match="expected one of numba, loops, numpy"), backend.use("cuda"):
        pass


@pytest.mark.usefixtures("needs_numba")
@pytest.mark.parametrize("arch", ["baseline", "tiny"])
def test_same_bits_with_one_thread_and_with_two(arch):
    code = """
import hashlib, sys, numba, numpy as np
from nn import Adam, zoo
from nn.training import fit
numba.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else THREADS)
rng = np.random.default_rng(0)
model = zoo.build("ARCH")
for _ in fit(model, Adam(model.parameters), rng.integers(0, 256, (200, 28, 28), dtype=np.uint8),
             rng.integers(0, 10, 200), epochs=1):
    pass
print(hashlib.sha256(b"".join(v.tobytes() for v in model.state_dict().values())).hexdigest())
"""
    code = code.replace("ARCH", arch)
    one, two = (python(code.replace("THREADS", str(n)), NUMBA_NUM_THREADS="2").stdout for n in (1, 2))
    assert one == two
    assert len(one.strip()) == 64


@pytest.mark.skipif(backend.current() == "numpy", reason="needs Numba")
def test_the_kernels_of_a_thread_use_one_core_or_all():
    import numba

    before = numba.get_num_threads()
    try:
        backend.use_all_threads()
        assert numba.get_num_threads() == numba.config.NUMBA_NUM_THREADS
        backend.use_one_thread()
        assert numba.get_num_threads() == 1
    finally:
        numba.set_num_threads(before)
