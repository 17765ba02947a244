"""Runs networks in other frameworks, and exports networks from them; each framework runs in its own process.

``python scripts/exchange.py predict|export FRAMEWORK FOLDER``, with onnxruntime, pytorch, keras or (predict alone) c.
The images are in ``FOLDER/images.npy``. ``predict`` saves the logits of each file of ours, ``NAME.FORMAT.SUFFIX``, as
``NAME.FORMAT.FRAMEWORK.npy``. ``export`` writes networks with each exporter of the framework, as
``NAME.EXPORTER.SUFFIX``, and their outputs as ``NAME.outputs.npy``: small networks that cover the layers of ``nn``, and
those of our own files. ``scripts/check_exports.py`` compares them.
"""

import importlib.util
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def predict_onnxruntime(folder: Path, images: np.ndarray) -> None:
    """Run ``*.onnx`` with all optimizations."""
    import onnxruntime

    for path in folder.glob("*.onnx"):
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        np.save(path.with_suffix(".onnxruntime.npy"), session.run(["logits"], {"image": images})[0])


def predict_pytorch(folder: Path, images: np.ndarray) -> None:
    """Run ``*.safetensors`` by the modules beside them."""
    import torch

    for path in folder.glob("*.safetensors"):
        with torch.no_grad():
            logits = load_module(path)(torch.from_numpy(channels_first(images))).numpy()
        np.save(path.with_suffix(".pytorch.npy"), logits)


def predict_keras(folder: Path, images: np.ndarray) -> None:
    """Run ``*.keras`` on the backend that the environment names."""
    import keras

    for path in folder.glob("*.keras"):
        model = keras.saving.load_model(path)
        logits = keras.Model(model.inputs, model.layers[-2].output).predict(images, verbose=0)
        np.save(path.with_suffix(f".keras-{keras.backend.backend()}.npy"), np.asarray(logits))


#: A program that reads images of bytes, and writes their logits.
C_PROGRAM = r"""
#include <stdio.h>
#include "{header}"
int main(void)
{
    uint8_t image[DIGITS_IMAGE_SIZE];
    while (fread(image, 1, sizeof image, stdin) == sizeof image)
        fwrite(digits_logits(image), sizeof(float), DIGITS_CLASSES, stdout);
    return 0;
}
"""


def predict_c(folder: Path, images: np.ndarray) -> None:
    """Compile and run ``*.h``."""
    pixels = np.rint(images * 255).astype(np.uint8)
    for path in folder.glob("*.h"):
        logits = np.frombuffer(run_c(C_PROGRAM.replace("{header}", str(path)), pixels.tobytes()), np.float32)
        np.save(path.with_suffix(".c.npy"), logits.reshape(len(images), -1))


def run_c(program: str, standard_input: bytes = b"", options: Sequence[str] = ("-O2",)) -> bytes:
    """The output of a C99 program, compiled without a warning.

    Raises:
        OSError: there is no compiler, or the program does not compile or fails.
    """
    warnings_are_errors = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.c").write_text(program)
        compiler = ["cc", *warnings_are_errors, *options, "main.c", "-o", "main", "-lm"]
        for command, data in ((compiler, b""), ([f"{folder}/main"], standard_input)):
            ended = subprocess.run(command, cwd=folder, input=data, capture_output=True, check=False)
            if ended.returncode:
                raise OSError(f"{command[0]}: exit status {ended.returncode}: {ended.stderr.decode()}")
        return ended.stdout


