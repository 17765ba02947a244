"""Runs the tasks of ``bench.py`` with this library and other frameworks, each in its own process.

``python -m scripts.frameworks NAME TASK THREADS`` prepares the task, warms up, prints a line of JSON with the version,
and then answers each line on its standard input with the result of one more repetition: seconds (``limit``: GFLOP/s).
So repetitions of several frameworks alternate, and their thread pools never run at the same time.

Tasks: ``train:BATCH:IMAGES``, an epoch of the baseline's training; ``growth:BATCH:IMAGES``, the mean of several;
``deep:BATCH``, a training step of a deep network; ``predict:BATCH``, one image's share of a prediction; ``limit``, the
rate of a large matrix product; ``whole:FILE`` (Keras), the baseline's training from start to saved weights.
"""

import importlib
import importlib.util
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

WEIGHTS = Path(__file__).parents[1] / "weights" / "baseline.npz"

#: Runs one repetition and returns its result.
Repetition = Callable[[], float]

#: Images in one repetition of ``growth``.
GROWTH_IMAGES = 120_000

#: Images that one repetition of ``predict`` reads at least, in at least ``MIN_CALLS`` calls.
PREDICTED_IMAGES, MIN_CALLS = 3000, 5

#: Training steps in one repetition of ``deep``, and products in one of ``limit``.
STEPS = 5

#: The packages that each framework needs.
PACKAGES: dict[str, tuple[str, ...]] = {
    "ours": (),
    "pytorch": ("torch",),
    "pytorch channels_last": ("torch",),
    "keras": ("keras", "tensorflow"),
    "onnxruntime": ("onnx", "onnxruntime"),
}


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


def timed(work: Callable[[], Any], calls: int = 1) -> float:
    """Seconds per call."""
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls


def timed_prediction(predict: Callable[[], Any], batch_size: int) -> Repetition:
    """Seconds per image of calls that predict a batch."""
    calls = max(MIN_CALLS, PREDICTED_IMAGES // batch_size)
    return lambda: timed(predict, calls) / batch_size


def our_training(threads: int, batch_size: int, count: int) -> Repetition:
    """An epoch through ``nn.training.fit``, as train.py trains."""
    from nn import zoo

    return _our_epoch(threads, batch_size, count, zoo.build("baseline"), 1e-3)


def our_growth(threads: int, batch_size: int, count: int) -> Repetition:
    """The mean of as many epochs of ``count`` images as make ``GROWTH_IMAGES`` together.

    They train the shipped network with a learning rate of zero. Otherwise the activations would get more zeros with
    each image, and the epochs faster.
    """
    from nn import checkpoint

    epoch = _our_epoch(threads, batch_size, count, checkpoint.load(WEIGHTS).model, 0.0)
    return lambda: statistics.mean(epoch() for _ in range(GROWTH_IMAGES // count))


def _our_epoch(threads: int, batch_size: int, count: int, model: Any, learning_rate: float) -> Repetition:
    import numba

    from nn import Adam
    from nn.training import fit

    numba.set_num_threads(threads)
    images, labels = digits(count)
    optimizer = Adam(model.parameters, learning_rate)

    def epoch() -> None:
        for _ in fit(model, optimizer, images, labels, epochs=1, batch_size=batch_size):
            pass

    return lambda: timed(epoch)


def our_deep_training(threads: int, batch_size: int) -> Repetition:
    """A step of conv-bn-relu 32, 32, pool, 64, 64, pool, dense 128, dense 10."""
    import numba

    from nn import Adam, BatchNorm, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sequential, softmax_cross_entropy
    from nn.fuse import fuse
    from nn.layers import Layer

    numba.set_num_threads(threads)
    layers: list[Layer] = []
    for filters in (32, 64):
        for _ in range(2):
            layers += [Conv2D(filters, 3, padding="same"), BatchNorm(), ReLU()]
        layers.append(MaxPool2D(2))
    model = Sequential([*layers, Flatten(), Dense(128), ReLU(), Dense(10)], (28, 28, 1))
    fused, optimizer = fuse(model), Adam(model.parameters)
    images, labels = digits(batch_size)
    x = images[..., None] * np.float32(1 / 255)

    def step() -> None:
        loss = softmax_cross_entropy(fused.forward(x, training=True), labels)
        fused.backward(loss.gradient, need_dx=False)
        optimizer.step()

    return lambda: timed(step, STEPS)


def our_prediction(threads: int, batch_size: int) -> Repetition:
    """Probabilities through ``model.predict``, as the Recognizer calls it."""
    import numba

    from nn import zoo
    from nn.fuse import fuse

    numba.set_num_threads(threads)
    images = digits(batch_size)[0][..., None] * np.float32(1 / 255)
    model = fuse(zoo.build("baseline"))
    return timed_prediction(lambda: model.predict(images), batch_size)


def matrix_product(threads: int) -> Repetition:
    """GFLOP/s of NumPy's product of two 2048 x 2048 matrices, the practical peak of the machine."""
    size = 2048
    a, b = np.random.default_rng(0).standard_normal((2, size, size)).astype(np.float32)
    out = np.empty_like(a)
    return lambda: 2 * size**3 / timed(lambda: np.matmul(a, b, out=out), STEPS) / 1e9


def _torch_baseline() -> Any:
    from torch import nn

    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(5408, 64), nn.ReLU(), nn.Linear(64, 10)),
    )


def _torch_deep() -> Any:
    from torch import nn

    layers, channels = [], 1
    for filters in (32, 64):
        for _ in range(2):
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.BatchNorm2d(filters), nn.ReLU()]
            channels = filters
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10))


