"""Compare exported and imported networks with the frameworks that run them.

Every shipped network is exported to every format, and runs in every framework that is installed, on the first images of
MNIST's test set. Then each framework's exporters write networks, ours among them, which are imported again. Keras runs
once on each of its backends. Exit status 1 if a label differs.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("check_exports.py")  # before the slow imports

# isort: split
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from apps.cli.arguments import Parser, add_arguments, positive_int
from apps.cli.command import PARTLY_FAILED, SUCCESS, command
from nn import checkpoint
from nn.data import mnist
from nn.errors import CheckpointError
from nn.export import FORMATS, export_model
from nn.images import to_unit
from nn.imports import import_model
from nn.paths import WEIGHTS

#: The frameworks by title: the name in exchange.py, Keras's backend, and the required packages or programs.
FRAMEWORKS = {
    "ONNX Runtime": ("onnxruntime", "", ["onnxruntime"]),
    "PyTorch": ("pytorch", "", ["torch", "safetensors", "onnxscript"]),
    "Keras on TensorFlow": ("keras", "tensorflow", ["keras", "h5py", "tensorflow"]),
    "Keras on PyTorch": ("keras", "torch", ["keras", "h5py", "torch"]),
    "Keras on JAX": ("keras", "jax", ["keras", "h5py", "jax"]),
    "C99": ("c", "", ["cc"]),
}

#: The largest difference of logits that is expected.
TOLERANCE = 2e-5


@command("check_exports.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser(__doc__)
    add_arguments(parser, "data")
    parser.add_argument("--images", type=positive_int, default=1000, metavar="N", help="test images (default: 1000)")
    arguments = parser.parse_args(argv)
    images = mnist.load(arguments.data, download=arguments.data is None).test_images[: arguments.images]
    x = to_unit(images.reshape(len(images), 28, 28, 1), np.float32)
    missing = {name: [package for package in packages if not _is_installed(package)]
               for name, (_, _, packages) in FRAMEWORKS.items()}  # fmt: skip
    for name, packages in missing.items():
        if packages:
            print(f"{name}: not compared, as {', '.join(packages)} is not installed")
    installed = [name for name in FRAMEWORKS if not missing[name]]
    wrong = [_report("exports", _exports(x, installed), len(x)), _report("imports", _imports(x, installed), len(x))]
    return PARTLY_FAILED if any(wrong) else SUCCESS


#: A row of the table: network, format or exporter, framework, and both outputs, or what is missing.
Row = tuple[str, str, str, np.ndarray | None, np.ndarray | str]


def _report(title: str, rows: Iterator[Row], count: int) -> int:
    """Print a table; return the number of wrong labels."""
    print(f"\n{title:24} {'file':16} {'framework':20} {'largest difference':>18} {'wrong of ' + str(count):>14}")
    total = 0
    for network, file, framework, ours, theirs in rows:
        if ours is None or isinstance(theirs, str):
            print(f"{network:24} {file:16} {framework:20} {theirs}", flush=True)
            continue
        wrong = int((ours.argmax(1) != theirs.argmax(1)).sum())
        difference = float(np.abs(ours - theirs).max())
        mark = "" if difference <= TOLERANCE else " *"
        print(f"{network:24} {file:16} {framework:20} {difference:18.1e} {wrong:14}{mark}", flush=True)
        total += wrong
    return total


def _exports(x: np.ndarray, installed: Sequence[str]) -> Iterator[Row]:
    """Our files in other frameworks: logits."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "images.npy", x)
        logits = {path.stem: _export(path, folder, x) for path in sorted(WEIGHTS.glob("*.npz"))}
        for framework in installed:
            program, backend, _ = FRAMEWORKS[framework]
            _run("predict", program, backend, folder)
            for network, ours in logits.items():
                suffix = f"{program}-{backend}.npy" if backend else f"{program}.npy"
                for path in sorted(folder.glob(f"{network}.*.{suffix}")):
                    yield network, path.name.split(".")[1], framework, ours, np.load(path)


def _export(path: Path, folder: Path, x: np.ndarray) -> np.ndarray:
    """Export a network to all formats; return its logits."""
    source = checkpoint.load(path)
    for name, form in FORMATS.items():
        if name == "keras" and importlib.util.find_spec("h5py") is None:
            continue
        export_model(source.model, folder / f"{path.stem}.{name}{form.suffix}", name, source.meta)
    return source.model.forward(x)


def _imports(x: np.ndarray, installed: Sequence[str]) -> Iterator[Row]:
    """The files of other exporters, imported: their outputs, of which some are probabilities or their logarithms."""
    for framework in installed:
        program, backend, _ = FRAMEWORKS[framework]
        if program in ("onnxruntime", "c"):
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            np.save(folder / "images.npy", x)
            for path in sorted(WEIGHTS.glob("*.npz")):
                to = "keras" if program == "keras" else "safetensors"
                export_model(checkpoint.load(path).model, folder / f"{path.stem}{FORMATS[to].suffix}", to)
            _run("export", program, backend, folder)
            for file in sorted([*folder.glob("*.*.onnx"), *folder.glob("*.*.keras")]):
                network, exporter, _ = file.name.split(".")
                theirs = np.load(folder / f"{network}.outputs.npy")
                try:
                    ours = _nearest(import_model(file).model.forward(x), theirs)
                    yield network, f"{exporter}{file.suffix}", framework, ours, theirs
                except CheckpointError as error:
                    yield network, f"{exporter}{file.suffix}", framework, None, str(error).partition(": ")[2]


def _is_installed(name: str) -> bool:
    """Whether there is a package or a program of this name."""
    return importlib.util.find_spec(name) is not None or shutil.which(name) is not None


def _nearest(logits: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """The logits, the probabilities or their logarithms, whichever ``outputs`` are."""
    shifted = logits - logits.max(1, keepdims=True)
    logarithms = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return min((logits, np.exp(logarithms), logarithms), key=lambda each: float(np.abs(each - outputs).max()))


def _run(task: str, program: str, backend: str, folder: Path) -> None:
    script = Path(__file__).with_name("exchange.py")
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | ({"KERAS_BACKEND": backend} if backend else {})
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", script, task, program, folder],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ended.returncode:
        raise OSError(f"{program} {backend}: {ended.stderr.strip().splitlines()[-1]}")


if __name__ == "__main__":
    sys.exit(main())
