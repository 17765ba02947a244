"""PyTorch: in eager mode, with its two memory formats, or compiled; with the fused Adam."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nn import Sequential, zoo
from nn.data import mnist
from scripts.frameworks import ACCURACY

#: The recipe of ``accuracy``, the quickest of those that were tried.
EPOCHS, BATCH_SIZE, RATE = 4, 64, 5e-3


def _network(model: Sequential, variant: str) -> Any:
    from torch import nn

    layers: list[Any] = []
    shape = model.input_shape
    for layer in model.layers:
        options = layer.config()
        match layer.kind:
            case "conv2d":
                size, bias = tuple(options["kernel_size"]), options.get("use_bias", True)
                layers.append(nn.Conv2d(shape[2], options["filters"], size, padding=options["padding"], bias=bias))
            case "batch_norm":
                layers.append((nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d)(shape[-1]))
                if not options.get("scale", True):
                    layers[-1].register_parameter("weight", None)
            case "avg_pool2d":
                layers.append(nn.AvgPool2d(tuple(options["pool_size"]), tuple(options["stride"])))
            case "max_pool2d":
                layers.append(nn.MaxPool2d(tuple(options["pool_size"])))
            case "dense":
                layers.append(nn.Linear(shape[0], options["units"]))
            case "dropout":
                layers.append(nn.Dropout(options["rate"]))
            case _:
                layers.append({"relu": nn.ReLU, "flatten": nn.Flatten}[layer.kind]())
        shape = layer.output_shape
    return nn.Sequential(*layers)


def _setup(model: Sequential, threads: int, x: np.ndarray, variant: str) -> tuple[Any, Any]:
    """The network, and the images (N, H, W, C) in its memory format."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = _network(model, variant)
    tensor = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, 3, 1)))
    if variant == "channels_last":
        network = network.to(memory_format=torch.channels_last)
        tensor = tensor.contiguous(memory_format=torch.channels_last)
    return torch.compile(network) if variant == "compile" else network, tensor


def training(
    model: Sequential, threads: int, images: np.ndarray, labels: np.ndarray, batch_size: int, variant: str
) -> Callable[[], Any]:
    """An epoch in shuffled batches of images in memory."""
    import torch

    network, x = _setup(model, threads, images[..., None] * np.float32(1 / 255), variant)
    y = torch.from_numpy(labels.astype(np.int64))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)

    def epoch() -> None:
        for batch in torch.randperm(len(x)).split(batch_size):
            loss = torch.nn.functional.cross_entropy(network(x[batch]), y[batch])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()

    return epoch


def accuracy(threads: int, seed: str) -> int:
    """Train the baseline until ``ACCURACY``, with one cycle of the learning rate and batches that are shifted.

    Returns:
        The exit status.
    """
    import torch

    data = mnist.load(progress=False)
    model = zoo.build("baseline")
    network, x = _setup(model, threads, data.train_images[..., None] * np.float32(1 / 255), "channels_last")
    test = torch.from_numpy(data.test_images[:, None] * np.float32(1 / 255))
    y, test_y = (torch.from_numpy(labels.astype(np.int64)) for labels in (data.train_labels, data.test_labels))
    torch.manual_seed(int(seed))
    padded = torch.nn.functional.pad(x, (1, 1, 1, 1)).contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    steps = -(-len(x) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, EPOCHS * steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(BATCH_SIZE):
            row, column = torch.randint(3, (2,)).tolist()
            images = padded[batch, :, row : row + 28, column : column + 28]
            loss = torch.nn.functional.cross_entropy(network(images), y[batch])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
        with torch.inference_mode():
            correct = sum(
                int((network(images).argmax(1) == labels).sum())
                for images, labels in zip(test.split(1000), test_y.split(1000), strict=True)
            )
        if correct >= ACCURACY * len(test):
            return 0
    return 1


def prediction(model: Sequential, threads: int, x: np.ndarray, variant: str) -> Callable[[], Any]:
    """Probabilities in inference mode."""
    import torch

    network, tensor = _setup(model, threads, x, variant)
    network.eval()

    def predict() -> Any:
        with torch.inference_mode():
            return torch.softmax(network(tensor), dim=1).numpy()

    return predict
