"""The tasks of ``bench.py`` with this library and other frameworks, each in its own process; one module a framework.

``python -m scripts.frameworks NAME TASK THREADS`` prepares the task, warms up, prints a line of JSON with the version,
and then answers each line on its standard input with the result of one more repetition: seconds (``limit``: GFLOP/s).
So repetitions of several frameworks alternate, and their thread pools never run at the same time.

Tasks, with a network of ``networks.py``: ``train:NETWORK:BATCH:IMAGES``, an epoch of training; ``warm:NETWORK:BATCH``,
``cold:NETWORK:BATCH`` and ``busy:NETWORK:BATCH``, one image's share of a prediction: in a loop of calls, at the first
call after a second of idleness, and in a loop beside a process that keeps a core busy. Of this library alone:
``growth:BATCH:IMAGES``, the mean of several epochs; ``limit``, the rate of a large matrix product. Two are whole
programs, which ``bench.py`` measures from start to end: ``whole:FILE`` (Keras), the baseline's training until its
weights are saved, and ``accuracy:SEED`` (ours and PyTorch), its training until 99 % of MNIST's test images are right;
its exit status is 1 if they never are.

To add a framework, add a module with ``training`` and ``prediction``, or one of them, and a line to ``PACKAGES``.
"""

import importlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

#: Runs one repetition and returns its result.
Repetition = Callable[[], float]

#: Seconds of calls in one repetition of ``warm``, after as many that do not count; and of idleness before ``cold``.
WARM_SECONDS, IDLE_SECONDS = 0.2, 1.0

#: The process beside which ``busy`` measures; it ends with this one, even if this one is killed.
NEIGHBOUR = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): pass"

#: Images of an epoch up to which others come before it: after idleness, threads share a core for some 60 ms.
SHORT_EPOCH = 10_000

#: The tasks that are whole programs, and the share of the test images that ends ``accuracy``.
PROGRAMS, ACCURACY = ("whole", "accuracy"), 0.99

#: The packages that each framework needs; the name is that of the module, and a variant of it.
PACKAGES: dict[str, tuple[str, ...]] = {
    "ours": (),
    "pytorch": ("torch",),
    "pytorch channels_last": ("torch",),
    "pytorch compile": ("torch",),
    "keras": ("keras", "tensorflow"),
    "jax": ("jax",),
    "jax scan": ("jax",),
    "onnxruntime": ("onnxruntime",),
    "openvino": ("openvino",),
    "litert": ("keras", "tensorflow", "ai_edge_litert"),
}

#: The frameworks that train, and those that predict, ours first.
TRAINING = ("ours", "pytorch", "pytorch channels_last", "pytorch compile", "keras", "jax", "jax scan")
PREDICTION = ("ours", "onnxruntime", "openvino", "litert", "pytorch", "pytorch channels_last", "pytorch compile")


def missing(name: str) -> list[str]:
    """The packages that a framework needs and that are not installed."""
    return [package for package in PACKAGES[name] if importlib.util.find_spec(package) is None]


def version(name: str) -> str:
    """What runs the computations, with its version."""
    package = "numba" if name == "ours" else PACKAGES[name][-1]
    return f"{package} {importlib.import_module(package).__version__}"


def digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first ``count`` images and labels of MNIST's training set, repeated if there are fewer."""
    from nn.data import mnist

    data = mnist.load(progress=False)
    repeats = -(-count // len(data.train_images))
    return np.concatenate([data.train_images] * repeats)[:count], np.tile(data.train_labels, repeats)[:count]


def unit_digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The same images as (N, 28, 28, 1) float32 in [0, 1]."""
    images, labels = digits(count)
    return images[..., None] * np.float32(1 / 255), labels


def timed(work: Callable[[], Any], calls: int = 1) -> float:
    """Seconds per call."""
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls


def warm(work: Callable[[], Any]) -> float:
    """Seconds per call in a loop of calls, without those at its start."""
    calls = 0
    until = time.perf_counter() + WARM_SECONDS
    while not calls or time.perf_counter() < until:
        work()
        calls += 1
    return timed(work, calls)


def cold(work: Callable[[], Any]) -> float:
    """Seconds of the first call after idleness."""
    time.sleep(IDLE_SECONDS)
    return timed(work)


def busy(work: Callable[[], Any]) -> float:
    """Seconds per call in a loop of calls beside a process that keeps a core busy."""
    with subprocess.Popen([sys.executable, "-c", NEIGHBOUR, str(os.getpid())]) as other:
        try:
            return warm(work)
        finally:
            other.kill()


#: The ways to time predictions.
PREDICTION_KINDS = {"warm": warm, "cold": cold, "busy": busy}


def prepare(name: str, task: str, threads: int) -> Repetition:
    """Make what runs one repetition of the task."""
    from scripts.frameworks import networks

    framework, _, variant = name.partition(" ")
    module: Any = importlib.import_module(f"scripts.frameworks.{framework}")
    kind, *arguments = task.split(":")
    if kind == "train":
        network, batch_size, count = arguments[0], int(arguments[1]), int(arguments[2])
        epoch = module.training(networks.build(network), threads, *digits(count), batch_size, variant)
        return lambda: warm(epoch) if count <= SHORT_EPOCH else timed(epoch)
    if kind in PREDICTION_KINDS:
        network, batch_size = arguments[0], int(arguments[1])
        predict = module.prediction(networks.build(network), threads, unit_digits(batch_size)[0], variant)
        return lambda: PREDICTION_KINDS[kind](predict) / batch_size
    repetition: Repetition = getattr(module, kind)(threads, *map(int, arguments))
    return repetition
