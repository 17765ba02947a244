"""What ``bench.py`` measures: ourselves and our peers at the same tasks, each contestant in a process of its own.

``python -m scripts.contestants NAME TASK THREADS`` prepares the task, warms up, prints a line of JSON about itself, and
then answers each line on its standard input with a line: the seconds (or, of ``limit``, the GFLOP/s) of one more turn.
So the turns of several contestants can alternate without their thread pools ever running at once.

Tasks: ``train:BATCH:IMAGES``, an epoch of the baseline's training over so many images; ``growth:BATCH:IMAGES``, the
mean of several; ``deep:BATCH``, a training step of a deep network; ``predict:BATCH``, one image's share of a
prediction; ``limit``, the rate of a large matrix product.
``python -m scripts.contestants keras whole FILE`` is the baseline's training from start to saved weights, as a program.
"""

import importlib.util
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from nn import Sequential

WEIGHTS = Path(__file__).parents[1] / "weights" / "baseline.npz"

Turn = Callable[[], float]

#: Images of a turn whose epochs grow.
GROWTH_IMAGES = 120_000

#: What each contestant needs installed.
NEEDS = {
    "ours": (),
    "pytorch": ("torch",),
    "pytorch channels_last": ("torch",),
    "keras": ("keras", "tensorflow"),
    "onnxruntime": ("onnx", "onnxruntime"),
}


def missing(name: str) -> list[str]:
    """The packages that the contestant needs and that are not installed."""
    return [package for package in NEEDS[name] if importlib.util.find_spec(package) is None]


def version(name: str) -> str:
    """The contestant's version."""
    if name == "ours":
        import numba

        return f"numba {numba.__version__}"
    module = importlib.import_module(NEEDS[name][-1])
    return f"{NEEDS[name][-1]} {module.__version__}"


def prepare(name: str, task: str, threads: int) -> Turn:
    """The function that runs one turn of the task and returns its seconds."""
    kind, *numbers = task.split(":")
    maker = MAKERS[name.split()[0], kind]
    options = {"channels_last": True} if name.endswith("channels_last") else {}
    return maker(threads, *map(int, numbers), **options)


def digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first images and labels of MNIST's training set."""
    from nn.data import mnist

    data = mnist.load(progress=False)
    repeats = -(-count // len(data.train_images))
    return np.concatenate([data.train_images] * repeats)[:count], np.tile(data.train_labels, repeats)[:count]


def timed(work: Callable[[], Any], calls: int = 1) -> float:
    """Seconds a call."""
    began = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - began) / calls


def our_training(threads: int, batch_size: int, count: int) -> Turn:
    """An epoch through ``nn.training.fit``, the way train.py trains."""
    from nn import zoo

    return _our_epoch(threads, batch_size, count, zoo.build("baseline"))


def _our_epoch(threads: int, batch_size: int, count: int, model: "Sequential", learning_rate: float = 1e-3) -> Turn:
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


