"""Exports networks with PyTorch and with Keras, in a process of its own, and notes what they answer.

``python exporters.py pytorch|keras FOLDER`` writes ``NAME.EXPORTER.onnx`` (or ``.keras``) with ``NAME.images.npy`` and
``NAME.outputs.npy`` beside it, for networks of layers that ``nn`` has.
"""

import sys
import warnings
from pathlib import Path

import numpy as np


def images(count: int) -> np.ndarray:
    """Images (N, 28, 28, 1), most pixels background."""
    rng = np.random.default_rng(0)
    return np.maximum(rng.uniform(-1, 1, (count, 28, 28, 1)), 0).astype(np.float32)


def pytorch_networks():
    """By name, modules for images (N, 1, 28, 28)."""
    import torch
    from torch import nn
    from torch.nn import functional as f

    class Official(nn.Module):
        """The network of PyTorch's MNIST example."""

        def __init__(self):
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 8, 3), nn.Conv2d(8, 16, 3)
            self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
            self.fc1, self.fc2 = nn.Linear(2304, 32), nn.Linear(32, 10)

        def forward(self, x):
            x = f.max_pool2d(f.relu(self.conv2(f.relu(self.conv1(x)))), 2)
            x = f.relu(self.fc1(torch.flatten(self.dropout1(x), 1)))
            return f.log_softmax(self.fc2(self.dropout2(x)), dim=1)

    class LeNet(nn.Module):
        """Normalizes its images, and has many activations."""

        def __init__(self):
            super().__init__()
            self.c1, self.c2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
            self.f1, self.f2, self.f3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10, bias=False)

        def forward(self, x):
            x = f.avg_pool2d(torch.tanh(self.c1((x - 0.1307) / 0.3081)), 2)
            x = f.avg_pool2d(f.leaky_relu(self.c2(x), 0.2), 2)
            x = torch.sigmoid(self.f1(x.view(x.size(0), -1)))
            return self.f3(f.gelu(self.f2(x)))

    class Block(nn.Module):
        def __init__(self, inputs, outputs):
            super().__init__()
            self.a, self.b = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs)
            self.c, self.d = nn.Conv2d(outputs, outputs, 3, padding="same", bias=False), nn.BatchNorm2d(outputs)
            self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

        def forward(self, x):
            return f.relu(self.d(self.c(f.relu(self.b(self.a(x))))) + self.shortcut(x))

    class ResNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.block1, self.block2 = nn.Conv2d(1, 8, 3, stride=2), Block(8, 8), Block(8, 12)
            self.norm, self.fc = nn.BatchNorm1d(12), nn.Linear(12, 10)

        def forward(self, x):
            x = self.stem(f.pad(x, (0, 1, 0, 1)))
            x = self.block2(f.max_pool2d(self.block1(x), 2))
            return self.fc(f.gelu(self.norm(f.adaptive_avg_pool2d(x, 1).flatten(1)), approximate="tanh"))

    torch.manual_seed(0)
    networks = {
        "official": Official(),
        "lenet": LeNet(),
        "resnet": ResNet(),
        "mlp": nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10), nn.Softmax(-1)),
    }
    for network in networks.values():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.running_mean.uniform_(-0.5, 0.5)
                module.running_var.uniform_(0.5, 2)
        network.eval()
    return networks


def pytorch(folder: Path, count: int) -> None:
    """Both of PyTorch's exporters."""
    import torch

    x = torch.from_numpy(images(count).transpose(0, 3, 1, 2).copy())
    for name, network in pytorch_networks().items():
        example = (x[:2],)
        batch = {"x": {0: "batch"}}
        torch.onnx.export(network, example, folder / f"{name}.torchscript.onnx", input_names=["x"], dynamo=False,
                          dynamic_axes=batch)  # fmt: skip
        torch.onnx.export(network, example, folder / f"{name}.dynamo.onnx", dynamo=True, verbose=False)
        save(folder, name, network(x).detach().numpy(), count)


def keras_networks():
    """By name, models for images (N, 28, 28, 1)."""
    import keras
    from keras import layers

    inputs = keras.Input((28, 28, 1))
    x = layers.Conv2D(8, 3, padding="same")(layers.Rescaling(1.0, 0.1)(inputs))
    y = layers.LeakyReLU(negative_slope=0.2)(layers.BatchNormalization()(x))
    x = layers.Activation("gelu")(layers.Add()([x, layers.Conv2D(8, 3, padding="same", use_bias=False)(y)]))
    x = layers.AveragePooling2D(2)(layers.Conv2D(12, 3, strides=2, padding="same", activation="tanh")(x))
    x = layers.BatchNormalization()(layers.GlobalAveragePooling2D()(x))
    outputs = layers.Softmax()(layers.Dense(10)(layers.Dense(20, activation="sigmoid")(x)))
    simple = [
        *(layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(16, 3, activation="relu")),
        *(layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")),
    ]
    keras.utils.set_random_seed(0)
    return {
        "simple": keras.Sequential([keras.Input((28, 28, 1)), *simple]),
        "residual": keras.Model(inputs, outputs),
        "mlp": keras.Sequential(
            [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10)]
        ),
    }


def keras(folder: Path, count: int) -> None:
    """Files of Keras, and its export to ONNX, on the backend that the environment names."""
    rng = np.random.default_rng(0)
    for name, network in keras_networks().items():
        for variable in network.variables:
            if "moving" in variable.path:
                variable.assign(rng.uniform(0.5, 1, variable.shape))
        save(folder, name, np.asarray(network.predict(images(count), verbose=0)), count)
        network.save(folder / f"{name}.saved.keras")
        try:
            network.export(folder / f"{name}.exported.onnx", format="onnx", verbose=False)
        except (ImportError, AttributeError, ValueError) as error:  # a package for this backend is missing
            print(f"{name}: no ONNX: {error}")


def save(folder: Path, name: str, outputs: np.ndarray, count: int) -> None:
    """Note what a network answers."""
    np.save(folder / f"{name}.images.npy", images(count))
    np.save(folder / f"{name}.outputs.npy", outputs)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    {"pytorch": pytorch, "keras": keras}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