def _torch_setup(
    threads: int, make_network: Callable[[], Any], count: int, channels_last: bool
) -> tuple[Any, Any, Any, Callable[[Any, Any], None]]:
    """A network, float images and labels in memory, and its training step in eager mode with the fused Adam."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = make_network()
    images, labels = digits(count)
    x, y = torch.from_numpy(images[:, None].astype(np.float32) / 255), torch.from_numpy(labels.astype(np.int64))
    if channels_last:
        network = network.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)

    def step(x: Any, y: Any) -> None:
        loss = torch.nn.functional.cross_entropy(network(x), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return network, x, y, step


def torch_training(threads: int, batch_size: int, count: int, channels_last: bool = False) -> Repetition:
    """An epoch in shuffled batches."""
    import torch

    _, x, y, step = _torch_setup(threads, _torch_baseline, count, channels_last)

    def epoch() -> None:
        for batch in torch.randperm(len(x)).split(batch_size):
            step(x[batch], y[batch])

    return lambda: timed(epoch)


def torch_deep_training(threads: int, batch_size: int, channels_last: bool = False) -> Repetition:
    """The same step as ours."""
    _, x, y, step = _torch_setup(threads, _torch_deep, batch_size, channels_last)
    return lambda: timed(lambda: step(x, y), STEPS)


def torch_prediction(threads: int, batch_size: int, channels_last: bool = False) -> Repetition:
    """Probabilities in inference mode."""
    import torch

    network, x, _, _ = _torch_setup(threads, _torch_baseline, batch_size, channels_last)
    network.eval()

    def predict() -> None:
        with torch.inference_mode():
            torch.softmax(network(x), dim=1).numpy()

    return timed_prediction(predict, batch_size)


def _keras_network(threads: int) -> Any:
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    keras.utils.set_random_seed(0)
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *(layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten()),
            *(layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")),
        ]
    )
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


def keras_training(threads: int, batch_size: int, count: int) -> Repetition:
    """An epoch of ``fit`` on arrays."""
    network = _keras_network(threads)
    images, labels = digits(count)
    x = images[..., None].astype(np.float32) / 255
    return lambda: timed(lambda: network.fit(x, labels, batch_size=batch_size, epochs=1, verbose=0))


def keras_whole(threads: int, path: str) -> None:
    """The baseline's training as a program: 5 epochs, then the weights are saved."""
    network = _keras_network(threads)
    images, labels = digits(60_000)
    network.fit(images[..., None].astype(np.float32) / 255, labels, batch_size=32, epochs=5, verbose=0)
    network.save(path)


def onnx_prediction(threads: int, batch_size: int) -> Repetition:
    """Probabilities from ONNX Runtime, with all its graph optimizations."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(_onnx_network(), options, providers=["CPUExecutionProvider"])
    x = np.ascontiguousarray(digits(batch_size)[0][:, None] * np.float32(1 / 255))
    return timed_prediction(lambda: session.run(None, {"x": x}), batch_size)


def _onnx_network() -> bytes:
    """The baseline network as ONNX, with the weights of our own initializers."""
    from onnx import TensorProto, helper, numpy_helper

    from nn import zoo

    weights = zoo.build("baseline").state_dict()
    weights["conv2d_1/kernel"] = weights["conv2d_1/kernel"].transpose(3, 2, 0, 1)
    # Flattened there as (C, H, W), here as (H, W, C).
    weights["dense_1/kernel"] = weights["dense_1/kernel"].reshape(13, 13, 32, 64).transpose(2, 0, 1, 3).reshape(-1, 64)
    nodes = [
        helper.make_node("Conv", ["x", "conv2d_1/kernel", "conv2d_1/bias"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("MaxPool", ["b"], ["c"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["c"], ["d"]),
        helper.make_node("Gemm", ["d", "dense_1/kernel", "dense_1/bias"], ["e"]),
        helper.make_node("Relu", ["e"], ["f"]),
        helper.make_node("Gemm", ["f", "dense_2/kernel", "dense_2/bias"], ["g"]),
        helper.make_node("Softmax", ["g"], ["y"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "baseline",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 1, 28, 28])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 10])],
        [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString()


TASKS: dict[tuple[str, str], Callable[..., Repetition]] = {
    ("ours", "train"): our_training,
    ("ours", "growth"): our_growth,
    ("ours", "deep"): our_deep_training,
    ("ours", "predict"): our_prediction,
    ("ours", "limit"): matrix_product,
    ("pytorch", "train"): torch_training,
    ("pytorch", "deep"): torch_deep_training,
    ("pytorch", "predict"): torch_prediction,
    ("keras", "train"): keras_training,
    ("onnxruntime", "predict"): onnx_prediction,
}


def prepare(name: str, task: str, threads: int) -> Repetition:
    """Make what runs one repetition of the task."""
    kind, *numbers = task.split(":")
    framework, _, variant = name.partition(" ")
    options = {variant: True} if variant else {}
    return TASKS[framework, kind](threads, *map(int, numbers), **options)


def main() -> None:
    """Answer requests until the standard input ends."""
    name, task, threads = sys.argv[1:]
    if task.startswith("whole:"):
        keras_whole(int(threads), task.removeprefix("whole:"))
        return
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # the output of the frameworks goes to stderr
    repeat = prepare(name, task, int(threads))
    repeat()
    answers.write(json.dumps({"version": version(name)}) + "\n")
    for _ in sys.stdin:
        answers.write(json.dumps(repeat()) + "\n")


if __name__ == "__main__":
    main()