def our_growth(threads: int, batch_size: int, count: int) -> Turn:
    """An epoch of so many images, by the time of as many epochs as make ``GROWTH_IMAGES`` together.

    All train the network that is shipped, at a rate of zero. For the more images a network sees, and the longer it
    learns, the more of its activations are zero, and the faster it is.
    """
    from nn import checkpoint

    model = checkpoint.load(WEIGHTS).model
    epoch = _our_epoch(threads, batch_size, count, model, learning_rate=0.0)
    return lambda: statistics.mean(epoch() for _ in range(GROWTH_IMAGES // count))


def our_deep_training(threads: int, batch_size: int) -> Turn:
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

    return lambda: timed(step, 5)


def our_prediction(threads: int, batch_size: int) -> Turn:
    """Probabilities through ``model.predict``, as the Recognizer asks for them."""
    import numba

    from nn import zoo
    from nn.fuse import fuse

    numba.set_num_threads(threads)
    images = digits(batch_size)[0][..., None] * np.float32(1 / 255)
    model = fuse(zoo.build("baseline"))
    calls = max(5, 3000 // batch_size)
    return lambda: timed(lambda: model.predict(images), calls) / batch_size


def matrix_product(threads: int) -> Turn:
    """GFLOP/s of NumPy's product of two 2048 x 2048 matrices: as fast as this machine multiplies and adds."""
    size = 2048
    a, b = np.random.default_rng(0).standard_normal((2, size, size)).astype(np.float32)
    out = np.empty_like(a)
    return lambda: 2 * size**3 / timed(lambda: np.matmul(a, b, out=out), 5) / 1e9


def _torch_network(threads: int, channels_last: bool) -> Any:
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(5408, 64), nn.ReLU(), nn.Linear(64, 10)),
    )
    return network.to(memory_format=torch.channels_last) if channels_last else network


def _torch_images(count: int, channels_last: bool) -> tuple[Any, Any]:
    import torch

    images, labels = digits(count)
    x = torch.from_numpy(images[:, None].astype(np.float32) / 255)
    y = torch.from_numpy(labels.astype(np.int64))
    return (x.contiguous(memory_format=torch.channels_last) if channels_last else x), y


def torch_training(threads: int, batch_size: int, count: int, channels_last: bool = False) -> Turn:
    """An epoch in eager mode with the fused Adam, from images that are floats in memory already."""
    import torch

    network = _torch_network(threads, channels_last)
    x, y = _torch_images(count, channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)

    def epoch() -> None:
        order = torch.randperm(len(x))
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            loss = torch.nn.functional.cross_entropy(network(x[batch]), y[batch])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()

    return lambda: timed(epoch)


def torch_deep_training(threads: int, batch_size: int, channels_last: bool = False) -> Turn:
    """The same step in eager mode with the fused Adam."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    layers, channels = [], 1
    for filters in (32, 64):
        for _ in range(2):
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.BatchNorm2d(filters), nn.ReLU()]
            channels = filters
        layers.append(nn.MaxPool2d(2))
    network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10))
    if channels_last:
        network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    x, y = _torch_images(batch_size, channels_last)

    def step() -> None:
        loss = nn.functional.cross_entropy(network(x), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return lambda: timed(step, 5)


def torch_prediction(threads: int, batch_size: int, channels_last: bool = False) -> Turn:
    """Probabilities in inference mode."""
    import torch

    network = _torch_network(threads, channels_last).eval()
    x, _ = _torch_images(batch_size, channels_last)

    def predict() -> None:
        with torch.inference_mode():
            torch.softmax(network(x), dim=1).numpy()

    calls = max(5, 3000 // batch_size)
    return lambda: timed(predict, calls) / batch_size


def _keras_network(threads: int) -> Any:
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    keras.utils.set_random_seed(0)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *(layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten()),
            *(layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")),
        ]
    )


def keras_training(threads: int, batch_size: int, count: int) -> Turn:
    """An epoch of ``fit`` on arrays."""
    network = _keras_network(threads)
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = digits(count)
    x = images[..., None].astype(np.float32) / 255
    return lambda: timed(lambda: network.fit(x, labels, batch_size=batch_size, epochs=1, verbose=0))


def keras_whole(path: str) -> None:
    """The baseline's training as a program would do it: 5 epochs, weights saved."""
    network = _keras_network(os.cpu_count() or 1)
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = digits(60_000)
    network.fit(images[..., None].astype(np.float32) / 255, labels, batch_size=32, epochs=5, verbose=0)
    network.save(path)


def peak_mib() -> float | None:
    """The most memory this process has held."""
    from apps.cli.runs import peak_rss_mib

    return peak_rss_mib()


def onnx_prediction(threads: int, batch_size: int) -> Turn:
    """Probabilities from ONNX Runtime, with all its graph optimizations."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(_onnx_network(), options, providers=["CPUExecutionProvider"])
    x = np.ascontiguousarray(digits(batch_size)[0][:, None] * np.float32(1 / 255))
    calls = max(5, 3000 // batch_size)
    return lambda: timed(lambda: session.run(None, {"x": x}), calls) / batch_size


def _onnx_network() -> bytes:
    """The baseline network, written as ONNX, with the weights of our own initializers."""
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


MAKERS: dict[tuple[str, str], Callable[..., Turn]] = {
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


def main() -> None:
    """Serve turns until the standard input ends."""
    name, task, threads = sys.argv[1:]
    if task == "whole":
        keras_whole(threads)
        print(json.dumps({"peak_mib": peak_mib()}))
        return
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever the frameworks print goes to stderr
    turn = prepare(name, task, int(threads))
    turn()
    answers.write(json.dumps({"version": version(name)}) + "\n")
    for _ in sys.stdin:
        answers.write(json.dumps(turn()) + "\n")


if __name__ == "__main__":
    main()