def load_module(path: Path) -> Any:
    """The network of the module beside a file of weights."""
    spec = importlib.util.spec_from_file_location("network", path.with_suffix(".py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.load(path)


def channels_first(images: np.ndarray) -> np.ndarray:
    """(N, H, W, C) to (N, C, H, W); a copy, because PyTorch infers the memory format from the strides."""
    return np.moveaxis(images, -1, 1).copy()


def pytorch_networks() -> dict[str, Any]:
    """By name, modules for images (N, 1, 28, 28)."""
    import torch
    from torch import nn
    from torch.nn import functional as f

    class Official(nn.Module):
        """The network of PyTorch's MNIST example."""

        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 8, 3), nn.Conv2d(8, 16, 3)
            self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
            self.fc1, self.fc2 = nn.Linear(2304, 32), nn.Linear(32, 10)

        def forward(self, x: Any) -> Any:
            x = f.max_pool2d(f.relu(self.conv2(f.relu(self.conv1(x)))), 2)
            x = f.relu(self.fc1(torch.flatten(self.dropout1(x), 1)))
            return f.log_softmax(self.fc2(self.dropout2(x)), dim=1)

    class LeNet(nn.Module):
        """Normalizes its images, and has many activations."""

        def __init__(self) -> None:
            super().__init__()
            self.c1, self.c2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
            self.f1, self.f2, self.f3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10, bias=False)

        def forward(self, x: Any) -> Any:
            x = f.avg_pool2d(torch.tanh(self.c1((x - 0.1307) / 0.3081)), 2)
            x = f.avg_pool2d(f.leaky_relu(self.c2(x), 0.2), 2)
            x = torch.sigmoid(self.f1(x.view(x.size(0), -1)))
            return self.f3(f.gelu(self.f2(x)))

    class Block(nn.Module):
        def __init__(self, inputs: int, outputs: int) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs)
            self.c, self.d = nn.Conv2d(outputs, outputs, 3, padding="same", bias=False), nn.BatchNorm2d(outputs)
            self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

        def forward(self, x: Any) -> Any:
            return f.relu(self.d(self.c(f.relu(self.b(self.a(x))))) + self.shortcut(x))

    class ResNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.block1, self.block2 = nn.Conv2d(1, 8, 3, stride=2), Block(8, 8), Block(8, 12)
            self.norm, self.fc = nn.BatchNorm1d(12), nn.Linear(12, 10)

        def forward(self, x: Any) -> Any:
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


def export_pytorch(folder: Path, images: np.ndarray) -> None:
    """Write ``NAME.torchscript.onnx`` and ``NAME.dynamo.onnx``."""
    import torch

    x = torch.from_numpy(channels_first(images))
    networks = pytorch_networks() | {path.stem: load_module(path) for path in folder.glob("*.safetensors")}
    for name, network in networks.items():
        path, example = folder / f"{name}.torchscript.onnx", (x[:2],)
        torch.onnx.export(network, example, path, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "batch"}})
        torch.onnx.export(network, example, folder / f"{name}.dynamo.onnx", dynamo=True, verbose=False)
        np.save(folder / f"{name}.outputs.npy", network(x).detach().numpy())


def keras_networks() -> dict[str, Any]:
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
    separable = [
        *(layers.SeparableConv2D(8, 3, activation="relu"), layers.DepthwiseConv2D(3, strides=2, padding="same")),
        *(layers.GlobalAveragePooling2D(), layers.Dense(10, activation="softmax")),
    ]
    keras.utils.set_random_seed(0)
    return {
        "simple": keras.Sequential([keras.Input((28, 28, 1)), *simple]),
        "residual": keras.Model(inputs, outputs),
        "separable": keras.Sequential([keras.Input((28, 28, 1)), *separable]),
        "mlp": keras.Sequential(
            [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10)]
        ),
    }


def export_keras(folder: Path, images: np.ndarray) -> None:
    """Write ``NAME.saved.keras``, and ``NAME.exported.onnx`` if the backend's converter is installed."""
    import keras

    rng = np.random.default_rng(0)
    networks = keras_networks()
    for network in networks.values():
        for variable in network.variables:
            if "moving" in variable.path:
                variable.assign(rng.uniform(0.5, 1, variable.shape))
    networks |= {path.stem: keras.saving.load_model(path) for path in folder.glob("*.keras")}
    for name, network in networks.items():
        np.save(folder / f"{name}.outputs.npy", np.asarray(network.predict(images, verbose=0)))
        network.save(folder / f"{name}.saved.keras")
        try:
            network.export(folder / f"{name}.exported.onnx", format="onnx", verbose=False)
        except ImportError as error:
            print(f"{name}: no ONNX: {error}", file=sys.stderr)


TASKS: dict[tuple[str, str], Callable[[Path, np.ndarray], None]] = {
    ("predict", "onnxruntime"): predict_onnxruntime,
    ("predict", "pytorch"): predict_pytorch,
    ("predict", "keras"): predict_keras,
    ("predict", "c"): predict_c,
    ("export", "pytorch"): export_pytorch,
    ("export", "keras"): export_keras,
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    task, framework, where = sys.argv[1:]
    TASKS[task, framework](Path(where), np.load(Path(where) / "images.npy"))
